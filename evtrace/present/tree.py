"""The chain as a tree: each event stands once, a second cause refers to it, long rows are counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from evtrace.results import ChainEvent

#: How many brothers of one shape are shown before the rest is counted.
ALIKE = 8

#: How many levels are drawn; deeper steps hang on the last of them.
LEVELS = 10


@dataclass(frozen=True)
class Row:
    """One place in the tree: a step, a reference to one shown elsewhere, or a count of more."""

    rails: tuple[bool, ...]  # per level drawn above: does the line go on below?
    last: bool  # the last of its brothers
    step: ChainEvent | None = None
    seen: ChainEvent | None = None  # shown elsewhere
    more: int = 0  # brothers of one shape left out
    like: ChainEvent | None = None  # what they look like
    has_below: bool = False


def trunk(step: ChainEvent) -> int:
    """The parent under which a step stands: the nearest one told before it; 0 for an entry."""
    return max((parent.step for parent in step.parents if parent.step < step.step), default=0)


def rows_of(chain: tuple[ChainEvent, ...], *, alike: int = ALIKE) -> Iterator[Row]:
    """Walk the tree top-down without recursion, for a chain may be ten thousand events deep.

    Of brothers of one shape the first `alike` are shown, the others counted.
    """
    below: dict[int, list[ChainEvent]] = defaultdict(list)
    for step in chain:
        for parent in {edge.step for edge in step.parents} or {0}:
            below[parent].append(step)
        if step.parents and not trunk(step):
            below[0].append(step)  # on a cycle: entered here
    waiting = list(reversed(_brothers(below[0], parent=0, rails=(), alike=alike)))
    while waiting:
        row = waiting.pop()
        number = row.step.step if row.step else -1
        under = _brothers(below[number], parent=number, rails=_rails(row), alike=alike) if row.step else []
        yield Row(row.rails, row.last, row.step, row.seen, row.more, row.like, bool(under))
        waiting.extend(reversed(under))


def _rails(row: Row) -> tuple[bool, ...]:
    return (*row.rails, not row.last)[-LEVELS:]


def _brothers(steps: list[ChainEvent], *, parent: int, rails: tuple[bool, ...], alike: int) -> list[Row]:
    """The rows under one parent; of many of one shape only the first are shown."""
    met: Counter[tuple[object, ...]] = Counter()
    shown: list[ChainEvent] = []
    like: dict[tuple[object, ...], ChainEvent] = {}
    for step in steps:
        met[_shape(step)] += 1
        like.setdefault(_shape(step), step)
        if met[_shape(step)] <= alike:
            shown.append(step)
    rows = [
        Row(rails, False, step=step) if trunk(step) == parent else Row(rails, False, seen=step)
        for step in shown
    ]
    rows += [Row(rails, False, more=n - alike, like=like[shape]) for shape, n in met.items() if n > alike]
    if rows:
        end = rows[-1]
        rows[-1] = Row(rails, True, end.step, end.seen, end.more, end.like)
    return rows


def _shape(step: ChainEvent) -> tuple[object, ...]:
    endings = tuple(sorted({(d.grp or d.service or "", d.outcome or "") for d in step.deliveries}))
    is_loud = any(line.level in ("error", "fatal") for line in step.logs)
    return (step.event_type, step.service, step.channel, step.outcome, is_loud, endings)
