"""Business ids: which fields are one, of what, and what is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from evtrace.dialects import Mapping
from evtrace.dialects.business import kind_of
from evtrace.dialects.kinds_of_ids import JOINS, NEVER, TECHNICAL, prior

Learned = Callable[..., Mapping]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("order_id", "order"),
        ("orderId", "order"),
        ("OrderID", "order"),
        ("orderid", "order"),
        ("OrderNo", "order"),
        ("customer-id", "customer"),
        ("payment.id", "payment"),
        ("shipmentNumber", "shipment"),
        ("app.order.id", "order"),
        ("purchase_order_id", "order"),
        ("invoice_uuid", "invoice"),
        ("x-request-id", "request"),
        ("reqId", "request"),
        ("gizmo_id", "gizmo"),
        ("span_id", None),
        ("threadId", None),
        ("schema.id", None),
        ("grid", None),
        ("pid", None),
        ("paid", None),
        ("valid", None),
        ("phone_number", None),
        ("line_no", "line"),
        ("id", None),
        ("external_id", None),
        ("order", None),
    ],
)
def test_kind_of_a_name(name: str, kind: str | None) -> None:
    assert kind_of(name) == kind


def test_ids_are_found_in_payload_fields_and_attributes(learned: Learned) -> None:
    mapping = learned(
        {
            "topic": "orders",
            "offset": 1,
            "payload": '{"order": {"id": "8123"}, "customerId": 7}',
            "fields": {"shipment_no": "S-1"},
            "attributes": {"app.invoice.id": "I-1"},
            "messageAttributes": {"ticket_id": {"stringValue": "T-1", "dataType": "String"}},
        }
    )
    assert mapping.ids == (
        ("invoice", ("attributes", "app.invoice.id")),
        ("shipment", ("fields", "shipment_no")),
        ("ticket", ("messageAttributes", "ticket_id", "stringValue")),
        ("customer", ("payload", "@json", "customerId")),
        ("order", ("payload", "@json", "order", "id")),
    )


@pytest.mark.parametrize(
    ("doc", "kind"),
    [
        ({"order": "order-8123"}, "order"),
        ({"order": 1}, None),
        ({"order": "asc"}, None),
        ({"structured_data": {"order@32473": {"id": "8123"}}}, "order"),
        ({"elastic": {"_id": "a1"}}, None),
        ({"data": {"id": "a1"}}, None),
        ({"_order_id": "8123"}, "order"),
    ],
)
def test_ids_in_odd_places(doc: dict[str, Any], kind: str | None, learned: Learned) -> None:
    assert [found for found, _ in learned(doc).ids] == ([kind] if kind else [])


def test_a_field_with_a_role_is_no_business_id(learned: Learned) -> None:
    doc = {"transaction_id": "t-1", "trace_id": "ab" * 16, "message_id": "m-1", "instance_id": "i-1"}
    mapping = learned(doc)
    assert "transaction_id" in {use.path[-1] for use in mapping.uses}
    assert mapping.ids == ()


@pytest.mark.parametrize("value", [True, 1.5, ["8123"], "not an id but prose", None])
def test_what_is_no_id_by_its_value(value: Any, learned: Learned) -> None:
    assert learned({"order_id": value}).ids == ()


def test_every_kind_has_one_prior() -> None:
    assert not JOINS & NEVER
    assert not (JOINS | NEVER) & TECHNICAL - {"message"}
    assert (prior("order"), prior("customer"), prior("gizmo")) == ("joins", "never", "unknown")
