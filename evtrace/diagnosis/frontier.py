"""Which of the things that went wrong are explained by others, and how deep in the flow each lies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from evtrace.diagnosis.calls import Work, unlinked
from evtrace.diagnosis.problems import (
    CONTRACT,
    DUPLICATE,
    LOG,
    OPERATION,
    REJECTED,
    Problem,
)

#: What is wrong with an event from its birth; everything else happened while one reader handled it, or should have.
BIRTH = (CONTRACT, DUPLICATE, REJECTED)

#: What is told of a piece of work: calls fail because the calls inside them failed.
_WORK = (OPERATION, LOG)


@dataclass(frozen=True)
class EventShape:
    """What the order of causes needs to know of an event."""

    kind: str  # message or operation
    event_type: str | None
    service: str | None
    at: int | None
    end_at: int | None


@dataclass(frozen=True)
class FlowShape:
    """The events of a flow and who caused whom."""

    events: dict[int, EventShape]
    order: tuple[int, ...]  # causes before effects
    parents: dict[int, list[int]] = field(default_factory=dict)
    depth: dict[int, int] = field(default_factory=dict)  # longest way from an entry


def shape_of(events: dict[int, EventShape], edges: Iterable[tuple[int, int]]) -> FlowShape:
    """Put the events into causal order; what lies on a cycle comes last, in the order given."""
    parents: dict[int, list[int]] = defaultdict(list)
    for parent, child in edges:
        if parent in events and child in events and parent != child:
            parents[child].append(parent)
    for outer, inner in _unlinked_calls(events, parents):
        parents[inner].append(outer)
    children: dict[int, list[int]] = defaultdict(list)
    for child, found in parents.items():
        for parent in found:
            children[parent].append(child)
    missing = {number: len(parents[number]) for number in events}
    order = [number for number in events if not missing[number]]
    for number in order:  # grows while it is read
        for child in children[number]:
            missing[child] -= 1
            if not missing[child]:
                order.append(child)
    order.extend(number for number in events if missing[number] > 0)
    depth: dict[int, int] = {}
    for number in order:
        depth[number] = max((depth.get(parent, 0) + 1 for parent in parents[number]), default=0)
    return FlowShape(events, tuple(order), parents, depth)


def _unlinked_calls(events: dict[int, EventShape], parents: dict[int, list[int]]) -> list[tuple[int, int]]:
    works = (
        Work(number, one.service, one.at, one.end_at)
        for number, one in events.items()
        if one.kind == "operation"
    )
    return unlinked(works, {number for number, found in parents.items() if found})


def unexplained(shape: FlowShape, problems: Sequence[Problem]) -> list[Problem]:
    """The problems that no other of them explains.

    What is wrong with an event explains all that comes after it; what went wrong while a service handled it explains
    what that service did then. Work that calls other work fails because the inner work failed, so there the
    innermost explains those around it. What nothing in the logs caused (a timer) is explained by what came before.
    """
    placed = [problem for problem in problems if problem.event_no in shape.events]
    after, around = _after(shape, placed), _around(shape, placed)
    born = {problem.event_no for problem in placed if problem.what in BIRTH}
    first_at = min((p.at for p in placed if p.at is not None and not _is_orphan(shape, p)), default=None)
    return [
        problem
        for problem in placed
        if problem.event_no not in after
        and problem.event_no not in around
        and (problem.what in BIRTH or problem.event_no not in born)
        and not (_is_orphan(shape, problem) and _is_later(problem, first_at))
    ]


def _after(shape: FlowShape, placed: Sequence[Problem]) -> set[int]:
    """Events that come after a problem."""
    sources: dict[int, set[str | None] | None] = {}  # None: whatever follows; else what these services did
    for problem in placed:
        number = problem.event_no
        assert number is not None
        whose = sources.setdefault(number, set())
        if problem.what in (*BIRTH, *_WORK) or problem.service is None:
            sources[number] = None
        elif whose is not None:
            whose.add(problem.service)
    after: set[int] = set()
    for number in shape.order:
        for parent in shape.parents[number]:
            if parent in after or (parent in sources and _follows(shape, sources[parent], parent, number)):
                after.add(number)
    return after


def _follows(shape: FlowShape, whose: set[str | None] | None, parent: int, child: int) -> bool:
    if is_call(shape, parent, child):
        return False
    return whose is None or shape.events[child].service in (*whose, None)


def _around(shape: FlowShape, placed: Sequence[Problem]) -> set[int]:
    """Work that called work that went wrong."""
    bad = {problem.event_no for problem in placed}
    around: set[int] = set()
    for number in reversed(shape.order):
        for parent in shape.parents[number]:
            if (number in bad or number in around) and is_call(shape, parent, number):
                around.add(parent)
    return around


def is_call(shape: FlowShape, outer_no: int, inner_no: int) -> bool:
    """True where the inner ran while the outer waited for it, so that its failure travelled up."""
    outer, inner = shape.events[outer_no], shape.events[inner_no]
    if outer.kind != "operation" or inner.kind != "operation":
        return False
    return outer.end_at is None or inner.at is None or inner.at <= outer.end_at


def _is_orphan(shape: FlowShape, problem: Problem) -> bool:
    number = problem.event_no
    is_root = bool(shape.order) and number == shape.order[0]
    return problem.what == REJECTED and number is not None and not shape.parents[number] and not is_root


def _is_later(problem: Problem, at: int | None) -> bool:
    return at is not None and problem.at is not None and problem.at > at
