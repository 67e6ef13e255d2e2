"""A real order over six traces reads as a story."""

from __future__ import annotations

from pathlib import Path

import pytest

import evtrace

_LOGS = Path(__file__).parents[3] / "shared" / "real" / "train-ticket"
_ORDER = "593565fd-de12-4a26-aa4d-22063866b534"


@pytest.mark.slow
@pytest.mark.skipif(
    not _LOGS.is_dir(), reason="the real logs of Train Ticket lie beside the repository, and are not there"
)
def test_three_payments_and_three_failed_executes_in_order(tmp_path: Path) -> None:
    logs = evtrace.open(str(tmp_path / "tickets.duckdb"))
    logs.ingest(str(_LOGS))
    with logs:
        answer = logs.why(_ORDER)
    assert (answer.verdict, answer.flow.traces, len(answer.flow.services_naming)) == ("failed", 6, 4)
    assert answer.cause is not None and answer.cause.times == 3
    assert "Order Status Wrong" in answer.cause.sentence
    steps = [
        step for step in answer.chain if step.service in ("ts-inside-payment-service", "ts-execute-service")
    ]
    failed = [any("Order Status Wrong" in line.message for line in step.logs) for step in steps]
    assert failed == [False, True, False, True, True, False]
