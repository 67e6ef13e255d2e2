"""What each service does with what it reads; and what goes wrong there, where the plan says so."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from tests.shop import errors
from tests.shop.envelope import Envelope
from tests.shop.errors import Failure
from tests.shop.memory import Memory
from tests.shop.transport import Delivery

_SLOW_S = 1.5


class Desk(Protocol):
    """What a handler may ask of its service."""

    memory: Memory
    has_partitions: bool  # else an order is overtaken by its cancellation when the first try fails

    def emit(self, work: Work, event_type: str, *causes: str, times: int = 1, **more: Any) -> str:
        """Publish what follows from the work and give its event id."""

    def note(self, work: Work, level: str, text: str) -> None:
        """Log a line about the work."""


@dataclass(frozen=True)
class Work:
    """One delivery in hand."""

    delivery: Delivery
    event: Envelope
    body: dict[str, Any]
    fault: str | None

    @property
    def order_id(self) -> str:
        return str(self.body["order_id"])

    @property
    def is_first_try(self) -> bool:
        return self.delivery.attempt == 1


Handler = Callable[[Desk, Work], None]


def charge(desk: Desk, work: Work) -> None:
    """Payment on OrderPlaced; each charge is a new event, even the second for one order."""
    if work.fault == "slow":
        time.sleep(_SLOW_S)
    if work.fault == "out_of_order" and work.is_first_try and not desk.has_partitions:
        raise Failure(errors.NOT_SAVED)
    desk.memory.put(f"known/{work.order_id}")
    if work.fault == "declined":
        desk.emit(work, "PaymentDeclined", reason="insufficient funds")
        return
    if work.fault == "command_event":
        desk.emit(work, "SendInvoice")
    amount = work.body["amount"]
    said = {"amount": f"{amount:.2f}"} if work.fault == "contract_break" else {}
    desk.emit(work, "PaymentProcessed", times=2 if work.fault == "duplicate_publish" else 1, **said)
    if work.fault == "duplicate_effect" and work.is_first_try:
        raise Failure(errors.NOT_SAVED)
    desk.memory.put(f"paid/{work.order_id}")


def refund(desk: Desk, work: Work) -> None:
    """Payment on OrderCancelled."""
    if desk.memory.get(f"paid/{work.order_id}") is not None:
        desk.emit(work, "PaymentRefunded")
    elif desk.memory.get(f"known/{work.order_id}") is not None:
        desk.note(work, "info", "nothing to refund")
    else:
        desk.note(work, "warn", "order is not known, cancellation ignored")


def reserve(desk: Desk, work: Work) -> None:
    """Inventory on PaymentProcessed: once per event, once per order."""
    if work.fault == "retried" and work.is_first_try:
        raise Failure(errors.LOCKED)
    if work.fault == "dead_letter":
        raise Failure(errors.NO_STOCK)
    if not desk.memory.once(f"handled/{work.event.event_id}"):
        desk.note(work, "info", f"{work.event.event_type} is handled already, ignored")
    elif not desk.memory.once(f"reserved/{work.order_id}"):
        desk.note(work, "warn", "order has its stock already, second payment ignored")
    elif work.fault != "missing_event":
        desk.emit(work, "InventoryReserved")


def release(desk: Desk, work: Work) -> None:
    """Inventory on OrderCancelled."""
    if desk.memory.get(f"reserved/{work.order_id}") is None:
        desk.note(work, "info", "nothing to release")
    else:
        desk.emit(work, "InventoryReleased")


def ship(desk: Desk, work: Work) -> None:
    """Fulfilment on InventoryReserved: the declared value must be a number."""
    if not isinstance(work.body["amount"], int | float):
        raise Failure(errors.NOT_A_NUMBER)
    if work.fault == "compensated":
        desk.emit(work, "ShipmentFailed", reason="no carrier serves postcode 99999")
    else:
        desk.emit(work, "ShipmentCreated")


def cancel(desk: Desk, work: Work) -> None:
    """Order on PaymentDeclined and ShipmentFailed."""
    desk.emit(work, "OrderCancelled", reason=work.body["reason"])


def paid(desk: Desk, work: Work) -> None:
    """Notification on PaymentProcessed."""
    desk.memory.put(f"paid/{work.order_id}", work.event.event_id)
    _mail(desk, work, f"shipped/{work.order_id}")


def shipped(desk: Desk, work: Work) -> None:
    """Notification on ShipmentCreated."""
    desk.memory.put(f"shipped/{work.order_id}", work.event.event_id)
    _mail(desk, work, f"paid/{work.order_id}")


def _mail(desk: Desk, work: Work, other: str) -> None:
    """Send one mail when the order is both paid and shipped."""
    if (cause := desk.memory.get(other)) and desk.memory.once(f"mailed/{work.order_id}"):
        desk.emit(work, "EmailDelivered", cause)


HANDLERS: dict[tuple[str, str], Handler] = {
    ("order", "PaymentDeclined"): cancel,
    ("order", "ShipmentFailed"): cancel,
    ("payment", "OrderPlaced"): charge,
    ("payment", "OrderCancelled"): refund,
    ("inventory", "PaymentProcessed"): reserve,
    ("inventory", "OrderCancelled"): release,
    ("fulfilment", "InventoryReserved"): ship,
    ("notification", "PaymentProcessed"): paid,
    ("notification", "ShipmentCreated"): shipped,
}
