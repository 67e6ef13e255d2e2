"""The seed decides what goes wrong, and nothing else does."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.shop import sampled, transport
from tests.shop.plan import FAULTS, USUAL_SEED, plan

BROKERS = [
    pytest.param(name, marks=pytest.mark.skipif(bool(lack := transport.absent(name)), reason=str(lack)))
    for name in transport.NAMES
]


@pytest.mark.parametrize("name", BROKERS)
@pytest.mark.parametrize("orders", [36, 80])
def test_every_fault_that_the_broker_can_have_is_planted(name: str, orders: int) -> None:
    broker = transport.broker(name)
    decided = plan(orders, 7, broker)
    planted = Counter(order.fault for order in decided.orders.values())
    assert set(planted) == {None, *FAULTS} - broker.lacks
    assert planted[None] > orders / 2
    assert orders < 80 or all(planted[fault] == FAULTS[fault].orders for fault in set(FAULTS) - broker.lacks)


@pytest.mark.parametrize("name", BROKERS)
def test_the_same_seed_plants_the_same(name: str) -> None:
    broker = transport.broker(name)
    assert list(plan(60, 7, broker).truth(broker)) == list(plan(60, 7, broker).truth(broker))
    assert list(plan(60, 7, broker).truth(broker)) != list(plan(60, 8, broker).truth(broker))


@pytest.mark.parametrize("name", BROKERS)
def test_the_sample_logs_have_the_faults_that_their_seed_plants(name: str) -> None:
    """What the command in their README plants today is what the committed truth says."""
    broker = transport.broker(name)
    _, number = sampled.seed(name) or ("--seed", USUAL_SEED)
    planted = [line for line in sampled.truth(name) if "fault" in line]
    assert list(plan(80, int(number), broker).truth(broker)) == planted


def test_no_two_shops_share_an_order_or_an_event() -> None:
    names = [name for name in transport.NAMES if not transport.absent(name)]
    plans = [plan(80, 7, transport.broker(name)) for name in names]
    orders = [order for decided in plans for order in decided.orders]
    events = [decided.event_id(order, "OrderPlaced", 1) for decided in plans for order in decided.orders]
    assert len(set(orders)) == len(set(events)) == 80 * len(plans)
