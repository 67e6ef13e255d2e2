"""The time of nested calls: each moment belongs to the one piece of work that the flow waited for."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtrace.diagnosis.calls import calls_of, stretches
from evtrace.diagnosis.timing import account
from evtrace.results import ChainEvent
from tests.pictures.made import MS, START, event


def _work(step: int, begin: int, end: int, *outer: int, service: str | None = None) -> ChainEvent:
    at, end_at = START + begin * MS, START + end * MS
    return event(step, outer, kind="operation", service=service or f"s{step}", at=at, end_at=end_at)


CASES = {
    "no call": ([_work(1, 0, 100)], {1: 100}),
    "one call": ([_work(1, 0, 100), _work(2, 20, 80, 1)], {1: 40, 2: 60}),
    "one after the other": ([_work(1, 0, 100), _work(2, 10, 40, 1), _work(3, 50, 90, 1)], {1: 30, 2: 30, 3: 40}),
    "at once: the last to end counts": ([_work(1, 0, 100), _work(2, 10, 90, 1), _work(3, 20, 60, 1)], {1: 20, 2: 80}),
    "a call in a call": ([_work(1, 0, 100), _work(2, 10, 90, 1), _work(3, 20, 60, 2)], {1: 20, 2: 40, 3: 40}),
    "a call that outlives its caller": ([_work(1, 0, 100), _work(2, 60, 150, 1)], {1: 60, 2: 40}),
    "a clock that is behind": ([_work(1, 0, 100), _work(2, -10, 30, 1)], {1: 70, 2: 30}),
    "a call that lost its link": ([_work(1, 0, 100, service="a"), _work(2, 20, 80, service="a")], {1: 40, 2: 60}),
    "links in a circle": ([_work(1, 0, 100, 2), _work(2, 20, 80, 1)], {1: 40, 2: 60}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_each_step_gets_what_the_flow_waited_for(name: str) -> None:
    chain, took = CASES[name]
    found: dict[int, int] = {}
    for one in stretches(chain[0], chain[0].end_at or 0, calls_of(chain)):
        found[one.step] = found.get(one.step, 0) + (one.ended_at - one.begun_at) // MS
    assert found == took


def test_the_account_of_a_call_tree_names_the_inner_work() -> None:
    told = account([_work(1, 0, 100), _work(2, 10, 90, 1), _work(3, 20, 60, 2)])
    assert told is not None
    assert told.path == (1, 2, 3)
    assert [(part.step, part.who, part.took_ns // MS) for part in told.parts] == [
        (1, "s1", 20), (2, "s2", 40), (3, "s3", 40),
    ]  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(1, 8)), max_size=12))
def test_no_moment_is_lost_or_counted_twice(spans: list[tuple[int, int, int]]) -> None:
    root = _work(1, 0, 60)
    inner = [
        _work(number, begin, begin + length, min(outer, number - 1))
        for number, (begin, length, outer) in enumerate(spans, start=2)
    ]
    found = stretches(root, root.end_at or 0, calls_of([root, *inner]))
    assert found[0].begun_at == root.at
    assert found[-1].ended_at == root.end_at
    assert all(before.ended_at == after.begun_at for before, after in pairwise(found))
