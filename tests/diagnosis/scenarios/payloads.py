"""What the events carry, and how a broken producer writes it."""

from __future__ import annotations

from typing import Any

from tests.diagnosis.scenarios.fates import Fate

#: The producer's next version has the fault.
NEXT_VERSION = "3.2.0"
COMPLAINT = "cannot read the amount of the event: unexpected value"

#: The field of the amount in each type that has one.
_AMOUNT = {
    "BasketOrdered": "estimate",
    "BasketPriced": "total",
    "ChargeTaken": "amount",
    "ChargeReturned": "amount",
}


def payload(event_type: str, fate: Fate, cause: dict[str, Any], now: float) -> dict[str, Any]:
    """The payload of an event of this order."""
    made: dict[str, Any] = {"order_id": fate.order_id, "customer_id": fate.customer_id}
    if event_type in _AMOUNT:
        made[_AMOUNT[event_type]] = _wrong(event_type, fate)
        made["currency"] = "EUR"
    if event_type == "BasketOrdered":
        made["lines"] = [{"sku": f"sku-{len(fate.order_id)}", "count": 1 + int(fate.amount) % 4}]
    if event_type in ("RiderSent", "ShelfAssigned"):
        made["eta_s"] = 3
    if event_type == "ChargeTaken":
        made["amount"] = (
            _wrong(event_type, fate)
            if "total" in cause and cause["total"] == fate.amount
            else cause.get("total")
        )
    broken = next((one for one in fate.planted if one.fault == "contract_break"), None)
    if broken and broken.event_type == event_type:
        _break(made, _AMOUNT[event_type], int(fate.order_id[-1]))
    return made


def _wrong(event_type: str, fate: Fate) -> float:
    planted = any(one.fault == "wrong_value" and one.event_type == event_type for one in fate.planted)
    return round(fate.amount * 100, 2) if planted else fate.amount


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
