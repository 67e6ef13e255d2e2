"""What happens to which order: decided by the seed alone, so that a second run plants the same faults."""

from __future__ import annotations

import random
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from tests.shop.transport import Broker

CUSTOMERS = 12
USUAL_SEED = 7
#: So many orders have all the faults that the table counts; fewer orders have fewer of them.
_FULL = 80
_PARTITIONS = 3
_HEALTHY_FIRST, _HEALTHY_BEFORE_LAST = 3, 2
#: The shops share no order, so that the logs of several can be read together.
_FIRST = {"kafka": 8101, "rabbitmq": 6101, "nats": 7101}


@dataclass(frozen=True)
class Fault:
    """A kind of trouble: how often it is planted, what is its cause, and where that sits."""

    orders: int
    cause: str  # kind of design §5; "none" where the order is well all the same
    rule: str | None  # of the finding that tells of it
    service: str
    event_type: str
    nth: int = 1  # which event of that type, where the order has several
    missing: str | None = None  # type of the event that was never announced
    #: What comes behind it waits: nothing else is under way then, or healthy orders would seem slow.
    keeps_waiting: bool = True


FAULTS = {
    "retried": Fault(3, "none", "redelivery_retry", "inventory", "PaymentProcessed"),
    "dead_letter": Fault(2, "dead_letter", "dead_letter", "inventory", "PaymentProcessed"),
    "crash": Fault(2, "none", "redelivery_rebalance", "payment", "OrderPlaced"),
    "duplicate_publish": Fault(2, "none", "duplicate_publish", "payment", "PaymentProcessed"),
    "duplicate_effect": Fault(2, "duplicate_effect", "duplicate_effect", "payment", "PaymentProcessed", 2),
    "skipped": Fault(2, "lost_delivery", "lost", "fulfilment", "InventoryReserved"),
    "missing_event": Fault(
        2, "missing_event", "no_follow_up", "inventory", "PaymentProcessed", missing="InventoryReserved"
    ),
    "declined": Fault(3, "rejected", None, "payment", "PaymentDeclined", keeps_waiting=False),
    "compensated": Fault(2, "rejected", None, "fulfilment", "ShipmentFailed", keeps_waiting=False),
    "contract_break": Fault(2, "contract_break", None, "payment", "PaymentProcessed"),
    "out_of_order": Fault(1, "out_of_order", "key_split", "payment", "OrderCancelled"),
    "slow": Fault(2, "slow", None, "payment", "OrderPlaced"),
    "fat_event": Fault(1, "none", "fat_event", "order", "OrderPlaced", keeps_waiting=False),
    "command_event": Fault(1, "none", "command_name", "payment", "SendInvoice", keeps_waiting=False),
    "stopped": Fault(4, "consumer_stopped", "stuck", "fulfilment", "InventoryReserved", keeps_waiting=False),
}


@dataclass(frozen=True)
class Order:
    """One order, its ids and its fate."""

    order_id: str
    customer_id: str
    amount: float
    correlation_id: str
    fault: str | None

    @property
    def alone(self) -> bool:
        """Whether it is placed when all is at rest, and the next one when it is done."""
        return self.fault is not None and FAULTS[self.fault].keeps_waiting


@dataclass(frozen=True)
class Plan:
    """All that the seed decides."""

    salt: str  # of all ids: two shops never share one
    orders: dict[str, Order]

    def fault(self, order_id: str) -> str | None:
        return self.orders[order_id].fault

    def event_id(self, order_id: str, event_type: str, nth: int) -> str:
        return _uuid(self.salt, f"{order_id}/{event_type}/{nth}")

    def delay_s(self, what: str) -> float:
        """How long the work takes: 4 to 20 ms."""
        return random.Random(f"{self.salt}/{what}").uniform(0.004, 0.020)

    def truth(self, broker: Broker) -> Iterator[dict[str, Any]]:
        """Say of each order in trouble what is the matter with it."""
        for order in self.orders.values():
            if order.fault:
                fault = FAULTS[order.fault]
                line: dict[str, Any] = {
                    "order_id": order.order_id,
                    "fault": order.fault,
                    "cause": fault.cause,
                }
                line |= {"rule": broker.rules.get(order.fault, fault.rule)}
                line |= {"service": fault.service, "event_type": fault.event_type}
                line |= {"event_id": self.event_id(order.order_id, fault.event_type, fault.nth)}
                yield line | ({"missing": fault.missing} if fault.missing else {})


def plan(orders: int, seed: int, broker: Broker) -> Plan:
    """Deal the faults out to the orders; what this broker cannot have stays a healthy order."""
    rng = random.Random(seed)
    names = [f"order-{_FIRST[broker.name] + number}" for number in range(orders)]
    fates = _fates(rng, names)
    salt = f"{seed}/{broker.name}"
    dealt = [_order(rng, salt, name, fates.get(name)) for name in names]
    possible = [replace(order, fault=None) if order.fault in broker.lacks else order for order in dealt]
    return Plan(salt, {order.order_id: order for order in possible})


def _fates(rng: random.Random, names: list[str]) -> dict[str, str]:
    """The first orders are healthy; the last ones meet a service that has stopped."""
    counts = {
        name: max(1, min(fault.orders, fault.orders * len(names) // _FULL)) for name, fault in FAULTS.items()
    }
    last = counts.pop("stopped")
    free = names[_HEALTHY_FIRST : -last - _HEALTHY_BEFORE_LAST]
    if len(free) < 2 * sum(counts.values()):
        raise SystemExit(f"{len(names)} orders are too few to hide {sum(counts.values()) + last} faults")
    fates = dict.fromkeys(names[-last:], "stopped")
    slow, late = rng.choice([pair for pair in pairwise(free) if _part(pair[0]) == _part(pair[1])])
    fates |= {slow: "slow", late: "out_of_order"}
    counts["slow"] -= counts.pop("out_of_order")
    chosen = iter(rng.sample([name for name in free if name not in fates], sum(counts.values())))
    return fates | {next(chosen): name for name, count in counts.items() for _ in range(count)}


def _order(rng: random.Random, salt: str, name: str, fault: str | None) -> Order:
    customer = f"customer-{rng.randrange(301, 301 + CUSTOMERS)}"
    return Order(name, customer, round(rng.uniform(9, 250), 2), _uuid(salt, f"{name}/correlation"), fault)


def _part(order_id: str) -> int:
    """Give the partition that librdkafka's own partitioner chooses: an order waits behind its neighbour there."""
    return zlib.crc32(order_id.encode()) % _PARTITIONS


def _uuid(salt: str, what: str) -> str:
    return str(uuid.UUID(int=random.Random(f"{salt}/{what}").getrandbits(128), version=4))
