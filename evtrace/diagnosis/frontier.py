"""Which of the events that went wrong are explained by others, and how deep in the flow each lies."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from evtrace.diagnosis.evidence import Material
from evtrace.results import ChainEvent

#: The steps of the chain by event_no.
Steps = dict[int, ChainEvent]


@dataclass(frozen=True)
class Ground:
    """The causal order of a flow's events."""

    steps: Steps
    order: tuple[int, ...]  # causes before effects
    parents: dict[int, list[int]] = field(default_factory=dict)
    depth: dict[int, int] = field(default_factory=dict)  # longest way from an entry


def ground_of(material: Material, steps: Steps) -> Ground:
    """Put the events into causal order; what lies on a cycle comes last, in the order of the story."""
    parents: dict[int, list[int]] = defaultdict(list)
    children: dict[int, list[int]] = defaultdict(list)
    for edge in material.edges:
        if edge["parent_no"] in steps and edge["child_no"] in steps:
            parents[edge["child_no"]].append(edge["parent_no"])
            children[edge["parent_no"]].append(edge["child_no"])
    missing = {number: len(parents[number]) for number in steps}
    order = [number for number in steps if not missing[number]]
    for number in order:  # grows while it is read
        for child in children[number]:
            missing[child] -= 1
            if not missing[child]:
                order.append(child)
    order.extend(number for number in steps if missing[number] > 0)
    depth: dict[int, int] = {}
    for number in order:
        depth[number] = max((depth.get(parent, 0) + 1 for parent in parents[number]), default=0)
    return Ground(steps, tuple(order), parents, depth)


def unexplained(ground: Ground, bad: set[int]) -> set[int]:
    """The events of `bad` that no other of them explains.

    A message's failure explains what comes after it. Work that calls other work fails because the
    inner work failed, so there the innermost explains those around it.
    """
    return bad - _after_bad(ground, bad) - _around_bad(ground, bad)


def _after_bad(ground: Ground, bad: set[int]) -> set[int]:
    after: set[int] = set()
    for number in ground.order:
        for parent in ground.parents[number]:
            if parent in after or (parent in bad and not _is_call(ground.steps, parent, number)):
                after.add(number)
    return after


def _around_bad(ground: Ground, bad: set[int]) -> set[int]:
    around: set[int] = set()
    for number in reversed(ground.order):
        for parent in ground.parents[number]:
            if (number in bad or number in around) and _is_call(ground.steps, parent, number):
                around.add(parent)
    return around


def _is_call(steps: Steps, outer_no: int, inner_no: int) -> bool:
    """True where the inner ran while the outer waited for it, so that its failure travelled up."""
    outer, inner = steps[outer_no], steps[inner_no]
    if outer.kind != "operation" or inner.kind != "operation":
        return False
    return outer.end_at is None or inner.at is None or inner.at <= outer.end_at
