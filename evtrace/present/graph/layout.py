"""Places the boxes of a small picture in columns by cause and in bands by lane: what stands in for Graphviz."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from evtrace.picture import Picture
from evtrace.present.graph.labels import Label, edge_label, node_label, usual_rule
from evtrace.present.terminal import cells

#: Sizes in pixels: of a character of a title and of a detail, of a line of each, and around them.
TITLE, DETAIL, TITLE_LINE, DETAIL_LINE, PAD = 8.4, 6.1, 16.0, 13.0, 9.0
_GAP, _BAND, _NAME = 16.0, 14.0, 20.0  # between boxes, around the boxes of a lane, for its name


@dataclass(frozen=True)
class Box:
    """Where a box stands; its label is in lines."""

    x: float
    y: float
    width: float
    height: float
    label: Label

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True)
class Band:
    """A lane over the whole width."""

    name: str
    y: float
    height: float


@dataclass(frozen=True)
class Layout:
    """Where everything stands."""

    width: float
    height: float
    boxes: dict[str, Box]
    bands: tuple[Band, ...]


def is_named(picture: Picture) -> bool:
    """The lanes are named; where each holds a channel, that says it already."""
    return bool(picture.lanes) and picture.kind not in ("topology", "unfolded")


def layout(picture: Picture) -> Layout:
    """Place every box; causes stand left of their effects, boxes of one lane in one band."""
    labels = {node.id: node_label(node, picture.start) for node in picture.nodes}
    sizes = {name: _size(label) for name, label in labels.items()}
    columns = _columns(picture)
    lefts, width = _lefts(picture, columns, sizes)
    lanes = picture.lanes if picture.kind != "topology" else ()
    bands, tops, height = _rows(picture, columns, sizes, lanes)
    boxes = {name: Box(lefts[columns[name]], tops[name], *sizes[name], labels[name]) for name in labels}
    return Layout(width, height, boxes, bands)


def _size(label: Label) -> tuple[float, float]:
    widest = max((cells(line) * DETAIL for line in label.details), default=0.0)
    width = max(cells(label.title) * TITLE, widest) + 2 * PAD
    return width, TITLE_LINE + DETAIL_LINE * len(label.details) + 2 * PAD - 4


def _columns(picture: Picture) -> dict[str, int]:
    """The longest way from a beginning to each box; edges that go back are left aside."""
    order = {node.id: place for place, node in enumerate(picture.nodes)}
    after: dict[str, list[str]] = defaultdict(list)
    for edge in picture.edges:
        after[edge.source].append(edge.target)
    finished, back = _walked(list(order), after)
    column = dict.fromkeys(order, 0)
    for name in reversed(finished):
        for target in after[name]:
            if (name, target) not in back:
                column[target] = max(column[target], column[name] + 1)
    return column


def _walked(names: list[str], after: dict[str, list[str]]) -> tuple[list[str], set[tuple[str, str]]]:
    """Depth first: boxes in the order in which they are done with, and the edges that close a circle."""
    finished: dict[str, None] = {}
    open_now: set[str] = set()
    back: set[tuple[str, str]] = set()
    for start in names:
        waiting = [(start, False)]
        while waiting:
            name, is_done = waiting.pop()
            if is_done:
                open_now.discard(name)
                finished[name] = None
                continue
            if name in finished or name in open_now:
                continue
            open_now.add(name)
            waiting.append((name, True))
            for target in after[name]:
                if target in open_now:
                    back.add((name, target))
                elif target not in finished:
                    waiting.append((target, False))
    return list(finished), back


def _lefts(
    picture: Picture, columns: dict[str, int], sizes: dict[str, tuple[float, float]]
) -> tuple[list[float], float]:
    """The left side of each column: between two there is room for what stands on the lines."""
    rule = usual_rule(picture)
    count = max(columns.values(), default=0) + 1
    widths = [
        max((sizes[name][0] for name, at in columns.items() if at == place), default=0.0)
        for place in range(count)
    ]
    gaps = [46.0] * count
    for edge in picture.edges:
        place = columns[edge.source]
        lines = edge_label(edge, rule).splitlines()
        needed = max((cells(line) for line in lines), default=0) * DETAIL + 34
        gaps[place] = max(gaps[place], needed)
    lefts, x = [], _BAND + 6
    for place in range(count):
        lefts.append(x)
        x += widths[place] + gaps[place]
    return lefts, x - gaps[-1] + _BAND + 6


def _rows(
    picture: Picture, columns: dict[str, int], sizes: dict[str, tuple[float, float]], lanes: tuple[str, ...]
) -> tuple[tuple[Band, ...], dict[str, float], float]:
    tops: dict[str, float] = {}
    bands, y = [], 8.0
    for lane in lanes or (None,):
        names = [node.id for node in picture.nodes if lane is None or node.lane == lane]
        stacks: dict[int, float] = defaultdict(float)
        base = y + _BAND
        for name in names:
            place = columns[name]
            tops[name] = base + stacks[place]
            stacks[place] += sizes[name][1] + (_GAP if lanes else 2.5 * _GAP)
        height = max(stacks.values(), default=0.0) - _GAP + 2 * _BAND + (_NAME if is_named(picture) else 0)
        if lane is not None:
            bands.append(Band(lane, y, height))
        y += height + 8
    return tuple(bands), tops, y
