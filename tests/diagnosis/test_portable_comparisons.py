"""What compares flows is SQL that other engines run as well."""

from __future__ import annotations

import pytest

from evtrace.diagnosis import alike, traits
from evtrace.diagnosis.difference import order, sides, structure, timing
from tests.reports.portable import refusals

TEXTS = {
    "alike.COUNTS": alike.COUNTS,
    "alike.SINCE": alike.SINCE,
    "order": order._PAIRS,
    "sides.NORMAL": sides._NORMAL,
    "sides.CHOSEN": sides._CHOSEN.partition(" AS\n")[2],
    "sides.SENT": sides._SENT.partition(" AS\n")[2],
    "sides.STEPS": sides._STEPS.partition(" AS\n")[2],
    "sides.HANDED": sides._HANDED.partition(" AS\n")[2],
    "structure": structure._COUNTS,
    "timing": timing._SPANS,
    "traits": traits._STRUCTURAL,
    "traits.EXPOSED": traits._EXPOSED.partition(" AS\n")[2],
    "alike.GROUPS": alike._GROUPS.partition(" AS\n")[2],
    "alike.LOOKED": alike._LOOKED.partition(" AS\n")[2],
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_query_is_in_the_portable_subset(name: str) -> None:
    assert refusals(TEXTS[name].replace("?", "0")) == []
