"""The same effect twice is a duplicate; one effect for each line of an order is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.diagnosis.small_shop import START_MS, Order, good, ingested, order, shop

#: What the first and the second event of one cause hold, and whether the second is the first again.
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {
    "the very same": ({}, {}, True),
    "a new payment": (
        {"payment_id": "pay-1", "taken_at": "2026-03-01T12:00:00Z"},
        {"payment_id": "pay-2", "taken_at": "2026-03-01T12:00:09Z"},
        True,
    ),
    "a uuid and a try": ({"receipt": "5f2c7a51-8d7e-4b1e-9d43-0a3ee9e4d0a1", "attempt": 1},
                         {"receipt": "0b8d3c3e-6f0f-4e65-8f16-5f0c9d8a7b42", "attempt": 2}, True),
    "another line": ({"line_no": 1}, {"line_no": 2}, False),
    "another article": ({"sku": "A-17"}, {"sku": "B-4"}, False),
    "another amount": ({"amount": 3.5}, {"amount": 9.0}, False),
    "an id that the order names": ({"goods_id": "g-71"}, {"goods_id": "g-72"}, False),
    "an id of its own": ({"goods_id": "g-81"}, {"goods_id": "g-82"}, True),
}  # fmt: skip


def _twice(first: dict[str, Any], second: dict[str, Any], *, again: bool) -> Order:
    """Mail answers one parcel with two events; `again`: the parcel is handed to it twice."""
    one = good(order(), until="StockReserved")
    one.receive("StockReserved", "parcel")
    one.publish("ParcelSent", "parcel", "StockReserved", payload={"goods": ["g-71", "g-72"]})
    one.ack("StockReserved", "parcel")
    for nth, payload in enumerate((first, second)):
        if again or not nth:
            one.receive("ParcelSent", "mail", attempt=nth + 1)
        one.publish("MailSent", "mail", "ParcelSent", payload=payload)
        if nth:
            one.lines[-1]["event_id"] += "-again"
    one.ack("ParcelSent", "mail", attempt=2 if again else 1)
    return one


@pytest.mark.parametrize("again", [True, False], ids=["handed twice", "handed once"])
@pytest.mark.parametrize("case", CASES)
def test_only_the_same_twice_is_a_duplicate(tmp_path: Path, case: str, again: bool) -> None:
    first, second, is_repeat = CASES[case]
    one = _twice(first, second, again=again)
    others = [good(Order(100 + nth, START_MS + 50_000 + nth * 1_000)) for nth in range(20)]
    answer = ingested(tmp_path, shop(one, *others)).why(one.name)
    assert (answer.cause and answer.cause.kind) == ("duplicate_effect" if is_repeat else None)
    assert ("duplicate_effect" in {ruled.what for ruled in answer.ruled_out}) is not is_repeat


def test_both_lines_again_are_one_duplicate(tmp_path: Path) -> None:
    """Attempt 1 publishes lines 1 and 2, attempt 2 both again: the second of line 1 repeats the first of line 1."""
    one = good(order(), until="OrderPlaced")
    for attempt in (1, 2):
        one.receive("OrderPlaced", "payment", attempt=attempt)
        for line in (1, 2):
            one.publish("PaymentTaken", "payment", "OrderPlaced", payload={"line": line})
            one.lines[-1]["event_id"] += f"-{attempt}-{line}"
    one.ack("OrderPlaced", "payment", attempt=2)
    cause = ingested(tmp_path, shop(one)).why(one.name).cause
    assert cause and (cause.kind, cause.event_id) == ("duplicate_effect", "order-900-PaymentTaken-2-1")
