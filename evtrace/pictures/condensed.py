"""Fewer boxes for a big flow: alike steps become one, then kinds of steps do, then the rest of a lane is counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace

from evtrace.picture import Edge, Node, Picture, Reader
from evtrace.pictures.flow import lanes_of

#: What the names of boxes begin with that count what is not drawn.
_REST = "rest:"

Names = dict[str, str]  # node → the box that stands for it


def condensed(picture: Picture, *, limit: int) -> Picture:
    """The picture in about `limit` boxes, and in its notes how that was done."""
    if len(picture.nodes) <= limit:
        return picture
    tried = ((way(picture, limit), said) for way, said in _WAYS)
    names, said = next(
        (one for one in tried if len(set(one[0].values())) <= limit), (_by_lane(picture, limit), _COUNTED)
    )
    fewer = _merged(picture, names)
    note = f"{len(picture.nodes):,} steps are drawn as {len(fewer.nodes):,} boxes: {said}"
    return replace(fewer, notes=(note, *picture.notes))


def _by_path(picture: Picture, limit: int) -> Names:
    """Steps alike in all but the place where they are stored, whose causes are alike as well."""
    causes: dict[str, list[str]] = defaultdict(list)
    for edge in picture.edges:
        causes[edge.target].append(edge.source)
    names: Names = {}
    met: dict[tuple[object, ...], str] = {}
    for node in picture.nodes:
        key = (*_kind(node), node.words, tuple(sorted({names.get(one, "") for one in causes[node.id]})))
        names[node.id] = met.setdefault(key, node.id)
    return names


def _by_kind(picture: Picture, limit: int) -> Names:
    met: dict[tuple[object, ...], str] = {}
    return {node.id: met.setdefault(_kind(node), node.id) for node in picture.nodes}


def _by_lane(picture: Picture, limit: int) -> Names:
    """The kinds that are most frequent or failed stay, the others are counted by lane, or all together."""
    kinds = _by_kind(picture, limit)
    sizes: dict[str, int] = defaultdict(int)
    for box in kinds.values():
        sizes[box] += 1
    nodes = {node.id: node for node in picture.nodes}
    lanes = lanes_of(picture.nodes)
    room = max(limit - min(len(lanes), limit // 3), 1)
    order = sorted(sizes, key=lambda box: (nodes[box].state not in ("bad", "ghost"), -sizes[box], box))
    kept = set(order[:room])
    by_lane = len(lanes) <= limit // 3
    return {name: box if box in kept else _rest(nodes[name], by_lane) for name, box in kinds.items()}


def _by_service(picture: Picture, limit: int) -> Names:
    """What went well is counted by service; failures and what is missing stay by kind."""
    kinds = _by_kind(picture, limit)
    return {
        node.id: kinds[node.id] if node.state in ("bad", "ghost") else _rest(node, True)
        for node in picture.nodes
    }


def _rest(node: Node, by_lane: bool) -> str:
    return f"{_REST}{node.lane}" if by_lane else _REST


_COUNTED = "the most frequent kinds of steps and those that failed are drawn, the others are counted"
_WAYS: tuple[tuple[Callable[[Picture, int], Names], str], ...] = (
    (_by_path, "steps of one type, service, channel, ending and cause are one"),
    (_by_kind, "steps of one type, service, channel and ending are one, whatever caused them"),
    (_by_service, "what went well is one box for each service"),
)


def _kind(node: Node) -> tuple[object, ...]:
    return (node.kind, node.title, node.lane, node.state, (node.place or "").split("/")[0], node.change)


def _merged(picture: Picture, names: Names) -> Picture:
    boxes: dict[str, list[Node]] = defaultdict(list)
    # what is only counted comes last, so that a picture begins with what is drawn
    for node in sorted(picture.nodes, key=lambda one: names[one.id] == _REST):
        boxes[names[node.id]].append(node)
    short = {
        name: name if not name.startswith(_REST) else f"rest{number}" for number, name in enumerate(boxes)
    }
    nodes = tuple(_box(short[name], of, is_rest=name.startswith(_REST)) for name, of in boxes.items())
    lines: dict[tuple[object, ...], list[Edge]] = defaultdict(list)
    for edge in picture.edges:
        ends = (short[names[edge.source]], short[names[edge.target]])
        lines[(*ends, edge.kind, edge.state, edge.is_guess, edge.change)].append(
            replace(edge, source=ends[0], target=ends[1])
        )
    return replace(
        picture, lanes=lanes_of(nodes), nodes=nodes, edges=tuple(_line(of) for of in lines.values())
    )


def _box(name: str, of: list[Node], *, is_rest: bool) -> Node:
    first = of[0]
    if is_rest:
        lanes = {node.lane for node in of}
        return Node(
            id=name,
            kind="more",
            title=f"… {len(of):,} more steps",
            lane=first.lane if len(lanes) == 1 else None,
        )
    if len(of) == 1:
        return first
    badges = {badge.rule: badge for node in of for badge in node.badges}
    return replace(
        first,
        count=sum(node.count for node in of),
        attempts=max(node.attempts for node in of),
        place=(first.place or "").split("/")[0] or None,
        step=None,
        readers=_readers(of),
        badges=tuple(badges.values()),
        is_critical=any(node.is_critical for node in of),
    )


def _readers(of: Iterable[Node]) -> tuple[Reader, ...]:
    return tuple(dict.fromkeys(Reader(one.name, one.state) for node in of for one in node.readers))


def _line(of: list[Edge]) -> Edge:
    if len(of) == 1:
        return of[0]
    return replace(
        of[0],
        count=sum(edge.count for edge in of),
        took=None,
        rule=of[0].rule if len({edge.rule for edge in of}) == 1 else None,
        confidence=min(edge.confidence for edge in of),
        is_critical=any(edge.is_critical for edge in of),
    )
