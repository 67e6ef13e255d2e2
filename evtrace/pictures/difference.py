"""Two flows as one picture: what both have, what only one has, what differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from evtrace.picture import Edge, Measure, Node, Picture
from evtrace.pictures.flow import NOBODY, Missing, lanes_of
from evtrace.reports.usual import Usual, UsualStep
from evtrace.results import WhyAnswer

#: A step that so many flows of the cohort have is expected; below it is a matter of the case.
EXPECTED = 0.9

#: Times differ when one is so many times the other, and by so much.
SLOWER, SLOWER_NS = 2.0, 50_000_000

Key = tuple[object, ...]


def missing(usual: Usual, answer: WhyAnswer) -> tuple[Missing, ...]:
    """The expected steps that the flow lacks."""
    if not usual.is_enough:
        return ()
    known = {(step.event_type, step.service, step.channel) for step in answer.chain}
    is_open = answer.verdict in ("running", "unknown")
    return tuple(
        Missing(
            step.event_type,
            step.service,
            step.channel,
            step.parent_type,
            step.parent_service,
            f"{'not seen yet' if is_open else 'missing'}; {step.flows:,} of {usual.flows:,} normal flows have it",
        )
        for step in usual.steps
        if step.flows >= EXPECTED * usual.flows and (step.event_type, step.service, step.channel) not in known
    )


def normal(usual: Usual, answer: WhyAnswer) -> Picture:
    """What is normal, as a picture of its own: each kind of step once."""
    shown = [step for step in usual.steps if step.flows >= EXPECTED * usual.flows]
    names = {(step.event_type, step.service): f"n{number}" for number, step in enumerate(shown, start=1)}
    nodes = [_normal_node(step, usual, number) for number, step in enumerate(shown, start=1)]
    edges = [
        Edge(names[step.parent_type, step.parent_service], names[step.event_type, step.service])
        for step in shown
        if (step.parent_type, step.parent_service) in names
        and (step.parent_type, step.parent_service) != (step.event_type, step.service)
    ]
    few = () if usual.is_enough else (f"too few normal flows to compare with (n={usual.flows})",)
    return Picture(
        kind="flow",
        title=f"normal ({usual.flows:,} flows)",
        start=0,
        lanes=lanes_of(nodes),
        nodes=tuple(nodes),
        edges=tuple(edges),
        notes=few,
    )


def _normal_node(step: UsualStep, usual: Usual, number: int) -> Node:
    return Node(
        id=f"n{number}",
        kind="event",
        title=step.event_type or "event",
        lane=step.service or NOBODY,
        at=step.after_ns,
        place=step.channel,
        measures=(Measure("of normal flows", step.flows / usual.flows, "share"),),
    )


def picture(left: Picture, right: Picture) -> Picture:
    """Lay `right`, the flow in question, over `left`; a box that only one side has says which."""
    here, there = dict(_keyed(right.nodes)), dict(_keyed(left.nodes))
    names = {node.id: f"r{node.id}" for node in right.nodes}
    nodes = [_compared(there.get(key), node, left, right) for key, node in here.items()]
    gone = {key: node for key, node in there.items() if key not in here}
    sources = {node.id: names[here[key].id] if key in here else f"l{node.id}" for key, node in there.items()}
    nodes += [
        replace(node, id=f"l{node.id}", change="left", state="ghost", at=_moved(node, left, right))
        for node in gone.values()
    ]
    return Picture(
        kind="diff",
        title=f"{left.title} → {right.title}",
        start=right.start,
        lanes=lanes_of(nodes),
        nodes=tuple(nodes),
        edges=tuple(
            _unless_said(edge, {node.id for node in nodes if node.change})
            for edge in _edges(left, right, sources, names)
        ),
        notes=(*_said(left, right, nodes), *left.notes[:1], *right.notes[:1]),
        left=left.title,
        right=right.title,
    )


def _keyed(nodes: Iterable[Node]) -> Iterator[tuple[Key, Node]]:
    """What makes two boxes the same: kind, name, lane, channel, and which of several it is."""
    met: Counter[Key] = Counter()
    for node in nodes:
        key = (node.kind, node.title, node.lane, (node.place or "").split("/")[0])
        met[key] += 1
        yield (*key, met[key]), node


def _moved(node: Node, left: Picture, right: Picture) -> int | None:
    """Its time as if both had begun together."""
    if node.at is None or left.start is None or right.start is None:
        return None
    return node.at - left.start + right.start


def _compared(before: Node | None, node: Node, left: Picture, right: Picture) -> Node:
    if before is None:
        return replace(node, id=f"r{node.id}", change="right", is_critical=False)
    there, here = _moved(before, left, right), node.at
    measures = list(node.measures)
    is_late = False
    if there is not None and here is not None and right.start is not None:
        was, now = there - right.start, here - right.start
        is_late = now - was >= SLOWER_NS and now >= SLOWER * max(was, 0)
        if is_late:
            measures.append(Measure("after", now, "ns", was, True))
    state = node.state if node.state != "ok" else "warn" if is_late else "ok"
    is_other = is_late or before.state != node.state
    return replace(
        node, id=f"r{node.id}", change="both" if is_other else "", measures=tuple(measures), state=state
    )


def _edges(left: Picture, right: Picture, sources: dict[str, str], names: dict[str, str]) -> Iterator[Edge]:
    drawn = {(names[edge.source], names[edge.target]) for edge in right.edges}
    before = {(sources[edge.source], sources[edge.target]) for edge in left.edges}
    for edge in right.edges:
        ends = names[edge.source], names[edge.target]
        yield replace(
            edge, source=ends[0], target=ends[1], change="" if ends in before else "right", is_critical=False
        )
    for edge in left.edges:
        ends = sources[edge.source], sources[edge.target]
        if ends not in drawn:
            yield replace(
                edge, source=ends[0], target=ends[1], change="left", state="ghost", is_critical=False
            )


def _unless_said(edge: Edge, changed: set[str]) -> Edge:
    """An edge to a box that only one side has needs no sign of its own."""
    return replace(edge, change="") if changed & {edge.source, edge.target} else edge


def _said(left: Picture, right: Picture, nodes: list[Node]) -> Iterator[str]:
    counts = Counter(node.change for node in nodes)
    parts = (
        (counts["right"], f"only in {right.title} (+)"),
        (counts["left"], f"only in {left.title} (−)"),
        (counts["both"], "in both, and different (~)"),
        (counts[""], "in both"),
    )
    yield "; ".join(f"{number:,} {what}" for number, what in parts if number)
