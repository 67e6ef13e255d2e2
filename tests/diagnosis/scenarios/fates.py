"""Deals faults and noise out to the orders: by the seed alone."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from tests.diagnosis.scenarios.faults import FAULTS, NOISE, places
from tests.diagnosis.scenarios.settings import Setting
from tests.diagnosis.scenarios.shop import Place

_IN_TWO = ("handler_error", "dead_letter", "lost_delivery", "missing_event")


@dataclass(frozen=True)
class Planted:
    """A fault in an order."""

    fault: str
    service: str
    event_type: str


@dataclass
class Fate:
    """What happens to one order."""

    order_id: str
    customer_id: str
    amount: float
    other_way: bool  # the order goes the rarer of two ways
    changes: bool  # the customer changes it right after it was placed
    planted: tuple[Planted, ...] = ()
    noise: str | None = None
    noise_at: Place = ("", "")
    victim: bool = False  # waited behind another order's trouble: neither healthy nor at fault
    seen: set[str] = field(default_factory=set)  # types that came about

    def fault_at(self, service: str, event_type: str, *names: str) -> str | None:
        """The fault of these that is planted here."""
        for one in self.planted:
            if one.fault in names and (one.service, one.event_type) == (service, event_type):
                return one.fault
        return None


def fates(setting: Setting) -> list[Fate]:
    """One fate per order, in the order in which they come."""
    rng = random.Random(f"{setting.seed}/fates")
    dealt = [_plain(rng, setting, number) for number in range(setting.orders)]
    free = list(range(setting.orders))
    rng.shuffle(free)
    singles = int(setting.orders * setting.faulty)
    doubles = int(setting.orders * setting.two_faults)
    names = list(FAULTS)
    for nth in range(singles):
        _plant_one(rng, dealt[free.pop()], setting, names[nth % len(names)])
    for _ in range(doubles):
        first, second = rng.choice(setting.shop.apart)
        dealt[free.pop()].planted = tuple(Planted(rng.choice(_IN_TWO), *place) for place in (first, second))
    return dealt


def _plain(rng: random.Random, setting: Setting, number: int) -> Fate:
    fate = Fate(
        order_id=f"ord-{70001 + setting.seed * 100_000 + number}",
        customer_id=f"cust-{rng.randrange(setting.orders // 4 + 1):05}",
        amount=round(rng.uniform(4, 180), 2),
        other_way=rng.random() < 0.12,
        changes=rng.random() < 0.15,
    )
    if rng.random() < setting.noise:
        fate.noise = rng.choice(NOISE)
        fate.noise_at = rng.choice(setting.shop.always)
    return fate


def _plant_one(rng: random.Random, fate: Fate, setting: Setting, name: str) -> None:
    name = setting.out_of_design or name
    where = places(setting.shop, name)
    place = rng.choice(where) if setting.place is None else where[setting.place % len(where)]
    fate.planted = (Planted(name, *place),)
    fate.changes = fate.changes or name == "out_of_order"
    fate.other_way = fate.other_way and name != "compensation"
