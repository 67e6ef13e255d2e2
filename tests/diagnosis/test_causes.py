"""Causes of flows that depart from their cohort: named first, named true, and gone with the records that show them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import evtrace
from evtrace.results import WhyAnswer
from tests.diagnosis.small_shop import GOOD, START_MS, Line, Order, good, ingested, order, rest, shop, without

FAILURE = "NoStock: no warehouse holds article 9"


def _missing(one: Order) -> None:
    good(one, until="PaymentTaken")
    one.receive("PaymentTaken", "stock")
    one.ack("PaymentTaken", "stock")


def _dead(one: Order) -> None:
    good(one, until="PaymentTaken")
    for attempt in (1, 2):
        one.receive("PaymentTaken", "stock", attempt=attempt)
        one.say(
            "nack", "stock", "PaymentTaken", group="stock", attempt=attempt, outcome="error", error=FAILURE
        )
    one.receive("PaymentTaken", "stock", attempt=3)
    one.say("dead_letter", "stock", "PaymentTaken", group="stock", attempt=3, error=FAILURE)


def _lost(one: Order) -> None:
    good(one, until="StockReserved")


def _twice(one: Order) -> None:
    good(one, until="PaymentTaken")
    one.receive("OrderPlaced", "payment", attempt=2)
    one.publish("PaymentTaken", "payment", "OrderPlaced")
    one.lines[-1]["event_id"] += "-again"
    one.ack("OrderPlaced", "payment", attempt=2)
    rest(one)


def _refused(one: Order) -> None:
    good(one, until="OrderPlaced")
    one.receive("OrderPlaced", "payment")
    one.publish("ReviewWanted", "payment", "OrderPlaced")  # no name tells that this is a refusal
    one.ack("OrderPlaced", "payment")


def _broken(one: Order) -> None:
    """The amount becomes a text in payment; two hops later parcel fails on it."""
    good(one, until="OrderPlaced")
    one.receive("OrderPlaced", "payment")
    one.publish("PaymentTaken", "payment", "OrderPlaced", payload={"amount": "912.50"})
    one.receive("PaymentTaken", "stock")
    one.publish("StockReserved", "stock", "PaymentTaken", payload={"amount": "912.50"})
    one.receive("StockReserved", "parcel")
    one.say("nack", "parcel", "StockReserved", group="parcel", outcome="error", error="amount is no number")


def _slow(one: Order) -> None:
    good(one, until="OrderPlaced")
    one.receive("OrderPlaced", "payment")
    one.publish("PaymentTaken", "payment", "OrderPlaced", after_ms=9_000)
    rest(one)


CASES = [
    (_missing, "stuck", "missing_event", "stock", "PaymentTaken"),
    (_dead, "failed", "dead_letter", "stock", "PaymentTaken"),
    (_lost, "stuck", "lost_delivery", "parcel", "StockReserved"),
    (_twice, "completed", "duplicate_effect", "payment", "PaymentTaken"),
    (_refused, "failed", "rejected", "payment", "ReviewWanted"),
    (_broken, "failed", "contract_break", "payment", "PaymentTaken"),
    (_slow, "completed_late", "slow", "payment", "OrderPlaced"),
]


def _asked(folder: Path, plant: Callable[[Order], None]) -> tuple[WhyAnswer, list[Line], evtrace.Answers]:
    one = order()
    plant(one)
    lines = shop(one)
    logs = ingested(folder, lines)
    return logs.why(one.name), lines, logs


@pytest.mark.parametrize(("plant", "verdict", "kind", "service", "event_type"), CASES)
def test_the_planted_fault_is_named(
    tmp_path: Path, plant: Callable[[Order], None], verdict: str, kind: str, service: str, event_type: str
) -> None:
    answer, _, logs = _asked(tmp_path, plant)
    assert answer.cause
    named = (answer.verdict, answer.cause.kind, answer.cause.service, answer.cause.event_type)
    assert named == (verdict, kind, service, event_type)
    assert answer.other_causes == ()
    assert logs.sql("SELECT COUNT(*) AS n FROM flows WHERE normal").rows == ((GOOD,),)


@pytest.mark.parametrize("plant", [case[0] for case in CASES])
def test_the_answer_falls_with_the_records_that_it_cites(
    tmp_path: Path, plant: Callable[[Order], None]
) -> None:
    """Faithful: what is cited carries the answer. Without it another cause is named, or none, or the same on less."""
    answer, lines, _ = _asked(tmp_path / "before", plant)
    assert answer.cause and answer.cause.evidence
    cited = [_line(evidence.source, evidence.line) for evidence in answer.cause.evidence]
    logs = ingested(tmp_path / "after", without(lines, cited))
    again = logs.why("corr-900")  # the key may have been cited
    told = (again.cause.kind, again.cause.event_type, again.cause.confidence) if again.cause else None
    assert told != (answer.cause.kind, answer.cause.event_type, answer.cause.confidence)


def _line(source: str, number: int | None) -> Line:
    assert number is not None
    found: Line = json.loads(Path(source).read_text().splitlines()[number - 1])
    return found


@pytest.mark.parametrize("plant", [case[0] for case in CASES])
def test_every_number_can_be_counted_again(tmp_path: Path, plant: Callable[[Order], None]) -> None:
    from evtrace.diagnosis.why import why
    from evtrace.store import Store

    _asked(tmp_path, plant)
    with Store.open(tmp_path / "store.duckdb", read_only=True) as store:
        answer = why(store, "order-900", recounted=True)
        assert answer.time and sum(" of step " in one.says for one in answer.recounts) >= len(
            answer.time.parts
        )
        assert {
            "flows of this root type",
            "the whole critical path in ns",
            "confidence of cause 1",
            "other flows with the same cause",
        } <= {one.says for one in answer.recounts}
        assert [(one.says, store.value(one.sql)) for one in answer.recounts] == [
            (one.says, one.value) for one in answer.recounts
        ]


@pytest.mark.parametrize("plant", [case[0] for case in CASES])
def test_the_time_adds_up(tmp_path: Path, plant: Callable[[Order], None]) -> None:
    answer, _, _ = _asked(tmp_path, plant)
    assert answer.time
    assert sum(part.took_ns for part in answer.time.parts) == answer.time.total_ns
    assert sum(answer.time.by_what.values()) == pytest.approx(1)


def test_two_faults_that_do_not_explain_each_other_are_two_causes(tmp_path: Path) -> None:
    """Mail fails on the payment while stock fails on the order: neither comes after the other."""
    one = order()
    good(one, until="OrderPlaced")
    one.receive("OrderPlaced", "payment")
    one.say("nack", "payment", "OrderPlaced", group="payment", outcome="error", error="card is blocked")
    one.receive("OrderPlaced", "audit")
    one.say("dead_letter", "audit", "OrderPlaced", group="audit", error="disk is full")
    answer = ingested(tmp_path, shop(one)).why(one.name)
    assert answer.cause
    found = {(cause.kind, cause.service) for cause in (answer.cause, *answer.other_causes)}
    assert found == {("handler_error", "payment"), ("dead_letter", "audit")}


def test_what_follows_from_a_fault_is_told_under_it(tmp_path: Path) -> None:
    answer, _, _ = _asked(tmp_path, _broken)
    assert answer.cause
    assert any("could not handle StockReserved" in line for line in answer.cause.consequences)


def _undone(one: Order, *backs: tuple[str, str]) -> None:
    good(one, until="StockReserved")
    one.receive("StockReserved", "parcel")
    one.publish("ParcelRefused", "parcel", "StockReserved")
    one.ack("StockReserved", "parcel")
    for event_type, service in backs:
        one.receive("ParcelRefused", service)
        one.publish(event_type, service, "ParcelRefused")
        one.ack("ParcelRefused", service)


def test_compensation_is_a_ledger(tmp_path: Path) -> None:
    whole, half = order(900), order(901)
    _undone(whole, ("PaymentRefunded", "payment"), ("StockReleased", "stock"))
    _undone(half, ("StockReleased", "stock"))
    logs = ingested(tmp_path, shop(whole, half))
    all_undone, some_owed = logs.why(whole.name), logs.why(half.name)
    assert (all_undone.verdict, some_owed.verdict) == ("compensated", "partly_compensated")
    assert [(line.done, line.undone) for line in all_undone.ledger] == [
        ("PaymentTaken", "PaymentRefunded"),
        ("StockReserved", "StockReleased"),
    ]
    assert [(line.done, line.is_owed) for line in some_owed.ledger] == [
        ("PaymentTaken", True),
        ("StockReserved", False),
    ]
    assert all_undone.cause and all_undone.cause.kind == "rejected"


@pytest.mark.parametrize(
    ("steps", "owed"),
    [
        (("PaymentReserved", "PaymentTaken", "PaymentCancelled"), []),
        (("PaymentTaken", "PaymentTaken", "PaymentCancelled"), ["PaymentTaken"]),
        (("PaymentTaken", "PaymentTaken", "PaymentCancelled", "PaymentCancelled"), []),
        (("PaymentTaken", "PaymentCancelled", "PaymentReserved"), ["PaymentReserved"]),
        (("PaymentReserved", "PaymentCancelled", "PaymentTaken", "PaymentRefunded"), []),
    ],
)
def test_one_cancellation_takes_back_all_steps_before_it(
    tmp_path: Path, steps: tuple[str, ...], owed: list[str]
) -> None:
    one = good(order(), until="OrderPlaced")
    one.receive("OrderPlaced", "payment")
    for nth, event_type in enumerate(steps):
        one.publish(event_type, "payment", "OrderPlaced", payload={"nth": nth})
        one.lines[-1]["event_id"] += f"-{nth}"
    one.publish("CardRefused", "payment", "OrderPlaced")
    one.ack("OrderPlaced", "payment")
    answer = ingested(tmp_path, shop(one)).why(one.name)
    assert answer.verdict == ("partly_compensated" if owed else "compensated")
    assert [line.done for line in answer.ledger if line.is_owed] == owed


def test_a_way_that_many_take_is_no_fault(tmp_path: Path) -> None:
    """Half of the orders are picked up instead of sent: one of the two is expected, neither alone."""
    picked = [order(900 + number) for number in range(30)]
    for one in picked:
        good(one, until="StockReserved")
        one.receive("StockReserved", "parcel")
        one.publish("ParcelStored", "parcel", "StockReserved")
        one.ack("StockReserved", "parcel")
        one.receive("ParcelStored", "mail")
        one.publish("MailSent", "mail", "ParcelStored")
        one.ack("ParcelStored", "mail")
    neither = order(990)
    good(neither, until="StockReserved")
    neither.receive("StockReserved", "parcel")
    neither.ack("StockReserved", "parcel")
    logs = ingested(tmp_path, shop(*picked, neither))
    assert {logs.why(one.name).cause for one in picked} == {None}
    cause = logs.why(neither.name).cause
    assert cause and (cause.kind, cause.service) == ("missing_event", "parcel")
    assert "ParcelSent or ParcelStored" in cause.sentence


@pytest.mark.parametrize("is_done", [True, False])
def test_a_rare_way_to_the_usual_end_is_no_refusal(tmp_path: Path, is_done: bool) -> None:
    """One order is stored instead of sent: good where its mail is sent as well, else it was turned away."""
    one = good(order(), until="StockReserved")
    one.receive("StockReserved", "parcel")
    one.publish("ParcelStored", "parcel", "StockReserved")
    one.ack("StockReserved", "parcel")
    if is_done:
        one.receive("ParcelStored", "mail")
        one.publish("MailSent", "mail", "ParcelStored")
        one.ack("ParcelStored", "mail")
    answer = ingested(tmp_path, shop(one)).why(one.name)
    said = (answer.verdict, answer.cause and answer.cause.kind)
    assert said == (("completed", None) if is_done else ("failed", "rejected"))


def test_with_too_few_normal_flows_only_what_fails_by_itself_is_named(tmp_path: Path) -> None:
    quiet, loud = order(900), order(901)
    _missing(quiet)
    _dead(loud)
    lines = [
        line for line in shop(quiet, loud) if not line["correlation_id"].startswith(("corr-2", "corr-3"))
    ]
    logs = ingested(tmp_path, lines)
    few = logs.why(quiet.name)
    assert few.cause is None and few.expected and "too few normal flows" in few.expected.sentence
    cause = logs.why(loud.name).cause
    assert cause and cause.kind == "dead_letter"


def test_the_list_and_the_answer_say_the_same(tmp_path: Path) -> None:
    plants = {order(900 + nth): plant for nth, (plant, *_) in enumerate(CASES)}
    for one, plant in plants.items():
        plant(one)
    logs = ingested(tmp_path, shop(*plants))
    listed = {row.flow_id: (row.verdict, row.cause) for row in logs.flows(limit=0).rows}
    for one in plants:
        answer = logs.why(one.name)
        assert listed[answer.flow.flow_id] == (answer.verdict, answer.cause and answer.cause.kind)
    kinds = {incident.cause for incident in logs.flows().incidents}
    assert kinds == {kind for _, _, kind, *_ in CASES}
    assert {row.cause for row in logs.flows(causes=["slow"]).rows} == {"slow"}


def test_logs_in_two_parts_are_judged_as_one(tmp_path: Path) -> None:
    one = order()
    _missing(one)
    lines = shop(one)
    whole = ingested(tmp_path / "whole", lines)
    parts = ingested(tmp_path / "parts", lines[: len(lines) // 3])
    parts = ingested(tmp_path / "parts", lines)
    said = "SELECT f.verdict, f.normal, c.kind, c.service, c.event_type FROM flows AS f LEFT JOIN flow_causes AS c USING (flow_id) ORDER BY ALL"
    assert parts.sql(said).rows == whole.sql(said).rows


def test_a_long_wait_is_told_with_what_stood_before_it(tmp_path: Path) -> None:
    """Three orders wait for a payment service that pauses: the last has two before it."""
    orders = [order(900 + number) for number in range(3)]
    for nth, one in enumerate(orders):
        good(one, until="OrderPlaced")
        one.receive("OrderPlaced", "payment", after_ms=5_000 + nth * 100)
        one.publish("PaymentTaken", "payment", "OrderPlaced")
        one.ack("OrderPlaced", "payment")
        rest(one)
    time = ingested(tmp_path, shop(*orders)).why(orders[-1].name).time
    assert time
    assert [(part.step, part.who, part.behind) for part in time.parts if part.behind is not None] == [
        (1, "payment", 2)
    ]


def test_a_service_whose_logs_end_is_named(tmp_path: Path) -> None:
    one = good(Order(950, START_MS + 60_000), until="StockReserved")
    one.say("log", "order", message="still here", after_ms=60_000)
    absent = ingested(tmp_path, shop(one)).why(one.name).not_seen
    told = {(one.what, one.sentence) for one in absent}
    assert ("service", "the logs of parcel end before this flow does") in told
