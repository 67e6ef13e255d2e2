"""An attempt without an end says what took the event out of the reader's hand, where a broker told it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import evtrace
from evtrace.present import text
from evtrace.present.terminal import Screen
from evtrace.results import CutOff

Line = dict[str, Any]
START = 1_772_366_400_000_000_000


def _line(kind: str, at_s: float, **more: Any) -> Line:
    return {"ts": START + int(at_s * 1e9), "kind": kind} | more


def _got(at_s: float, attempt: int, instance: str = "payment-0", **more: Any) -> Line:
    about = {
        "service": "payment",
        "instance": instance,
        "grp": "payment",
        "event_id": "e-1",
        "channel": "orders",
    }
    return _line("receive", at_s, attempt=attempt, **about, **more)


PLACED = _line("publish", 0, service="order", event_id="e-1", event_type="OrderPlaced", channel="orders")
REBALANCED = _line("rebalance", 3, grp="payment", message="Preparing to rebalance group payment")
CLOSED = _line(
    "log", 1.1, level="warn", message="closing AMQP connection <0.1.0> (… - payment-0, vhost: '/')"
)


def _first_attempt(folder: Path, *lines: Line) -> tuple[CutOff | None, str]:
    file = folder / "logs.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with evtrace.open(str(folder / "s.duckdb")) as logs:
        logs.ingest(str(file))
        answer = logs.why("e-1")
    [first, *_] = answer.chain[0].deliveries
    return first.cut_off, text.why(answer, Screen())


@pytest.mark.parametrize(
    ("told", "what", "words"),
    [
        (REBALANCED, "rebalance", "attempt 1: received (waited 1 s), then its group was rebalanced  logs.jsonl:2 · logs.jsonl:4"),
        (CLOSED, "connection", "attempt 1: received (waited 1 s), then its connection was closed  logs.jsonl:2 · logs.jsonl:4"),
    ],
)  # fmt: skip
def test_what_cut_the_attempt_off_is_told(tmp_path: Path, told: Line, what: str, words: str) -> None:
    cut_off, shown = _first_attempt(tmp_path, PLACED, _got(1, 1), _got(6, 2), told)
    assert cut_off and (cut_off.what, cut_off.said, cut_off.at) == (what, told["message"], told["ts"])
    assert words in shown


@pytest.mark.parametrize(
    "told",
    [
        REBALANCED | {"grp": "stock"},
        REBALANCED | {"ts": START + 7_000_000_000},
        CLOSED | {"message": "closing AMQP connection <0.1.0> (… - stock-0, vhost: '/')"},
        CLOSED | {"message": "connection <0.1.0> has a client-provided name: payment-0"},
        CLOSED | {"ts": START + 9_000_000_000},
        CLOSED | {"service": "payment"},
    ],
    ids=["another group", "later", "another client", "opened", "closed later", "its own words"],
)
def test_what_is_no_word_on_it_is_not_taken(tmp_path: Path, told: Line) -> None:
    cut_off, shown = _first_attempt(tmp_path, PLACED, _got(1, 1), _got(6, 2), told)
    assert cut_off is None and "rebalanced" not in shown and ", then" not in shown


@pytest.mark.parametrize(
    "attempts",
    [(_got(1, 1, outcome="error", error="no"), _got(6, 2)), (_got(1, 1),)],
    ids=["its end is told", "never handed over again"],
)
def test_it_is_asked_only_where_something_is_open(tmp_path: Path, attempts: tuple[Line, ...]) -> None:
    assert _first_attempt(tmp_path, PLACED, *attempts, REBALANCED)[0] is None


@pytest.mark.parametrize(("chars", "is_told"), [(9_000, True), (1_500, False)])
def test_an_event_that_carries_much_is_told(tmp_path: Path, chars: int, is_told: bool) -> None:
    more = [PLACED | {"event_id": f"e-{n}", "correlation_id": "c", "payload": "{}"} for n in (2, 3)]
    lines = (PLACED | {"correlation_id": "c", "payload": "x" * chars}, *more, _got(1, 1))
    assert (f"! carries {chars:,} characters" in _first_attempt(tmp_path, *lines)[1]) is is_told


def test_where_all_carry_much_nothing_stands_out(tmp_path: Path) -> None:
    lines = [
        PLACED | {"event_id": f"e-{n}", "correlation_id": "c", "payload": "x" * 9_000} for n in (1, 2, 3)
    ]
    assert "carries" not in _first_attempt(tmp_path, *lines, _got(1, 1))[1]
