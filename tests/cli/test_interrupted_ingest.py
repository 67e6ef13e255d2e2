"""An answer over half of the links says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evtrace.cli.run import run
from evtrace.ingest.run import ingest, read
from evtrace.store import Store

LINE = '{"ts": "2026-03-01T12:00:00Z", "kind": "publish", "service": "shop", "event_id": "%s", "correlation_id": "c"}\n'


@pytest.fixture
def store(tmp_path: Path) -> str:
    log, path = tmp_path / "shop.jsonl", str(tmp_path / "half.duckdb")
    log.write_text(LINE % "a")
    ingest(path, [str(log)])
    return path


def asked(store: str, capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, object], str]:
    assert run(["flows", "--store", store, "-o", "json"]) == 0
    shown = capsys.readouterr()
    return json.loads(shown.out), shown.err


def test_records_without_links_are_told_of(
    store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "late.jsonl").write_text(LINE % "b")
    read(store, [str(tmp_path / "late.jsonl")])
    answer, words = asked(store, capsys)
    assert answer["status"] == "incomplete"
    assert answer["diagnostics"] == [
        "records not linked yet: 1; the last ingest was interrupted, run it again"
    ]
    assert "not linked yet" in words


def test_flows_without_a_verdict_are_told_of(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    answer, _ = asked(store, capsys)
    assert answer["diagnostics"] == ["flows without a verdict yet: 1; run the last ingest again"]


def test_a_whole_ingest_has_nothing_to_tell(
    store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["ingest", str(tmp_path / "shop.jsonl"), "--store", store, "--quiet"]) == 0
    capsys.readouterr()
    answer, words = asked(store, capsys)
    assert (answer["status"], answer["diagnostics"], words) == ("ok", [], "")


def test_the_store_knows_where_linking_ended(store: str) -> None:
    with Store.open(store, read_only=True) as opened:
        assert opened.meta("linked_rows") == str(opened.next_row())
