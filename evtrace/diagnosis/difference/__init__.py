"""How does a flow differ from another, or from normal ones: structure, order, timing, payload?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evtrace.diagnosis.difference import order, payload, structure, timing
from evtrace.diagnosis.difference.order import Swapped
from evtrace.diagnosis.difference.payload import FieldDiffers
from evtrace.diagnosis.difference.sides import LEAST_FLOWS, Side, lay_out, one, usual
from evtrace.diagnosis.difference.structure import Counts
from evtrace.diagnosis.difference.timing import Timing
from evtrace.diagnosis.find import one_flow
from evtrace.errors import UsageError
from evtrace.store import Store


@dataclass(frozen=True)
class Difference:
    """What is different on the left, seen from the right."""

    left: Side
    right: Side
    structure: tuple[Counts, ...]  # events and deliveries there are more or fewer of
    order: tuple[Swapped, ...]  # what came the other way round
    timing: tuple[Timing, ...]  # what took longer or shorter
    payload: tuple[FieldDiffers, ...]  # fields of another type, gone, new, or of another value
    notes: tuple[str, ...]
    next: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        """Nothing differs."""
        return not (self.structure or self.order or self.timing or self.payload)


def difference(store: Store, query: str, other: str | None) -> Difference:
    """Compare the flow of `query` with that of `other`; None: with the normal flows of its type."""
    flow_id = one_flow(store, query).flow_ids[0]
    left = one(store, query, flow_id)
    if other is None:
        right, against = usual(store, left)
    else:
        other_id = one_flow(store, other).flow_ids[0]
        right, against = one(store, other, other_id), (other_id,)
    if right.flow_id == flow_id:
        raise UsageError(f"{query} and {other} are the same flow; name another, or take --normal")
    lay_out(store, flow_id, against)
    return Difference(
        left=left,
        right=right,
        structure=structure.run(store, right.flows),
        order=order.run(store),
        timing=timing.run(store),
        payload=payload.run(store, flow_id),
        notes=tuple(_notes(left, right)),
        next=tuple(_next(left, right)),
    )


def _notes(left: Side, right: Side) -> Iterator[str]:
    if right.flow_id is None and right.flows < LEAST_FLOWS:
        yield f"{right.flows} healthy flows begin with {left.root_type}; fewer than {LEAST_FLOWS} say little of what is usual"
    if right.flow_id is not None and left.root_type != right.root_type:
        yield f"the flows are of different types: {left.root_type} and {right.root_type}"
    for side in (left, right):
        if side.verdict in ("running", "unknown", "stuck"):
            yield f"{side.name} is {side.verdict}: what is not there may yet come, or was not logged"


def _next(left: Side, right: Side) -> Iterator[str]:
    yield f"evtrace why flow:{left.flow_id}"
    if right.flow_id is not None:
        yield f"evtrace diff flow:{left.flow_id} --normal"
