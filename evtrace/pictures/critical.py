"""The critical path of a flow: the chain of causes that its end waited for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from evtrace.picture import Edge, Node


def with_critical_path(nodes: Sequence[Node], edges: Sequence[Edge]) -> tuple[list[Node], list[Edge]]:
    """Mark the way from what came last back to where it began, each time over the cause that came last."""
    path = _path(nodes, edges)
    on_path = set(path)
    steps = set(zip(path[1:], path, strict=False))  # cause, effect
    return (
        [replace(node, is_critical=node.id in on_path) for node in nodes],
        [replace(edge, is_critical=(edge.source, edge.target) in steps) for edge in edges],
    )


def _path(nodes: Sequence[Node], edges: Sequence[Edge]) -> list[str]:
    """Names of the nodes from the end to the beginning; none where nothing caused anything."""
    at = {node.id: (node.at or 0, place) for place, node in enumerate(nodes) if node.state != "ghost"}
    causes: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        if edge.source in at and edge.target in at and edge.source != edge.target:
            causes[edge.target].append(edge.source)
    if not causes:
        return []
    path = {max(causes, key=at.__getitem__): None}
    while before := [name for name in causes[next(reversed(path))] if name not in path]:
        path[max(before, key=at.__getitem__)] = None
    return list(path)
