"""A topology without crossing lines: a band for each channel, who writes it on the left, who reads it on the right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from evtrace.picture import Edge, Measure, Node, Picture


def unfolded(picture: Picture) -> Picture:
    """The same topology with a box for each end of a line, which holds the line's figures."""
    channels = [node for node in picture.nodes if node.id.startswith("c")]
    nodes, edges = list(_nodes(picture, channels)), list(_edges(picture))
    return replace(
        picture,
        kind="unfolded",
        lanes=tuple(node.title for node in channels),
        nodes=tuple(nodes),
        edges=tuple(edges),
    )


def _channel(edge: Edge) -> str:
    return edge.target if edge.target.startswith("c") else edge.source


def _end(edge: Edge) -> str:
    """The name of a service's box in the band of a channel: it may write and read there."""
    side, service = ("w", edge.source) if edge.target.startswith("c") else ("r", edge.target)
    return f"{_channel(edge)}{side}{service}"


def _nodes(picture: Picture, channels: list[Node]) -> Iterator[Node]:
    known = {node.id: node for node in picture.nodes}
    for edge in picture.edges:
        service = known[edge.source if edge.target.startswith("c") else edge.target]
        yield replace(
            service,
            id=_end(edge),
            lane=known[_channel(edge)].title,
            state=edge.state,
            words=edge.name and f"as {edge.name}",
            measures=edge.measures or (Measure("known by its positions only", None, "none"),),
        )
    yield from (replace(node, lane=node.title) for node in channels)


def _edges(picture: Picture) -> Iterator[Edge]:
    for edge in picture.edges:
        ends = (_end(edge), edge.target) if edge.target.startswith("c") else (edge.source, _end(edge))
        yield replace(edge, source=ends[0], target=ends[1], name=None, measures=())
