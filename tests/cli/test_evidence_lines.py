"""`why --evidence` shows the lines of the sources."""

from __future__ import annotations

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
