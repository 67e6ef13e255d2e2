"""The critical path of a flow: the chain of causes that its end waited for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from evtrace.picture import Edge, Node


def with_critical_path(
    nodes: Sequence[Node], edges: Sequence[Edge], known: Sequence[str] = ()
) -> tuple[list[Node], list[Edge]]:
    """Mark the critical path: as it is `known`, else from what came last back to where it began.

    A handling that failed belongs to it where the path ends in its event, or leads on from it.
    """
    path = set(known or _path(nodes, edges))
    path |= {
        edge.target
        for edge in edges
        if edge.kind == "handled" and edge.source in path and _leads(edge, edges, path, known)
    }
    if len(path) < 2:  # a single step is no path
        path = set()
    return (
        [replace(node, is_critical=node.id in path) for node in nodes],
        [replace(edge, is_critical=edge.source in path and edge.target in path) for edge in edges],
    )


def _leads(handled: Edge, edges: Sequence[Edge], path: set[str], known: Sequence[str]) -> bool:
    goes_on = any(edge.source == handled.target and edge.target in path for edge in edges)
    return goes_on or (bool(known) and handled.source == known[-1])


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
