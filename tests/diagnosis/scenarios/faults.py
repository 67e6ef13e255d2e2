"""The faults: where each may be planted, and what the truth says of it."""

from __future__ import annotations

from dataclasses import dataclass

Place = tuple[str, str]  # service and event type


@dataclass(frozen=True)
class Fault:
    """A kind of trouble."""

    cause: str  # kind of design §5
    places: tuple[Place, ...]  # where it may sit: who handles which type, or who announces it
    share: float = 1.0  # of the orders that each kind gets


#: Who handles what, of the services that every order meets and that keep a log.
_HANDLED: tuple[Place, ...] = (
    ("pricing", "BasketOrdered"),
    ("stock", "BasketPriced"),
    ("pay", "BasketPriced"),
    ("picking", "ChargeTaken"),
    ("riders", "ParcelPacked"),
    ("letters", "ChargeTaken"),
    ("letters", "ParcelDelivered"),
    ("points", "ParcelDelivered"),
)

#: What every order meets.
ALWAYS = (*_HANDLED, ("picking", "GoodsHeld"))

#: Of those, who always announces something on it, each by itself.
_ANNOUNCING = tuple(place for place in _HANDLED if place != ("picking", "ChargeTaken"))

FAULTS = {
    "handler_error": Fault("handler_error", _HANDLED),
    "dead_letter": Fault("dead_letter", _HANDLED),
    "lost_delivery": Fault("lost_delivery", _ANNOUNCING),
    "incomplete_join": Fault("lost_delivery", (("picking", "GoodsHeld"), ("picking", "ChargeTaken"))),
    "missing_event": Fault("missing_event", _ANNOUNCING),
    "rejected": Fault("rejected", (("pay", "ChargeRefused"), ("stock", "GoodsShort"))),
    "compensation": Fault("rejected", (("riders", "DeliveryImpossible"),)),
    "contract_break": Fault("contract_break", (("pricing", "BasketPriced"), ("pay", "ChargeTaken"))),
    "duplicate_effect": Fault(
        "duplicate_effect", (("pay", "ChargeTaken"), ("points", "PointsGiven"), ("letters", "ReceiptMailed"))
    ),
    "out_of_order": Fault("out_of_order", (("pricing", "BasketChanged"),)),
    "slow": Fault("slow", _ANNOUNCING),
}

#: Planted in time, not in an order: who stops reading; the truth is written down when an order meets it.
STOPPED = "consumer_stopped"

#: What the method was not designed for, and why it cannot see or tell it.
OUT_OF_DESIGN = {
    "silent_service": "the handler that fails belongs to a service without any log: only the absence of its event shows",
    "sick_cohort": "a change of configuration hits most orders, so that what is usual is itself the fault",
    "slow_drift": "a service grows slower all the time; no order departs much from those before it",
    "wrong_value": "an amount is wrong, but well-formed; nothing fails and nothing is missing",
    "mislabelled": "a service logs its failure under another order's id",
}

#: Trouble that is none: the order is well all the same.
NOISE = ("retried", "error_line", "warning", "not_found", "redelivered", "published_twice")
