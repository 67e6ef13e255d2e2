"""What is the matter with each order: beside the logs, never in them."""

from __future__ import annotations

from dataclasses import dataclass

from tests.diagnosis.scenarios.facts import Told
from tests.diagnosis.scenarios.fates import Fate, Planted
from tests.diagnosis.scenarios.faults import FAULTS, NEAREST, STOPPED, places
from tests.diagnosis.scenarios.settings import Setting
from tests.diagnosis.scenarios.shop import Place, Shop


@dataclass(frozen=True)
class Cause:
    """What should be named."""

    kind: str
    services: tuple[str, ...]  # any of them names it
    event_types: tuple[str, ...]  # as well


@dataclass(frozen=True)
class Truth:
    """One order."""

    order_id: str
    fault: str | None  # None: healthy
    causes: tuple[Cause, ...]  # first the one that must come first
    is_judged: bool = True  # False: another order's trouble touched it
    noise: str | None = None


def truths(fates: list[Fate], told: Told, setting: Setting) -> list[Truth]:
    """One truth per order."""
    if setting.out_of_design == "slow_drift":
        return [_drifted(fate, nth / len(fates), setting) for nth, fate in enumerate(fates)]
    return [_truth(fate, told.stopped.get(fate.order_id, []), setting.shop) for fate in fates]


def _truth(fate: Fate, stopped: list[Place], shop: Shop) -> Truth:
    planted = [_cause(one, shop) for one in fate.planted]
    gone = [Cause(STOPPED, (service,), (event_type,)) for service, event_type in dict.fromkeys(stopped)]
    name = (
        "two_faults" if len(planted) > 1 else fate.planted[0].fault if planted else STOPPED if gone else None
    )
    is_mixed = bool(planted and gone) or len(gone) > 1
    return Truth(fate.order_id, name, (*planted, *gone), not (fate.victim or is_mixed), fate.noise)


def _cause(one: Planted, shop: Shop) -> Cause:
    kind = (FAULTS | NEAREST)[one.fault]
    if kind == "out_of_order":  # of two events, by the one who sent them so, or at the one who acts on them
        return Cause(kind, (one.service, shop.asks), (shop.changed, shop.root))
    return Cause(kind, (one.service,), (one.event_type,))


def _drifted(fate: Fate, when: float, setting: Setting) -> Truth:
    """The last tenth is ten times slower than the first orders, the second half is in between."""
    if when < 0.9:
        return Truth(fate.order_id, None, (), when < 0.2 and not fate.victim, fate.noise)
    ((service, event_type),) = places(setting.shop, "slow_drift")
    return Truth(fate.order_id, "slow_drift", (Cause("slow", (service,), (event_type,)),), True, fate.noise)
