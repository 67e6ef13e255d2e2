"""Ground truth: each rule's edges against what really happened in a shop of six services."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pytest

from evtrace.links import link
from evtrace.store.engine import Store
from tests.links.linked_logs import insert
from tests.links.shop_flows import Kind, shop

ORDERS = 300
SURE = {"E1", "E2", "E3", "E4a"}


@dataclass(frozen=True)
class Score:
    right: Counter[str]  # edges per rule that are true
    wrong: Counter[str]  # edges per rule that are false
    recall: float  # share of the triggers whose events are both in the logs
    flows: int


def _score(kind: Kind) -> Score:
    truth = shop(kind, ORDERS)
    with Store.memory() as store:
        insert(store, truth.records)
        link(store)
        edges = store.rows("SELECT parent_event_id, child_event_id, rule FROM edges")
        known = {event for (event,) in store.rows("SELECT event_id FROM events")}
        flows = store.value("SELECT count(*) FROM flows")
    allowed = truth.triggered | truth.needed
    found = {(parent, child) for parent, child, _ in edges}
    possible = {edge for edge in truth.triggered if set(edge) <= known}
    right = Counter(rule for parent, child, rule in edges if (parent, child) in allowed)
    wrong = Counter(rule for parent, child, rule in edges if (parent, child) not in allowed)
    return Score(right, wrong, len(found & possible) / len(possible), flows)


@pytest.mark.parametrize(
    ("kind", "recall"),
    [
        (Kind(), 1.0),
        (Kind(causation=0.0), 0.999),
        (Kind(causation=0.0, outbox=0.35), 0.95),
        (Kind(causation=0.5, outbox=0.35, lost=0.05), 0.9),
        (Kind(causation=0.0, outbox=1.0, lost=0.05), 0.75),
        (Kind(causation=0.0, outbox=0.35, lost=0.2), 0.6),
    ],
    ids=["causation", "workers", "outbox", "mixed, 5 % lost", "all outbox, 5 % lost", "20 % lost"],
)
def test_sure_rules_are_never_wrong(kind: Kind, recall: float) -> None:
    score = _score(kind)
    assert not {rule: n for rule, n in score.wrong.items() if rule in SURE}
    assert sum(score.wrong.values()) <= 0.02 * sum(score.right.values())
    assert score.recall >= recall
    assert score.flows == ORDERS


def test_joins_are_found_with_and_without_causation_ids() -> None:
    for causation in (1.0, 0.0):
        score = _score(Kind(causation=causation))
        assert score.right["E4e"] == ORDERS
        assert not score.wrong["E4e"]
