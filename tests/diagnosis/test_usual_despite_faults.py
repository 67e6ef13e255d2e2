"""What is usual stays usual though some flows lack it: a fault does not hide behind itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import evtrace
from tests.diagnosis.small_shop import GOOD, START_MS, Line, Order, good, ingested

Cause = tuple[str, str | None, str | None]


def _receipt(one: Order) -> Order:
    """A branch of its own, which ends whatever becomes of the parcel."""
    one.receive("PaymentTaken", "receipt")
    one.publish("ReceiptSent", "receipt", "PaymentTaken")
    one.ack("PaymentTaken", "receipt")
    return one


def _order(number: int) -> Order:
    return Order(number, START_MS + number * 1000)


def _logs(folder: Path, special: list[Order]) -> evtrace.Answers:
    """Good orders but where there is a special one of the same number."""
    taken = {one.number: one for one in special}
    orders = [taken.pop(number, None) or _receipt(good(_order(number))) for number in range(GOOD)]
    return ingested(folder, sorted(_lines([*orders, *taken.values()]), key=lambda line: line["timestamp"]))


def _lines(orders: list[Order]) -> Iterator[Line]:
    for one in orders:
        yield from one.lines


def _causes(logs: evtrace.Answers) -> dict[str, Cause]:
    rows = logs.sql(
        "SELECT i.value, c.kind, c.service, c.event_type FROM flow_causes AS c "
        "JOIN identities AS i ON i.flow_id = c.flow_id AND i.kind = 'correlation' ORDER BY ALL"
    ).rows
    return {
        f"order-{str(value).removeprefix('corr-')}": (kind, service, event_type)
        for value, kind, service, event_type in rows
    }


def _unfit(one: Order) -> Order:
    """Parcel says no in a word that no list knows; the receipt is sent all the same."""
    good(one, until="StockReserved")
    one.receive("StockReserved", "parcel")
    one.publish("GoodsUnfit", "parcel", "StockReserved")
    one.ack("StockReserved", "parcel")
    return _receipt(one)


def test_a_refusal_in_one_of_two_branches_is_named(tmp_path: Path) -> None:
    refused = _unfit(_order(10))
    assert _causes(_logs(tmp_path, [refused])) == {refused.name: ("rejected", "parcel", "GoodsUnfit")}


def test_a_way_that_many_take_without_the_usual_end_is_none(tmp_path: Path) -> None:
    """Every fourth order is fetched: no parcel is sent, and no mail."""
    fetched = [_unfit(_order(number)) for number in range(0, GOOD, 4)]
    assert _causes(_logs(tmp_path, fetched)) == {}


def _unmailed(one: Order) -> Order:
    good(one, until="ParcelSent")
    one.receive("ParcelSent", "mail")
    one.ack("ParcelSent", "mail")
    return _receipt(one)


def test_what_was_never_read_does_not_make_its_effect_unusual(tmp_path: Path) -> None:
    """Mail reads nothing any more from order 36 on; order 20 it did read, and sent nothing."""
    unread = [_receipt(good(_order(number), until="ParcelSent")) for number in range(36, GOOD)]
    sick = _unmailed(_order(20))
    for one in unread:  # the stock goes on, so that the logs do
        one.say("log", "stock", message="still here", after_ms=30_000)
    causes = _causes(_logs(tmp_path, [sick, *unread]))
    assert causes.pop(sick.name) == ("missing_event", "mail", "ParcelSent")
    assert {kind for kind, *_ in causes.values()} <= {"unknown", "consumer_stopped"}


def test_one_of_few_flows_may_lack_what_the_others_have(tmp_path: Path) -> None:
    sick = _unmailed(_order(20))
    answer = _logs(tmp_path, [sick]).why(sick.name)
    assert answer.cause and (answer.cause.kind, answer.cause.service) == ("missing_event", "mail")


def test_what_every_tenth_flow_lacks_is_not_expected(tmp_path: Path) -> None:
    """Some customers want no receipt."""
    without = [good(_order(number)) for number in range(5, GOOD, 10)]
    for one in without:
        one.receive("PaymentTaken", "receipt")
        one.ack("PaymentTaken", "receipt")
    assert _causes(_logs(tmp_path, without)) == {}


def test_what_was_always_done_until_a_moment_is_missing_from_then_on(tmp_path: Path) -> None:
    """A third of all orders get no mail: not now and then, which would be a choice, but all since order 27."""
    sick = [_unmailed(_order(number)) for number in range(27, GOOD)]
    causes = _causes(_logs(tmp_path, sick))
    assert causes.pop(sick[-1].name)[0] == "unknown"  # the logs end with it
    assert causes == {one.name: ("missing_event", "mail", "ParcelSent") for one in sick[:-1]}


def test_what_is_done_only_since_a_moment_is_not_missing_before(tmp_path: Path) -> None:
    assert _causes(_logs(tmp_path, [_unmailed(_order(number)) for number in range(13)])) == {}


def _archived(one: Order) -> None:
    handled = "handled PaymentTaken"
    one.say("process", "archive", "PaymentTaken", group="archive", worker="w-1", message=handled)


def _loud(one: Order, *, went_on: bool) -> Order:
    """Archive only keeps what it reads; a line of level error is logged meanwhile."""
    _receipt(good(one))
    one.receive("PaymentTaken", "archive", worker="w-1")
    one.say("log", "archive", level="error", message="cache is unreachable", worker="w-1")
    if went_on:
        _archived(one)
    return one


@pytest.mark.parametrize("went_on", [True, False])
def test_an_error_is_no_failure_where_the_handling_went_on(tmp_path: Path, went_on: bool) -> None:
    orders = [_receipt(good(_order(number))) for number in range(GOOD)]
    for one in orders:
        one.receive("PaymentTaken", "archive", worker="w-1")
        _archived(one)
    orders[20] = _loud(_order(20), went_on=went_on)
    logs = _logs(tmp_path, orders)
    outcomes = logs.sql(
        "SELECT d.outcome FROM deliveries AS d JOIN identities AS i ON i.flow_id = d.flow_id "
        "WHERE d.service = 'archive' AND i.kind = 'correlation' AND i.value = 'corr-20'"
    ).rows
    assert outcomes == ((None,),) if went_on else outcomes == (("error",),)
