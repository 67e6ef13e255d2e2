"""What a run is like."""

from __future__ import annotations

from dataclasses import dataclass

from tests.diagnosis.scenarios.clinic import CLINIC
from tests.diagnosis.scenarios.grocer import GROCER
from tests.diagnosis.scenarios.shop import Shop

SHOPS = {shop.name: shop for shop in (GROCER, CLINIC)}


@dataclass(frozen=True)
class Setting:
    """The knobs of a run; the seed decides everything else."""

    orders: int = 4000
    seed: int = 1
    causation: bool = True  # events name their cause
    loss: float = 0.0  # share of the lines of service logs that are missing
    noise: float = 0.30  # share of orders with harmless trouble
    faulty: float = 0.20  # share of orders with a planted fault
    two_faults: float = 0.0  # share of orders with two independent ones
    out_of_design: str | None = None  # plants this instead of the ordinary faults
    place: int | None = None  # plants all of them at the place of this number, not now here and now there
    stops: bool = True  # some consumers stop near the end
    every_s: float = 5.4  # a new order, on average
    shop_name: str = "grocer"

    @property
    def shop(self) -> Shop:
        return SHOPS[self.shop_name]
