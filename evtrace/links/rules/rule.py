"""What a rule of causality is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from evtrace.links.work import Work


@dataclass(frozen=True)
class Rule:
    """One way to know what caused an event.

    The SQL gives rows (parent_no, child_no, via, confidence, rivals) and reads event_rows, delivery_rows,
    keys and, for a rule that must stand back, the table settled of children that stronger rules explain.
    """

    id: str
    purpose: str
    sql: str
    confidence: float
    applies: Callable[[Work], bool]  # a cheap look whether the rule has any input


def some(sql: str) -> Callable[[Work], bool]:
    """Applies where the query has a row."""
    return lambda work: work.any(sql)
