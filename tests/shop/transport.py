"""What the shop asks of a broker, whichever it is.

The module (or package) `tests.shop.<name>` holds a `Broker`, which the conductor starts and stops, and a `Client`,
which a service of its own process opens. Both are plain and synchronous; a client is used by one thread only.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol, cast

NAMES = ("kafka", "rabbitmq", "nats")
MOST_ATTEMPTS = 3
#: Every address that the shop publishes to: channel, dot, what happened.
ADDRESSES = {
    "OrderPlaced": "orders.placed",
    "OrderCancelled": "orders.cancelled",
    "PaymentProcessed": "payments.processed",
    "PaymentDeclined": "payments.declined",
    "PaymentRefunded": "payments.refunded",
    "SendInvoice": "payments.send-invoice",
    "InventoryReserved": "inventory.reserved",
    "InventoryReleased": "inventory.released",
    "ShipmentCreated": "shipments.created",
    "ShipmentFailed": "shipments.failed",
    "EmailDelivered": "emails.delivered",
}

#: Where a message lies, under the names that a service of that broker logs:
#: topic, partition, offset · exchange, routing_key, delivery_tag, redelivered · stream, subject, seq, attempt.
Place = dict[str, Any]


@dataclass(frozen=True)
class Reader:
    """One instance of a service as a member of its consumer group (queue, durable)."""

    group: str
    instance: str  # "payment-0": client id, connection name
    reads: tuple[str, ...]  # addresses; none means all of them
    debug: bool = False  # let the client library tell what it does, on standard error


@dataclass(frozen=True)
class Outgoing:
    """A message to publish."""

    address: str
    key: str
    headers: dict[str, str]  # raw bytes in a value are surrogate escapes
    body: bytes
    sent_ns: int  # by the clock of the service that sends it
    split: bool = False  # to another partition than its key's, where the broker has partitions


@dataclass(frozen=True)
class Delivery:
    """A message that a service was given."""

    key: str | None
    headers: dict[str, str]
    body: bytes
    place: Place
    attempt: int  # 1 is the first; counted by the broker, else by the client as far as it remembers
    native: Any = field(repr=False, default=None)


@dataclass(frozen=True)
class Said:
    """What a service of this broker logs of a step it took: the words and the fields beside them."""

    text: str  # "committed offset 18 of shop.orders-0", "acknowledged"
    fields: Place
    names_event: bool = True  # whether the line also tells the event; a committed offset is not this event's


class Client(Protocol):
    """A service's connection: reads as one member of its group, publishes, and says how it went."""

    news: list[Said]  # what happened beside the messages (assigned, revoked); the service logs and empties it

    def __init__(self, address: str, reader: Reader) -> None: ...

    def publish(self, message: Outgoing) -> Place:
        """Publish and wait until the broker has it."""

    def receive(self, patience_s: float) -> Delivery | None:
        """Give the next message, or none after a while."""

    def done(self, delivery: Delivery) -> Said:
        """Acknowledge, or commit behind it."""

    def again(self, delivery: Delivery, after_s: float) -> Said:
        """Refuse it, so that it is delivered again: nak, requeue, seek back."""

    def dead(self, delivery: Delivery, extra: Mapping[str, str]) -> Said:
        """Move it to the dead letters of the group, with `extra` headers where the service does it itself."""

    def skip(self, delivery: Delivery) -> None:
        """Pass it over for good without a word: whatever commits or acknowledges past it here."""

    def close(self) -> None:
        """Leave in good order."""


class Broker(Protocol):
    """A real broker of one's own on the loopback, and what its own tools tell of it."""

    name: ClassVar[str]
    #: How the broker's CloudEvents binding begins its header names: "ce_", "ce-", "cloudEvents:".
    header_prefix: ClassVar[str]
    #: Faults of `plan.FAULTS` that this broker cannot have.
    lacks: ClassVar[frozenset[str]]
    #: Fault → the finding's rule id, where it differs from `plan.FAULTS`.
    rules: ClassVar[Mapping[str, str | None]]
    #: Whether a key has a partition, that it can leave.
    has_partitions: ClassVar[bool]

    @staticmethod
    def missing() -> str | None:
        """Say in a sentence what this machine lacks to run it; none if nothing."""

    @staticmethod
    def install() -> None:
        """Obtain it: packages, jars, clients."""

    def start(self, folder: Path) -> str:
        """Start it with all its files in `folder`, on free ports; give the address for clients."""

    def create(self, readers: Iterable[Reader]) -> None:
        """Make the channels for all ADDRESSES, and what the readers and their dead letters need."""

    def backlog(self) -> dict[str, int]:
        """Count, per group, the messages that are not acknowledged (committed) yet."""

    def snapshot(self, folder: Path, moment: str) -> None:
        """Keep how its groups stand now (describe, list_queues, consumer info) under the name of the moment."""

    def capture(self, folder: Path) -> None:
        """Let its own tools write down what it stored and logged; called once, when the services are gone."""

    def stop(self) -> None:
        """End it and every process it started; safe to call twice."""


def missing(name: str) -> str | None:
    """Say in a sentence what this machine lacks to run the shop on that broker."""
    return absent(name) or broker(name).missing()


def absent(name: str) -> str | None:
    """Say which Python package is missing to speak to that broker."""
    try:
        importlib.import_module(f"tests.shop.{name}")
    except ImportError as lack:
        return f"the package {lack.name} is missing: pip install 'evtrace[shop]'"
    return None


def broker(name: str) -> Broker:
    """Give the broker of that name, not started yet."""
    return cast(Broker, importlib.import_module(f"tests.shop.{name}").Broker())


def client(name: str, address: str, reader: Reader) -> Client:
    """Connect as a service."""
    return cast(Client, importlib.import_module(f"tests.shop.{name}").Client(address, reader))
