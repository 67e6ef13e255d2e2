"""What the events carry, and how a broken producer writes it."""

from __future__ import annotations

from typing import Any

from tests.diagnosis.scenarios.fates import Fate
from tests.diagnosis.scenarios.shop import Shop

#: The producer's next version has the fault.
NEXT_VERSION = "3.2.0"
COMPLAINT = "cannot read the amount of the event: unexpected value"


def payload(shop: Shop, event_type: str, fate: Fate, cause: dict[str, Any]) -> dict[str, Any]:
    """The payload of an event of this order."""
    made: dict[str, Any] = {"order_id": fate.order_id, "customer_id": fate.customer_id}
    name, (former, latter) = shop.amounts.get(event_type), shop.copied
    if name:
        made |= {name: _amount(event_type, fate), "currency": "EUR"}
    if event_type == shop.root:
        made["lines"] = [{"sku": f"sku-{len(fate.order_id)}", "count": 1 + int(fate.amount) % 4}]
    if event_type in shop.timer[0]:
        made["eta_s"] = 3
    if name and event_type == latter and cause.get(shop.amounts[former]) != fate.amount:
        made[name] = cause.get(shop.amounts[former])  # copied from a malformed event, or a wrong one
    broken = next((one for one in fate.planted if one.fault == "contract_break"), None)
    if name and broken and broken.event_type == event_type:
        _break(made, name, int(fate.order_id[-1]))
    return made


def _amount(event_type: str, fate: Fate) -> float:
    is_wrong = any(one.fault == "wrong_value" and one.event_type == event_type for one in fate.planted)
    return round(fate.amount * 100, 2) if is_wrong else fate.amount


def _break(made: dict[str, Any], name: str, way: int) -> None:
    """A number as text, a field that is gone, null, or an object."""
    value = made[name]
    if way % 4 == 0:
        made[name] = None
    elif way % 4 == 1:
        made[name] = f"{value:.2f}"
    elif way % 4 == 2:
        del made[name]
    else:
        made[name] = {"value": value, "currency": made.pop("currency")}
