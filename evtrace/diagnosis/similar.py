"""Which flows have the same trouble, since when, and what sets them apart from healthy ones?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evtrace.diagnosis import alike
from evtrace.diagnosis.alike import LEAST_HEALTHY, LOOKED_INTO, Signature
from evtrace.diagnosis.find import one_flow
from evtrace.diagnosis.significance import can_tell, difference, holm, least_p
from evtrace.diagnosis.traits import Counted, Trait, counted
from evtrace.results import FlowRow
from evtrace.store import Store

#: Corrected p-values up to here are told.
LEVEL = 0.05

#: So many attributes are told, the surest first.
_TOLD = 20

METHOD = "Fisher's exact test, chi-squared for large tables; corrected after Tarone (1990) and Holm (1979)"

_ROOT = "SELECT root_type AS root_type FROM flows WHERE flow_id = ?"
_NEWEST = """
SELECT flow_id AS flow_id FROM compared WHERE sick = 1 ORDER BY started_ts DESC NULLS LAST, flow_id DESC LIMIT {limit}
"""


@dataclass(frozen=True)
class Separating:
    """An attribute that flows with the trouble have more often than healthy ones."""

    what: str  # partition, producer, reader, version, field or value
    event_type: str  # of which event
    name: str | None  # the channel, the service, the field
    value: str
    with_trouble: int  # flows with the trouble that have it
    of_trouble: int
    healthy_with: int
    of_healthy: int
    p_value: float
    corrected: float  # for all comparisons
    also: tuple[str, ...]  # attributes of exactly the same flows, in words


@dataclass(frozen=True)
class SimilarAnswer:
    """The flows that share a cause with the one asked for."""

    query: str
    flow_id: int
    cause: Signature | None  # None: the flow has no cause
    flows: int  # with the same cause, this one included
    healthy: int  # of the same root type
    first_at: int | None  # when the first of them began
    last_at: int | None
    since: int  # flows of the root type from then on, with the trouble or without
    flow_ids: tuple[int, ...]  # the newest of them
    separating: tuple[Separating, ...]
    comparisons: int
    method: str
    notes: tuple[str, ...]
    next: tuple[str, ...]
    rows: tuple[FlowRow, ...] = ()  # the newest of them as a list of flows, where one is wanted


def similar(store: Store, query: str, *, limit: int = 10) -> SimilarAnswer:
    """Find the flows with the same cause as the flow of `query`; `limit` of them are named, 0: all."""
    flow_id = one_flow(store, query).flow_ids[0]
    found = alike.signatures(store, flow_id)
    if not found:
        return _without_cause(query, flow_id)
    root_type = store.value(_ROOT, [flow_id])
    alike.part(store, found[0], root_type)
    flows, healthy, first_at, last_at = store.row(alike.COUNTS)
    since, _ = store.row(alike.SINCE, [root_type, first_at])
    traits = _telling(counted(store)) if healthy >= LEAST_HEALTHY and flows > 1 else ()
    newest = store.rows(_NEWEST.format(limit=limit or flows))
    return SimilarAnswer(
        query=query,
        flow_id=flow_id,
        cause=found[0],
        flows=int(flows),
        healthy=int(healthy),
        first_at=first_at,
        last_at=last_at,
        since=since,
        flow_ids=tuple(row[0] for row in newest),
        separating=_separating(traits, found[0].event_type)[:_TOLD],
        comparisons=len(traits),
        method=METHOD,
        notes=tuple(_notes(found, int(flows), int(healthy))),
        next=(f"evtrace diff flow:{flow_id} --normal", f"evtrace why flow:{flow_id}"),
    )


def _without_cause(query: str, flow_id: int) -> SimilarAnswer:
    note = "nothing is the matter with this flow, so no other is like it in that"
    commands = (f"evtrace why flow:{flow_id}",)
    return SimilarAnswer(query, flow_id, None, 0, 0, None, None, 0, (), (), 0, METHOD, (note,), commands)


def _telling(found: Sequence[Counted]) -> tuple[Counted, ...]:
    """Those that so many flows have that they could tell something."""
    least = [least_p(one.with_sick + one.with_healthy, one.sick, one.healthy) for one in found]
    return tuple(one for one, can in zip(found, can_tell(least, LEVEL), strict=True) if can)


def _separating(found: Sequence[Counted], event_type: str | None) -> tuple[Separating, ...]:
    """What is commoner among the sick than chance explains; one row for what the same flows have."""
    p_values = [difference(one.with_sick, one.sick, one.with_healthy, one.healthy) for one in found]
    rows = [
        (corrected, one, p_value)
        for one, p_value, corrected in zip(found, p_values, holm(p_values), strict=True)
        if corrected <= LEVEL and one.with_sick * one.healthy > one.with_healthy * one.sick
    ]
    same: dict[frozenset[int], list[tuple[float, Counted, float]]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row[2], _rank(row[1].trait, event_type))):
        same[row[1].flows].append(row)
    return tuple(_row(group) for group in same.values())


def _row(group: Sequence[tuple[float, Counted, float]]) -> Separating:
    corrected, one, p_value = group[0]
    trait = one.trait
    return Separating(
        trait.what, trait.event_type, trait.name, trait.value, one.with_sick, one.sick, one.with_healthy, one.healthy,
        p_value, corrected, tuple(spoken(other.trait) for _, other, _ in group[1:]),
    )  # fmt: skip


#: Of attributes that say the same, the one that comes nearest to a cause stands first.
_ORDER = ("version", "field", "producer", "reader", "partition", "value")


def _rank(trait: Trait, event_type: str | None) -> tuple[int, bool, str, str, str]:
    return (
        _ORDER.index(trait.what),
        trait.event_type != event_type,
        trait.event_type,
        trait.name or "",
        trait.value,
    )


def spoken(trait: Trait | Separating) -> str:
    """An attribute in words: 'BasketPriced: total is null', 'ChargeTaken read by picking-1'."""
    ways = {
        "partition": f"{trait.event_type} in {trait.name}/{trait.value}",
        "producer": f"{trait.event_type} published by {trait.value}",
        "reader": f"{trait.event_type} read by {trait.value}",
        "version": f"{trait.event_type} of {trait.name} version {trait.value}",
        "field": f"{trait.event_type}: {trait.name} is {trait.value}",
        "value": f"{trait.event_type}: {trait.name} = {trait.value}",
    }
    return ways[trait.what]


def _notes(found: tuple[Signature, ...], flows: int, healthy: int) -> Iterator[str]:
    if len(found) > 1:
        yield f"the flow has {len(found)} causes; flows that share the first are shown"
    if flows == 1:
        yield "no other flow has this cause; one flow alone cannot be told apart from others"
    elif healthy < LEAST_HEALTHY:
        yield f"{healthy} healthy flows begin with the same type; at least {LEAST_HEALTHY} are needed to compare"
    if max(flows, healthy) > LOOKED_INTO:
        yield f"attributes are counted in {LOOKED_INTO:,} flows of a group at most, chosen by their number"
