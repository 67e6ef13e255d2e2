"""`why --evidence` shows the lines of the sources."""

from __future__ import annotations

import json
from pathlib import Path

from evtrace.cli.run import run

LINE = '{"ts":"2026-11-20T14:02:11Z","level":"error","service":"billing","msg":"declined","order_id":"order-8123"}'


def answer(store: Path, capsys) -> str:
    capsys.readouterr()
    assert run(["why", "order-8123", "--evidence", "--store", str(store)]) == 0
    return str(capsys.readouterr().out)


def test_the_line_is_shown_as_it_was_written(tmp_path: Path, capsys) -> None:
    log, store = tmp_path / "billing.log", tmp_path / "evtrace.duckdb"
    log.write_text(LINE + "\n")
    assert run(["ingest", str(log), "--store", str(store), "--quiet"]) == 0
    shown = answer(store, capsys)
    assert LINE in shown
    assert "as the store keeps it" not in shown


def test_what_can_no_longer_be_read_is_said_to_be_from_the_store(tmp_path: Path, capsys) -> None:
    log, store = tmp_path / "billing.log", tmp_path / "evtrace.duckdb"
    log.write_text(LINE + "\n")
    assert run(["ingest", str(log), "--store", str(store), "--quiet"]) == 0
    log.write_text(LINE.replace("declined", "accepted") + "\n")
    shown = answer(store, capsys)
    assert "as the store keeps it" in shown
    assert "accepted" not in shown


def test_every_line_that_proves_the_cause_is_shown_first(tmp_path: Path, capsys) -> None:
    logs = Path(__file__).resolve().parents[2] / "sample_logs" / "kafka"
    store = str(tmp_path / "evtrace.duckdb")
    assert run(["ingest", str(logs), "--store", store, "--quiet", "--at", "name"]) == 0
    capsys.readouterr()
    run(["why", "order-8123", "--store", store, "-o", "json"])
    cause = json.loads(capsys.readouterr().out)["data"]["cause"]
    proof = [f"{Path(place['source']).name}:{place['line']}" for place in cause["evidence"]]
    assert len(proof) > 3
    shown = answer(Path(store), capsys).partition("\nEvidence\n")[2].splitlines()
    assert [line.strip() for line in shown if line.strip() in proof] == proof
    assert shown[0].strip() == proof[0]
