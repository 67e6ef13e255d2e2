"""A wait far beyond what is usual is a cause; what always takes long, or a timer, is none."""

from __future__ import annotations

from pathlib import Path

from tests.diagnosis.small_shop import STEPS, Line, Order, good, ingested, order, shop


def _waiting(one: Order, wait_ms: int, *, at: str = "payment") -> Order:
    """All goes well, but one reader takes its event up late."""
    for event_type, service, cause in STEPS:
        if cause:
            one.receive(cause, service, after_ms=wait_ms if service == at else 10)
        one.publish(event_type, service, cause)
        if cause:
            one.ack(cause, service)
    return one


def test_a_long_wait_is_the_cause_of_lateness(tmp_path: Path) -> None:
    waited, healthy = _waiting(order(), 9_000), "order-7"
    logs = ingested(tmp_path, shop(waited))
    answer = logs.why(waited.name)
    assert answer.cause
    assert (answer.verdict, answer.cause.kind, answer.cause.service, answer.cause.grp, answer.cause.event_type) == (
        "completed_late", "slow", "payment", "payment", "OrderPlaced",
    )  # fmt: skip
    assert "waited 9.0 s for group payment, usually 10 ms" in answer.cause.sentence
    assert "slow" not in {one.what for one in answer.ruled_out}
    assert answer.expected and "within 10 ms, the median of 41 cases" in answer.expected.sentence
    assert (logs.why(healthy).verdict, logs.why(healthy).cause) == ("completed", None)


def test_the_messages_before_it_stand_beside_the_wait(tmp_path: Path) -> None:
    waiting = [_waiting(order(900 + nth), 6_000 + 100 * nth) for nth in range(3)]
    answer = ingested(tmp_path, shop(*waiting)).why(waiting[-1].name)
    assert answer.cause and answer.cause.kind == "slow" and answer.time
    assert [part.behind for part in answer.time.parts if part.behind is not None] == [2]


def test_what_always_waits_so_is_not_late(tmp_path: Path) -> None:
    """Messages that are handed over with a delay: the longest of them is one of many."""
    lines: list[Line] = []
    orders = [_waiting(order(900 + nth), 4_000 + 150 * nth, at="mail") for nth in range(40)]
    for one in orders:
        lines += one.lines
    logs = ingested(tmp_path, sorted(lines, key=lambda line: line["timestamp"]))
    assert {logs.why(one.name).verdict for one in orders} == {"completed"}


def test_a_timer_between_two_events_is_no_wait(tmp_path: Path) -> None:
    """The parcel service was handed the event at once; a timer, not the queue, let the parcel come late."""
    one = good(order(), until="StockReserved")
    one.receive("StockReserved", "parcel")
    one.ack("StockReserved", "parcel")
    one.publish("ParcelSent", "parcel", after_ms=9_000)
    one.receive("ParcelSent", "mail")
    one.publish("MailSent", "mail", "ParcelSent")
    one.ack("ParcelSent", "mail")
    answer = ingested(tmp_path, shop(one)).why(one.name)
    assert all(cause.grp != "mail" for cause in (answer.cause, *answer.other_causes) if cause)


def test_clocks_that_are_off_are_no_wait(tmp_path: Path) -> None:
    """The payment service's clock is five seconds ahead, for all orders alike."""
    lines = [
        line | {"timestamp": line["timestamp"] + 5} if line["service"] == "payment" else line
        for line in shop(good(order()))
    ]
    logs = ingested(tmp_path, lines)
    assert {row.verdict for row in logs.flows(limit=0).rows} == {"completed"}


def test_a_retry_is_no_wait(tmp_path: Path) -> None:
    one = good(order(), until="OrderPlaced")
    one.receive("OrderPlaced", "payment", attempt=1)
    one.say("nack", "payment", "OrderPlaced", group="payment", attempt=1, outcome="error", error="busy")
    one.receive("OrderPlaced", "payment", attempt=2, after_ms=9_000)
    one.publish("PaymentTaken", "payment", "OrderPlaced")
    one.ack("OrderPlaced", "payment", attempt=2)
    for event_type, service, cause in STEPS[2:]:
        assert cause
        one.receive(cause, service)
        one.publish(event_type, service, cause)
        one.ack(cause, service)
    answer = ingested(tmp_path, shop(one)).why(one.name)
    assert answer.cause is None or "waited" not in answer.cause.sentence
