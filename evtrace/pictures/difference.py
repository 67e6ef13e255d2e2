"""Two flows as one picture: what both have, what only one has, what differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from evtrace.picture import Edge, Measure, Node, Picture
from evtrace.pictures.flow import NOBODY, lanes_of
from evtrace.reports.usual import Usual, UsualEffect
from evtrace.results import WhyAnswer

#: Times differ when one is so many times the other, and by so much.
SLOWER, SLOWER_NS = 2.0, 50_000_000

Key = tuple[object, ...]


def normal(usual: Usual, answer: WhyAnswer) -> Picture:
    """What is normal, as a picture of its own: what is expected, and what the flow has as some others have it."""
    here = {(step.event_type or step.channel, step.service) for step in answer.chain}
    effects = [one for one in usual.effects if one.is_expected or (one.effect, one.service) in here]
    kinds = dict.fromkeys([_root(usual, answer), *((one.effect, one.service) for one in effects)])
    names = {kind: f"n{number}" for number, kind in enumerate(kinds, start=1)}
    nodes = [_normal_node(kind, name, effects) for kind, name in names.items()]
    few = () if usual.is_enough else (f"too few normal flows to compare with (n={usual.flows:,})",)
    return Picture(
        kind="flow",
        title=f"normal ({usual.flows:,} flows)",
        lanes=lanes_of(nodes),
        nodes=tuple(nodes),
        edges=tuple(_normal_edges(effects, names)),
        notes=few,
    )


def _root(usual: Usual, answer: WhyAnswer) -> tuple[str, str]:
    entry = next((step for step in answer.chain if step.event_type == usual.root_type), None)
    return usual.root_type or "event", (entry.service if entry else None) or NOBODY


def _normal_node(kind: tuple[str, str], name: str, effects: list[UsualEffect]) -> Node:
    ways = [one for one in effects if (one.effect, one.service) == kind]
    share = max((one.led / one.causes for one in ways if one.causes), default=None)
    told = () if share is None else (Measure("of normal flows", share, "share"),)
    return Node(id=name, kind="event", title=kind[0], lane=kind[1], measures=told)


def _normal_edges(effects: list[UsualEffect], names: dict[tuple[str, str], str]) -> Iterator[Edge]:
    for one in effects:
        causes = [name for (event_type, _), name in names.items() if event_type == one.event_type]
        if causes and causes[0] != names[one.effect, one.service]:
            yield Edge(causes[0], names[one.effect, one.service])


def picture(left: Picture, right: Picture) -> Picture:
    """Lay `right`, the flow in question, over `left`; a box that only one side has says which."""
    here, there = dict(_keyed(right.nodes)), dict(_keyed(left.nodes))
    names = {node.id: f"r{node.id}" for node in right.nodes}
    nodes = [_compared(there.get(key), node, left, right) for key, node in here.items()]
    gone = {key: node for key, node in there.items() if key not in here}
    sources = {node.id: names[here[key].id] if key in here else f"l{node.id}" for key, node in there.items()}
    nodes += [
        replace(
            node,
            id=f"l{node.id}",
            change="left",
            state="ghost",
            at=_moved(node, left, right),
            is_critical=False,
        )
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
        key = (node.kind, node.title, node.lane, node.hop)
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
    change = "both" if is_other else ""
    return replace(
        node, id=f"r{node.id}", change=change, measures=tuple(measures), state=state, is_critical=False
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
