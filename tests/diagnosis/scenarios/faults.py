"""The faults: what the truth says of each, and where each may sit."""

from __future__ import annotations

from tests.diagnosis.scenarios.shop import Place, Shop

#: Fault → the kind of cause of design §5.
FAULTS = {
    "handler_error": "handler_error",
    "dead_letter": "dead_letter",
    "lost_delivery": "lost_delivery",
    "incomplete_join": "lost_delivery",
    "missing_event": "missing_event",
    "rejected": "rejected",
    "compensation": "rejected",
    "contract_break": "contract_break",
    "duplicate_effect": "duplicate_effect",
    "out_of_order": "out_of_order",
    "slow": "slow",
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

#: Of those, the kinds of the design that come nearest.
NEAREST = {"silent_service": "handler_error", "sick_cohort": "missing_event", "slow_drift": "slow",
           "wrong_value": "contract_break", "mislabelled": "handler_error"}  # fmt: skip

#: Trouble that is none: the order is well all the same.
NOISE = ("retried", "error_line", "warning", "not_found", "redelivered", "published_twice")


def places(shop: Shop, fault: str) -> tuple[Place, ...]:
    """Who handles which type, or who announces it: where a fault may sit."""
    first, second = list(shop.refusals)[:2], list(shop.refusals)[2]
    handled = tuple(place for place in shop.always if place != shop.join_inputs[0])
    return {
        "handler_error": handled,
        "dead_letter": handled,
        "lost_delivery": shop.announcing,
        "incomplete_join": shop.join_inputs,
        "missing_event": shop.announcing,
        "rejected": tuple((shop.refusals[name][0], name) for name in first),
        "compensation": ((shop.refusals[second][0], second),),
        "contract_break": tuple((_producer(shop, event_type), event_type) for event_type in shop.copied),
        "duplicate_effect": shop.duplicable,
        "out_of_order": ((_reader(shop, shop.changed), shop.changed),),
        "slow": shop.announcing,
        "silent_service": (shop.silent,),
        "sick_cohort": (shop.announcing[-2],),
        "slow_drift": ((shop.other_way[0], _handled(shop, shop.other_way[0])),),
        "wrong_value": tuple((_producer(shop, event_type), event_type) for event_type in shop.copied),
        "mislabelled": (shop.announcing[-1], shop.announcing[1]),
    }[fault]


def _producer(shop: Shop, event_type: str) -> str:
    return next(service for (service, _), effects in shop.handles.items() if event_type in effects)


def _reader(shop: Shop, event_type: str) -> str:
    return next(service for service, handled in shop.handles if handled == event_type)


def _handled(shop: Shop, service: str) -> str:
    return next(event_type for name, event_type in shop.handles if name == service)
