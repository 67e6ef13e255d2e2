"""A shop of five services whose logs are written by hand: forty good orders, and one of which each line can be chosen."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import evtrace

START_MS = 1_772_366_400_000  # 2026-03-01T12:00:00Z
GOOD = 40

#: What is published, by whom, after what; and what is read by whom.
STEPS = (
    ("OrderPlaced", "order", None),
    ("PaymentTaken", "payment", "OrderPlaced"),
    ("StockReserved", "stock", "PaymentTaken"),
    ("ParcelSent", "parcel", "StockReserved"),
    ("MailSent", "mail", "ParcelSent"),
)
READERS = {"OrderPlaced": "payment", "PaymentTaken": "stock", "StockReserved": "parcel", "ParcelSent": "mail"}

Line = dict[str, Any]


@dataclass(eq=False)
class Order:
    """The lines of one order, in order of time."""

    number: int
    begun_ms: int
    lines: list[Line] = field(default_factory=list)
    now_ms: int = 0

    @property
    def name(self) -> str:
        return f"order-{self.number}"

    def event_id(self, event_type: str) -> str:
        return f"{self.name}-{event_type}"

    def say(self, kind: str, service: str, event_type: str | None = None, **more: Any) -> Line:
        """One line; 10 ms later than the last."""
        self.now_ms += more.pop("after_ms", 10)
        line = {"timestamp": (self.begun_ms + self.now_ms) / 1000, "level": "info", "service": service, "kind": kind,
                "instance": f"{service}-0", "correlation_id": f"corr-{self.number}"}  # fmt: skip
        if event_type:
            line |= {
                "event_type": event_type,
                "event_id": self.event_id(event_type),
                "channel": event_type.lower(),
            }
        self.lines.append(line | more)
        return line

    def publish(self, event_type: str, service: str, cause: str | None = None, **more: Any) -> None:
        payload = {"order_id": self.name, "amount": 12.5 + self.number} | more.pop("payload", {})
        caused = {"causation_id": self.event_id(cause)} if cause else {}
        self.say("publish", service, event_type, payload=payload, key=self.name, **caused, **more)

    def receive(self, event_type: str, service: str, **more: Any) -> None:
        self.say("receive", service, event_type, group=service, **more)

    def ack(self, event_type: str, service: str, **more: Any) -> None:
        self.say("ack", service, event_type, group=service, **more)


def good(order: Order, *, until: str | None = None) -> Order:
    """All steps in order; `until`: up to the publish of that type."""
    for event_type, service, cause in STEPS:
        if cause:
            order.receive(cause, service)
        order.publish(event_type, service, cause)
        if cause:
            order.ack(cause, service)
        if event_type == until:
            break
    return order


def rest(one: Order) -> Order:
    """Everything from stock on."""
    for event_type, service, cause in (
        ("StockReserved", "stock", "PaymentTaken"),
        ("ParcelSent", "parcel", "StockReserved"),
        ("MailSent", "mail", "ParcelSent"),
    ):
        one.receive(cause, service)
        one.publish(event_type, service, cause)
        one.ack(cause, service)
    return one


def shop(*special: Order) -> list[Line]:
    """The lines of the good orders around the special ones, as one log."""
    orders = [good(Order(number, START_MS + number * 1000)) for number in range(GOOD)]
    lines = [line for order in (*orders, *special) for line in order.lines]
    return sorted(lines, key=lambda line: line["timestamp"])


def order(number: int = 900) -> Order:
    """An order amid the good ones."""
    return Order(number, START_MS + 20_500 + number - 900)


def ingested(folder: Path, lines: Iterable[Line]) -> evtrace.Answers:
    """A store of these lines, one file a service."""
    folder.mkdir(parents=True, exist_ok=True)
    by_service: dict[str, list[Line]] = {}
    for line in lines:
        by_service.setdefault(line["service"], []).append(line)
    for service, found in by_service.items():
        text = "".join(json.dumps(line) + "\n" for line in found)
        (folder / f"{service}.jsonl").write_text(text)
    logs = evtrace.open(str(folder / "store.duckdb"))
    logs.ingest(*(str(folder / f"{service}.jsonl") for service in sorted(by_service)))
    return logs


def without(lines: Iterable[Line], gone: Iterable[Line]) -> Iterator[Line]:
    """The log as if these lines had never been written."""
    hidden = [json.dumps(line, sort_keys=True) for line in gone]
    return (line for line in lines if json.dumps(line, sort_keys=True) not in hidden)
