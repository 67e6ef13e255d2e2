"""The causes of planted faults are named, and healthy orders are left alone: a floor, beside benchmarks/diagnosis.md.

The seeds decide everything, so these figures do not sway; the floors stand a little below them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

import evtrace
from tests.diagnosis.scenarios.measuring import Measured, answers, measure
from tests.diagnosis.scenarios.settings import Setting

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Floor:
    """A small run and what must hold of it."""

    setting: Setting
    top1: float
    accused: float = 0.01
    both: float = 0.0


FLOORS = {
    "with ids": Floor(Setting(orders=350, seed=21, faulty=0.3), 0.97),
    "without ids, lossy": Floor(
        Setting(orders=350, seed=22, faulty=0.3, causation=False, loss=0.05), 0.95, 0.02
    ),
    "without ids, another shop": Floor(
        Setting(orders=350, seed=24, faulty=0.3, causation=False, shop_name="clinic"), 0.95
    ),
    "two faults": Floor(
        Setting(orders=250, seed=23, faulty=0.0, two_faults=0.2, stops=False), 0.0, both=0.90
    ),
}


@dataclass(frozen=True)
class Run:
    """A run, and where its store is."""

    floor: Floor
    measured: Measured
    store: str


@pytest.fixture(scope="module", params=FLOORS)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    floor = FLOORS[request.param]
    folder = tmp_path_factory.mktemp("floor")
    yield Run(floor, measure(folder, floor.setting, ask=15), str(folder / "store.duckdb"))


def test_the_first_cause_is_right(run: Run) -> None:
    found = run.measured.score
    assert not found.top1.of or found.top1.share >= run.floor.top1, dict(found.wrong)


def test_healthy_orders_are_left_alone(run: Run) -> None:
    found = run.measured.score
    assert found.accused.of > 100
    assert found.accused.share <= run.floor.accused, found.examples


def test_both_of_two_faults_are_named(run: Run) -> None:
    found = run.measured.score
    assert not found.both.of or found.both.share >= run.floor.both, dict(found.wrong)


def test_why_says_what_the_list_says(run: Run) -> None:
    assert run.measured.asked == 15
    assert run.measured.disagreeing == ()


@pytest.mark.parametrize("run", ["with ids"], indirect=True)
def test_what_sets_broken_contracts_apart_is_the_new_version(run: Run) -> None:
    with evtrace.open(run.store) as logs:
        kinds = {order: answer.causes[0][0] for order, answer in answers(logs).items() if answer.causes}
        broken = [logs.similar(order) for order in sorted(kinds) if kinds[order] == "contract_break"]
    found = max(broken, key=lambda one: one.flows)
    assert found.flows > 1
    first = found.separating[0]
    marks = (first.value, *first.also)
    assert any("3.2.0" in mark for mark in marks), marks
    assert (first.with_trouble, first.healthy_with) == (first.of_trouble, 0)
