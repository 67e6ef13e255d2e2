"""The six services: each has its own connection, consumers, clock, and way to log."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nats
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NothingToRead
from nats.js.api import AckPolicy, ConsumerConfig

from tests.shop import errors, styles
from tests.shop.plan import Order, Plan
from tests.shop.styles import Style

STREAM, DEAD_STREAM = "SHOP", "SHOP_DLQ"
SUBJECTS = {
    "OrderPlaced": "shop.orders.placed",
    "OrderCancelled": "shop.orders.cancelled",
    "PaymentProcessed": "shop.payments.processed",
    "PaymentDeclined": "shop.payments.declined",
    "InventoryReserved": "shop.inventory.reserved",
    "ShipmentCreated": "shop.shipments.created",
    "EmailDelivered": "shop.emails.delivered",
}
MOST_ATTEMPTS = 3
_RETRY_AFTER_S = 0.15
_POLL_S = 0.2


@dataclass(frozen=True)
class Kind:
    """What a service is: what it reads, and how it keeps its log."""

    name: str
    reads: tuple[str, ...]
    style: Style
    file: str
    clock_ms: float  # how far its clock is off
    logs_acks: bool = False
    names_causes: bool = True


KINDS = (
    Kind("order", ("PaymentDeclined",), styles.structlog, "order.jsonl", 12.0),
    Kind("payment", ("OrderPlaced",), styles.ecs, "payment.json", -31.0),
    Kind("inventory", ("PaymentProcessed",), styles.spring, "inventory.log", 38.0, logs_acks=True),
    Kind("fulfilment", ("InventoryReserved",), styles.clef, "fulfilment.clef", -7.0, logs_acks=True),
    Kind(
        "notification",
        ("PaymentProcessed", "ShipmentCreated"),
        styles.pino,
        "notification.log",
        22.0,
        logs_acks=True,
        names_causes=False,
    ),
    Kind("analytics", (), styles.logfmt, "analytics.log", -19.0),
)


@dataclass
class Truth:
    """What really happened, for tests: which event caused which."""

    edges: list[dict[str, Any]] = field(default_factory=list)

    def add(self, parent: str | None, child: str, child_type: str, order_id: str, *, named: bool) -> None:
        self.edges.append(
            {"parent": parent, "child": child, "type": child_type, "order_id": order_id, "named": named}
        )


class Service:
    """One running service. `stopped` once it has died; nobody starts it again."""

    def __init__(self, kind: Kind, plan: Plan, folder: Path, truth: Truth) -> None:
        self.kind, self.plan, self.truth = kind, plan, truth
        self.stopped = False
        self._log = (folder / kind.file).open("w", encoding="utf-8")
        self._made: Counter[tuple[str, str]] = Counter()
        self._paid: dict[str, str] = {}  # order → event that said so
        self._shipped: set[str] = set()

    async def start(self, url: str) -> None:
        self._nats = await nats.connect(url, name=self.kind.name, allow_reconnect=False)
        self._stream = self._nats.jetstream()
        wanted = [SUBJECTS[name] for name in self.kind.reads] or ["shop.>"]
        config = ConsumerConfig(
            durable_name=self.kind.name,
            filter_subjects=wanted,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=30,
            max_deliver=MOST_ATTEMPTS,
        )
        await self._stream.add_consumer(STREAM, config)
        self._inbox = await self._stream.pull_subscribe_bind(self.kind.name, STREAM)
        self._write("info", f"consumer {self.kind.name} ready")
        self._reading = asyncio.create_task(self._read())

    async def stop(self) -> None:
        self.stopped = True
        await self._reading
        await self._nats.close()
        self._log.close()

    async def place(self, order: Order) -> None:
        """Take an order: the beginning of every flow."""
        body = {
            "order_id": order.order_id,
            "customer_id": order.customer_id,
            "amount": order.amount,
            "currency": "EUR",
        }
        await self._publish("OrderPlaced", body, order.correlation_id, None)

    async def _read(self) -> None:
        while not self.stopped:
            try:
                messages = await self._inbox.fetch(1, timeout=_POLL_S)
            except NothingToRead:
                continue
            for message in messages:
                await self._handle(message)

    async def _handle(self, message: Msg) -> None:
        headers, body = message.headers or {}, json.loads(message.data)
        if self.kind.name == "fulfilment" and self.plan.fault(body["order_id"]) == "stopped":
            self.stopped = True  # killed in the middle of it: no word, no acknowledgement
            return
        said = _about(message)
        verb = "consumed" if self.kind.name == "analytics" else "received"
        self._write("info", f"{verb} {headers['ce-type']}", said)
        await asyncio.sleep(self.plan.delay_s(f"{self.kind.name}/{headers['ce-id']}"))
        try:
            await HANDLERS[self.kind.name](self, message, body)
        except RuntimeError as problem:
            await self._failed(message, str(problem))
            return
        await message.ack()
        if self.kind.logs_acks:
            self._write("debug", f"acknowledged {headers['ce-type']}", said)

    async def _failed(self, message: Msg, error: str) -> None:
        """Try again later; give up after the last attempt."""
        headers = dict(message.headers or {})
        said = _about(message)
        if message.metadata.num_delivered < MOST_ATTEMPTS:
            self._write(
                "error",
                f"failed to handle {headers['ce-type']}, nak, next try in 150 ms",
                said | {"error": error},
            )
            await message.nak(delay=_RETRY_AFTER_S)
            return
        self._write("error", f"failed to handle {headers['ce-type']}, no tries left", said | {"error": error})
        headers |= {"x-dead-letter-reason": error.splitlines()[0], "x-original-stream": STREAM}
        headers |= {
            "x-original-subject": message.subject,
            "x-original-seq": str(message.metadata.sequence.stream),
        }
        stored = await self._stream.publish(f"dlq.{self.kind.name}", message.data, headers=headers)
        dead = said | {"dlq_stream": stored.stream, "dlq_seq": stored.seq}
        self._write("error", f"dead-lettered {headers['ce-type']}", dead)
        await message.term()

    async def emit(
        self, event_type: str, cause: Msg, body: dict[str, Any], *causes: str, times: int = 1
    ) -> None:
        """Publish what follows from `cause`; the same message again where `times` says so."""
        headers = cause.headers or {}
        shown = {name: body[name] for name in ("order_id", "customer_id", "amount")}
        await self._publish(
            event_type, shown, headers["ce-correlationid"], headers["ce-id"], *causes, times=times
        )

    async def _publish(
        self,
        event_type: str,
        body: dict[str, Any],
        correlation: str,
        cause: str | None,
        *causes: str,
        times: int = 1,
    ) -> None:
        order_id = body["order_id"]
        self._made[order_id, event_type] += 1
        event_id = self.plan.event_id(order_id, event_type, self._made[order_id, event_type])
        named = cause if self.kind.names_causes else None
        for parent in (cause, *causes):
            self.truth.add(
                parent, event_id, event_type, order_id, named=parent is not None and parent == named
            )
        headers = {
            "ce-specversion": "1.0",
            "ce-id": event_id,
            "ce-type": event_type,
            "ce-source": f"/shop/{self.kind.name}",
        }
        headers |= {"ce-time": styles.iso(self._now(), 6), "ce-correlationid": correlation}
        headers |= {"ce-causationid": named} if named else {}
        for nth in range(times):
            if nth:
                again = {
                    "event_id": event_id,
                    "event_type": event_type,
                    "correlation_id": correlation,
                    "order_id": order_id,
                }
                self._write("warn", "no answer from JetStream in time, trying again", again)
            stored = await self._stream.publish(
                SUBJECTS[event_type], json.dumps(body).encode(), headers=headers
            )
            said: dict[str, Any] = {
                "event_id": event_id,
                "event_type": event_type,
                "stream": STREAM,
                "subject": SUBJECTS[event_type],
            }
            said |= {"seq": stored.seq, "correlation_id": correlation} | (
                {"causation_id": named} if named else {}
            )
            self._write("info", f"published {event_type}", said | {"order_id": order_id})

    def _now(self) -> int:
        return time.time_ns() + int(self.kind.clock_ms * 1_000_000)

    def _write(self, level: str, text: str, fields: dict[str, Any] | None = None) -> None:
        print(
            self.kind.style(self.kind.name, self._now(), level, text, fields or {}),
            file=self._log,
            flush=True,
        )

    # What each service does with what it reads.

    async def order(self, message: Msg, body: dict[str, Any]) -> None:
        await self.emit("OrderCancelled", message, body)

    async def payment(self, message: Msg, body: dict[str, Any]) -> None:
        fault = self.plan.fault(body["order_id"])
        if fault == "declined":
            await self.emit("PaymentDeclined", message, body)
        else:
            await self.emit("PaymentProcessed", message, body, times=2 if fault == "duplicate" else 1)

    async def inventory(self, message: Msg, body: dict[str, Any]) -> None:
        fault = self.plan.fault(body["order_id"])
        if fault == "retried" and message.metadata.num_delivered == 1:
            raise RuntimeError(errors.RETRIED)
        if fault != "lost":
            await self.emit("InventoryReserved", message, body)

    async def fulfilment(self, message: Msg, body: dict[str, Any]) -> None:
        order_id = body["order_id"]
        if self.plan.fault(order_id) == "dead_letter":
            raise RuntimeError(errors.DEAD)
        if order_id in self._shipped:
            said = _about(message)
            self._write("warn", f"order is shipped already, {said['event_type']} ignored", said)
            return
        self._shipped.add(order_id)
        await self.emit("ShipmentCreated", message, body)

    async def notification(self, message: Msg, body: dict[str, Any]) -> None:
        """One mail when the order is both paid and shipped."""
        headers = message.headers or {}
        if headers["ce-type"] == "PaymentProcessed":
            self._paid[body["order_id"]] = headers["ce-id"]
        else:
            await self.emit("EmailDelivered", message, body, self._paid[body["order_id"]])

    async def analytics(self, message: Msg, body: dict[str, Any]) -> None:
        pass


HANDLERS: dict[str, Callable[[Service, Msg, dict[str, Any]], Awaitable[None]]] = {
    kind.name: getattr(Service, kind.name) for kind in KINDS
}


def _about(message: Msg) -> dict[str, Any]:
    """What a service knows of a message it reads."""
    headers, at = message.headers or {}, message.metadata
    said: dict[str, Any] = {
        "event_id": headers["ce-id"],
        "event_type": headers["ce-type"],
        "stream": at.stream,
    }
    said |= {"subject": message.subject, "seq": at.sequence.stream, "attempt": at.num_delivered}
    said |= {"correlation_id": headers["ce-correlationid"]}
    if "ce-causationid" in headers:
        said["causation_id"] = headers["ce-causationid"]
    return said | {"order_id": json.loads(message.data)["order_id"]}
