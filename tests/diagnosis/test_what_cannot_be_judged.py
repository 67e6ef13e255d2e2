"""Completed is said of what was seen to end; where nothing could be judged, that is said."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

import evtrace
from evtrace.results import WhyAnswer
from tests.diagnosis.small_shop import Line, Order, good, order, shop


def _stopped() -> Order:
    one = good(order(), until="PaymentTaken")
    one.receive("PaymentTaken", "stock")
    one.ack("PaymentTaken", "stock")
    return one


def _asked(folder: Path, lines: Iterable[Line], *names: str) -> tuple[WhyAnswer, ...]:
    (folder / "all.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    with evtrace.open(str(folder / "store.duckdb")) as logs:
        logs.ingest(str(folder / "all.jsonl"))
        return tuple(logs.why(name) for name in names)


def _few(lines: list[Line]) -> list[Line]:
    return [line for line in lines if not line["correlation_id"].startswith(("corr-1", "corr-2", "corr-3"))]


def _bare(lines: list[Line], gone: tuple[str, ...]) -> list[Line]:
    return [{name: value for name, value in line.items() if name not in gone} for line in lines]


def _ends(answer: WhyAnswer) -> list[str]:
    return [absent.sentence for absent in answer.not_seen if absent.what == "end"]


def test_a_flow_alone_is_not_called_completed(tmp_path: Path) -> None:
    (answer,) = _asked(tmp_path, _stopped().lines, "order-900")
    assert (answer.verdict, answer.cause) == ("unknown", None)
    assert _ends(answer) == ["how flows of OrderPlaced end is not known: whether it is done cannot be known"]


def test_among_few_flows_the_end_that_they_share_is_known(tmp_path: Path) -> None:
    stopped, whole = _asked(tmp_path, _few(shop(_stopped())), "order-900", "order-5")
    assert (stopped.verdict, whole.verdict) == ("unknown", "completed")
    assert _ends(stopped) == [
        "flows of OrderPlaced end with MailSent, and this one was not seen to: whether it is done cannot be known"
    ]
    assert _ends(whole) == []


@pytest.mark.parametrize(
    ("gone", "root", "verdict"),
    [
        (("event_type",), "orderplaced", "stuck"),
        (("service",), "OrderPlaced", "unknown"),
        (("event_type", "service", "group"), "orderplaced", "unknown"),
    ],
)
def test_without_names_completed_is_what_came_to_the_end(
    tmp_path: Path, gone: tuple[str, ...], root: str, verdict: str
) -> None:
    stopped, whole = _asked(tmp_path, _bare(shop(_stopped()), gone), "order-900", "order-5")
    assert (stopped.flow.root_type, stopped.verdict, whole.verdict) == (root, verdict, "completed")


def test_what_nothing_is_expected_of_was_not_all_done(tmp_path: Path) -> None:
    (answer,) = _asked(tmp_path, _bare(shop(), ("service",)), "order-5")
    assert answer.expected and not answer.expected.steps
    assert "was done" not in answer.expected.sentence


def test_without_type_and_channel_nothing_is_known(tmp_path: Path) -> None:
    (answer,) = _asked(tmp_path, _bare(shop(), ("event_type", "channel")), "order-5")
    assert answer.verdict == "unknown"
    assert _ends(answer) == [
        "what begins this flow has neither a type nor a channel, so whether it is done cannot be known"
    ]


@pytest.mark.parametrize(
    ("gone", "ruled"),
    [
        ((), {"dead_letter", "lost_delivery", "rejected", "missing_event", "duplicate_effect", "slow"}),
        (("service", "group"), {"dead_letter", "rejected"}),
        (("event_type",), {"dead_letter", "lost_delivery", "missing_event", "duplicate_effect", "slow"}),
    ],
)
def test_only_what_was_tested_is_ruled_out(tmp_path: Path, gone: tuple[str, ...], ruled: set[str]) -> None:
    (answer,) = _asked(tmp_path, _bare(shop(), gone), "order-5")
    assert {one.what for one in answer.ruled_out} == ruled


def test_without_usual_readers_and_ends_no_delivery_is_ruled_out(tmp_path: Path) -> None:
    lines = [line for line in _stopped().lines if line["kind"] != "ack"]
    (answer,) = _asked(tmp_path, lines, "order-900")
    assert {one.what for one in answer.ruled_out} == {"rejected"}


def test_of_log_lines_alone_it_is_said_that_they_tell_of_no_work(tmp_path: Path) -> None:
    lines = [
        {"ts": f"2026-03-01T12:00:0{second}Z", "service": "shop", "message": words, "order_id": "A-1"}
        for second, words in enumerate(("order placed", "order paid"))
    ]
    (answer,) = _asked(tmp_path, lines, "A-1")
    assert (answer.verdict, answer.chain) == ("unknown", ())
    assert _ends(answer) == [
        "these are log lines only: none tells of a message or of work begun and done, so whether it is done "
        "cannot be known"
    ]
