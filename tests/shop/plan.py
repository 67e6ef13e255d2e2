"""What happens to which order: decided by the seed alone, so that a second run plants the same faults."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass

#: Fault → how many orders have it. A `stopped` order is one of the last: nobody ships any more.
FAULTS = {"retried": 3, "dead_letter": 2, "declined": 3, "lost": 2, "duplicate": 2, "stopped": 4}
CUSTOMERS = 12


@dataclass(frozen=True)
class Order:
    """One order, its ids and its fate."""

    order_id: str
    customer_id: str
    amount: float
    correlation_id: str
    fault: str | None


@dataclass(frozen=True)
class Plan:
    """All that the seed decides."""

    seed: int
    orders: dict[str, Order]

    def fault(self, order_id: str) -> str | None:
        return self.orders[order_id].fault

    def event_id(self, order_id: str, event_type: str, nth: int) -> str:
        return self._uuid(f"{order_id}/{event_type}/{nth}")

    def delay_s(self, what: str) -> float:
        """How long the work takes: 4 to 20 ms."""
        return random.Random(f"{self.seed}/{what}").uniform(0.004, 0.020)

    def _uuid(self, what: str) -> str:
        return _uuid(self.seed, what)


def plan(orders: int, seed: int) -> Plan:
    """Deal the faults out to the orders; those before the last have room to come to their end."""
    rng = random.Random(seed)
    last = FAULTS["stopped"]
    chosen = iter(rng.sample(range(2, orders - last - 9), sum(FAULTS.values()) - last))
    fates = {next(chosen): name for name, count in FAULTS.items() if name != "stopped" for _ in range(count)}
    fates |= {orders - 1 - n: "stopped" for n in range(last)}
    return Plan(
        seed, {order.order_id: order for order in (_order(rng, seed, n, fates.get(n)) for n in range(orders))}
    )


def _order(rng: random.Random, seed: int, number: int, fault: str | None) -> Order:
    name = f"order-{8101 + number}"
    customer = f"customer-{rng.randrange(301, 301 + CUSTOMERS)}"
    return Order(name, customer, round(rng.uniform(9, 250), 2), _uuid(seed, f"{name}/correlation"), fault)


def _uuid(seed: int, what: str) -> str:
    return str(uuid.UUID(int=random.Random(f"{seed}/{what}").getrandbits(128), version=4))
