"""Business ids inside message text."""

from __future__ import annotations

import pytest

from evtrace.ingest.mentions import mentioned_ids
from evtrace.store import Store

CASES = [
    (
        "[getOrderById][Order Id: 593565fd-de12-4a26-aa4d-22063866b534]",
        "order=593565fd-de12-4a26-aa4d-22063866b534",
    ),
    ("order placed order=8123 customer=c-77", "customer=c-77\norder=8123"),
    ("retry order-8123 for user_id=42", "order=order-8123\nuser=42"),
    ("Route ID：f3d4d4ef-693b TraceID: ffc8ca7e4c8f", "route=f3d4d4ef-693b"),
    ("invoice no: 2026-17, paid: 5", "invoice=2026-17"),
    ("Response(order_id='o1', customerId=\"c9\")", "customer=c9\norder=o1"),
    ("[Order: 8123] placed", "order=8123"),
    ("Total Valid Order: 388", None),
    ("OrderId: null", None),
    ("nothing to see here", None),
    ("", None),
]


@pytest.mark.parametrize(("message", "expected"), CASES)
def test_ids_in_text_are_found(message: str, expected: str | None) -> None:
    with Store.memory() as store:
        assert (
            store.value(f"SELECT {mentioned_ids('m')} FROM (SELECT CAST(? AS VARCHAR) AS m)", [message])
            == expected
        )


@pytest.mark.parametrize(
    ("consumer", "message", "expected"),
    [
        ("order-0#consumer-2", 'order-0#consumer-2: Group "order" member order-0-568e4ac3', None),
        ("order-0", "joined as order-0-568e4ac3, read order-8123", "order=order-8123"),
        ("order-0", "read order-0815", "order=order-0815"),
        (None, "read order-0", "order=order-0"),
    ],
)
def test_the_client_that_speaks_is_no_business(
    consumer: str | None, message: str, expected: str | None
) -> None:
    with Store.memory() as store:
        row = "SELECT CAST(? AS VARCHAR) AS m, CAST(? AS VARCHAR) AS c"
        found = store.value(f"SELECT {mentioned_ids('m', 'c')} FROM ({row})", [message, consumer])
    assert found == expected
