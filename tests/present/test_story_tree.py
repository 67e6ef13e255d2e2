"""The chain as a tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from evtrace.present.tree import ALIKE, Row, rows_of
from evtrace.results import ChainEvent, ParentEdge


def step(number: int, *parents: int, event_type: str = "T") -> ChainEvent:
    edges = tuple(ParentEdge(f"e{parent}", parent, "E1", 1.0, "causes", 0, ()) for parent in parents)
    values = dict.fromkeys((field.name for field in fields(ChainEvent)), None)
    known = {
        "step": number,
        "event_id": f"e{number}",
        "event_type": event_type,
        "kind": "message",
        "copies": 1,
    }
    return ChainEvent(**(values | known | {"parents": edges, "deliveries": (), "logs": (), "records": 1}))  # type: ignore[arg-type]  # the rest is None


def shown(rows: Sequence[Row]) -> list[str]:
    return [
        "  " * len(row.rails)
        + (f"#{row.step.step}" if row.step else f"see #{row.seen.step}" if row.seen else f"+{row.more}")
        for row in rows
    ]


def test_an_event_with_two_causes_stands_once() -> None:
    chain = (step(1), step(2, 1), step(3, 2, 4), step(4, 1))
    assert shown(list(rows_of(chain))) == ["#1", "  #2", "    #3", "  #4", "    see #3"]


def test_many_of_one_shape_are_counted() -> None:
    chain = (step(1), *(step(number, 1) for number in range(2, 222)), step(222, 1, event_type="Other"))
    rows = shown(list(rows_of(chain)))
    assert rows[-2:] == ["  #222", f"  +{220 - ALIKE}"]
    assert len(rows) == 1 + ALIKE + 1 + 1


def test_ten_thousand_events_in_a_row_are_walked() -> None:
    chain = (step(1), *(step(number, number - 1) for number in range(2, 10_001)))
    assert sum(row.step is not None for row in rows_of(chain)) == 10_000


def test_a_cycle_is_entered_at_its_first_step() -> None:
    chain = (step(1, 2), step(2, 1))
    assert shown(list(rows_of(chain))) == ["#1", "  #2", "    see #1"]
