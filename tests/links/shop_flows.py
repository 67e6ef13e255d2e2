"""A shop of six services with a known truth: who really caused what."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from tests.links.linked_logs import MS

#: Service that consumes a type, what it then publishes; a shipment needs both of its inputs.
TRIGGERS = {
    "placed": [("pay", "paid"), ("stock", "reserved"), ("audit", None)],
    "paid": [("ship", "shipped")],
    "reserved": [("ship", "shipped")],
    "shipped": [("mail", "notified")],
}
JOINS = {"shipped": {"paid", "reserved"}}


@dataclass(frozen=True)
class Kind:
    """How the services log, and how much of it is lost."""

    causation: float = 1.0  # share of publishes that name their cause
    outbox: float = 0.0  # share of publishes that a relay makes later
    retries: float = 0.1  # share of deliveries that fail at first
    lost: float = 0.0  # share of records that never reached the logs


@dataclass
class Shop:
    """Writes the logs of many orders at once."""

    kind: Kind
    random: random.Random
    records: list[dict[str, Any]] = field(default_factory=list)
    triggered: set[tuple[str, str]] = field(default_factory=set)  # what was really the trigger
    needed: set[tuple[str, str]] = field(default_factory=set)  # the other inputs of joins
    busy: dict[tuple[str, str, str], int] = field(default_factory=dict)  # when each worker is free again

    def order(self, n: int) -> None:
        common = {"correlation_id": f"c{n}", "ids": f"order={n + 1}\ncustomer={n % 40 + 1}"}
        ready: dict[str, list[tuple[int, str]]] = {}
        waiting = [(n * 20 + self.random.randint(0, 15), "placed", f"placed-{n}")]
        self._write("publish", waiting[0][0], "shop", "shop-1", "w1", "placed", f"placed-{n}", common)
        while waiting:
            waiting.sort()
            at, kind, event = waiting.pop(0)
            for service, effect in TRIGGERS.get(kind, ()):
                child = self._handle(at, kind, event, service, effect, n, ready, common)
                if child:
                    waiting.append(child)

    def _handle(
        self,
        at: int,
        kind: str,
        event: str,
        service: str,
        effect: str | None,
        n: int,
        ready: dict[str, list[tuple[int, str]]],
        common: dict[str, Any],
    ) -> tuple[int, str, str] | None:
        instance, worker = f"{service}-{self.random.randint(1, 2)}", f"w{self.random.randint(1, 3)}"
        place = (service, instance, worker)
        inputs = ready.setdefault(effect or "", [])
        earlier = max((end for end, _ in inputs), default=0)  # the last input is the trigger
        start = max(at + self.random.randint(3, 30), self.busy.get(place, 0) + 1, earlier + 1)
        attempt = 1
        if self.random.random() < self.kind.retries:
            self._write("receive", start, *place, kind, event, common, attempt=1)
            self._write("nack", start + 2, *place, kind, event, common, attempt=1, error="time out")
            start, attempt = start + 8, 2
        end = start + self.random.randint(6, 12)
        self.busy[place] = end + 1
        self._write("receive", start, *place, kind, event, common, attempt=attempt)
        self._write("ack", end, *place, kind, event, common, attempt=attempt)
        inputs.append((end, event))
        if effect is None or (effect in JOINS and len(inputs) < len(JOINS[effect])):
            return None
        child = f"{effect}-{n}"
        self.triggered.add((event, child))
        self.needed |= {(other, child) for _, other in inputs if other != event}
        relayed = self.random.random() < self.kind.outbox
        published = end + 300 if relayed else start + self.random.randint(1, end - start - 1)
        cause = {"causation_id": event} if self.random.random() < self.kind.causation else {}
        self._write(
            "publish",
            published,
            service,
            instance,
            "relay" if relayed else worker,
            effect,
            child,
            common | cause,
        )
        return (published, effect, child)

    def _write(
        self,
        kind: str,
        at: int,
        service: str,
        instance: str,
        worker: str,
        event_type: str,
        event: str,
        common: dict[str, Any],
        **more: Any,
    ) -> None:
        if self.random.random() < self.kind.lost:
            return
        self.records.append(
            {
                "kind": kind,
                "ts": at * MS,
                "service": service,
                "instance": instance,
                "worker": worker,
                "event_type": event_type,
                "event_id": event,
            }
            | common
            | more
        )


def shop(kind: Kind, orders: int, seed: int = 7) -> Shop:
    built = Shop(kind, random.Random(seed))
    for n in range(orders):
        built.order(n)
    built.records.sort(key=lambda record: record["ts"])
    return built
