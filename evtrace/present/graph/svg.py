"""SVG without Graphviz: a small picture, drawn from our own layout; and sequences, which need no layout."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape

from evtrace.picture import Edge, Node, Picture
from evtrace.present.graph.colours import COLOURS, EDGE_TEXT, FONT, LANE, LANE_LINE, LANE_TEXT, PAGE
from evtrace.present.graph.labels import clip, edge_label, full_text, heading, notes, usual_rule
from evtrace.present.graph.layout import (
    DETAIL,
    DETAIL_LINE,
    PAD,
    TITLE_LINE,
    Band,
    Box,
    Layout,
    is_named,
    layout,
)
from evtrace.present.graph.unfolded import unfolded
from evtrace.present.terminal import cells, clean

#: More boxes or lines than these are no picture without a real layout.
BOXES, LINES = 60, 120

_HEAD = 24.0


@dataclass
class _Room:
    """What is taken, so that no text stands on another."""

    taken: list[tuple[float, float, float, float]] = field(default_factory=list)

    def is_free(self, x: float, y: float, width: float, height: float) -> bool:
        return not any(x < right and x + width > left and y < low and y + height > high
                       for left, high, right, low in self.taken)  # fmt: skip

    def take(self, x: float, y: float, width: float, height: float) -> None:
        self.taken.append((x, y, x + width, y + height))


def is_small(picture: Picture) -> bool:
    """It can be drawn here."""
    return len(picture.nodes) <= BOXES and len(picture.edges) <= LINES


def text(picture: Picture) -> str:
    """The picture as one SVG element: no script, no style sheet, nothing from elsewhere."""
    picture = unfolded(picture) if picture.kind == "topology" else picture
    placed = layout(picture)
    said = [line for note in notes(picture) for line in _folded(note)]
    top = _HEAD + 14.0 * len(said) + 6
    width = max(placed.width, *(cells(line) * DETAIL + 24 for line in (heading(picture), *said)), 200.0)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" class="evtrace-picture" width="{width:.0f}" '
        f'height="{placed.height + top:.0f}" viewBox="0 0 {width:.0f} {placed.height + top:.0f}" font-family="{FONT}">',
        f"<title>{_safe(heading(picture))}</title>",
        f'<rect class="ground" width="100%" height="100%" fill="{PAGE}"/>',
        _line(10, 18, heading(picture), 14, LANE_TEXT, bold=True),
        *(_line(10, _HEAD + 12 + 14 * number, line, 10, LANE_TEXT) for number, line in enumerate(said)),
        f'<g transform="translate(0 {top:.0f})">',
        *(_band(band, placed.width, is_named(picture)) for band in placed.bands),
        *_edges(picture, placed),
        *(_box(node, placed.boxes[node.id], picture.start) for node in picture.nodes),
        *_edge_texts(picture, placed),
        "</g>",
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _band(band: Band, width: float, is_shown: bool) -> str:
    return (
        f'<rect class="lane" x="4" y="{band.y:.0f}" width="{width - 8:.0f}" height="{band.height:.0f}" rx="8" '
        f'fill="{LANE}" stroke="{LANE_LINE}"/>'
    ) + (_line(14, band.y + band.height - 8, clip(band.name), 12, LANE_TEXT, bold=True) if is_shown else "")


def _box(node: Node, box: Box, start: int | None) -> str:
    fill, line, ink = COLOURS[node.state]
    dashes = ' stroke-dasharray="5 4"' if node.state == "ghost" else ""
    wide = 2.6 if node.is_critical else 1.2
    words = ["node", node.kind, node.state] + (["critical"] if node.is_critical else [])
    shape = (
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" '
        f'rx="{8 if node.kind == "event" else 2}" fill="{fill}" stroke="{line}" stroke-width="{wide}"{dashes}/>'
    )
    if node.state == "bad":  # a second line, so that colour is not the only sign
        shape += (
            f'<rect x="{box.x + 3.5:.1f}" y="{box.y + 3.5:.1f}" width="{box.width - 7:.1f}" height="{box.height - 7:.1f}" '
            f'rx="3" fill="none" stroke="{line}"/>'
        )
    y = box.y + PAD + 9
    rows = [_line(box.x + PAD, y, box.label.title, 12, ink, bold=True)]
    for number, detail in enumerate(box.label.details):
        rows.append(_line(box.x + PAD, y + TITLE_LINE - 1 + number * DETAIL_LINE, detail, 10, ink))
    return f'<g id="{node.id}" class="{" ".join(words)}"><title>{_safe(full_text(node, start))}</title>{shape}{"".join(rows)}</g>'


def _edges(picture: Picture, placed: Layout) -> Iterator[str]:
    for edge in picture.edges:
        _, line, _ = COLOURS[edge.state]
        dashes = ' stroke-dasharray="6 4"' if edge.is_guess or edge.state == "ghost" else ""
        wide = 2.8 if edge.is_critical else 1.2
        path, (x, y), turn = _path(placed.boxes[edge.source], placed.boxes[edge.target])
        head = f'<path d="M{x:.1f} {y:.1f} l{-8 * turn} -4 v8 z" fill="{line}"/>'
        if edge.kind == "handled":
            head = f'<path d="M{x - turn:.1f} {y - 6:.1f} v12" stroke="{line}" stroke-width="3"/>'
        yield (
            f'<g class="edge {edge.kind} {edge.state}"><path d="{path}" fill="none" stroke="{line}" '
            f'stroke-width="{wide}"{dashes}/>{head}</g>'
        )


def _path(source: Box, target: Box) -> tuple[str, tuple[float, float], int]:
    """A curve from side to side, where it ends, and whether it comes from the left (1) or the right (-1)."""
    if target.x > source.x + 1:
        x1, y1, x2, y2 = source.right, source.middle, target.x, target.middle
        bend = max((x2 - x1) / 2, 20.0)
        return (
            f"M{x1:.1f} {y1:.1f} C{x1 + bend:.1f} {y1:.1f} {x2 - bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}",
            (x2, y2),
            1,
        )
    x1, y1, x2, y2 = source.right, source.middle + 6, target.right, target.middle - 6
    bend = 40.0
    return (
        f"M{x1:.1f} {y1:.1f} C{x1 + bend:.1f} {y1:.1f} {x2 + bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}",
        (x2, y2),
        -1,
    )


def _edge_texts(picture: Picture, placed: Layout) -> Iterator[str]:
    """What stands on the lines, where there is room for it; a box's text is never covered."""
    room, rule = _Room(), usual_rule(picture)
    for box in placed.boxes.values():
        room.take(box.x, box.y, box.width, box.height)
    for band in placed.bands:
        room.take(14, band.y + band.height - 20, cells(clip(band.name)) * 8.5, 16)
    for edge in picture.edges:
        lines = edge_label(edge, rule).splitlines()
        spot = _spot(edge, lines, placed, room)
        if spot:
            x, y, width = spot
            for number, line in enumerate(lines):
                yield _line(
                    x + width / 2, y + 10 + 11.5 * number, line, 9.5, EDGE_TEXT, anchor="middle", halo=True
                )


def _spot(edge: Edge, lines: list[str], placed: Layout, room: _Room) -> tuple[float, float, float] | None:
    if not lines:
        return None
    source, target = placed.boxes[edge.source], placed.boxes[edge.target]
    width, height = max(cells(line) for line in lines) * DETAIL, 11.5 * len(lines) + 2
    is_ahead = target.x > source.x + 1
    for share in (0.5, 0.35, 0.65, 0.2, 0.8):
        end = target.x if is_ahead else target.right
        x = source.right + (end - source.right) * share - width / 2
        if not is_ahead:
            x = max(source.right, target.right) + 10
        bent = share * share * (3 - 2 * share)
        on_line = source.middle + (target.middle - source.middle) * bent
        for lift in (-height - 3, 4, -height - 16, 16, -height - 32, 32):
            if x >= 0 and x + width <= placed.width + 200 and room.is_free(x, on_line + lift, width, height):
                room.take(x, on_line + lift, width, height)
                return x, on_line + lift, width
    return None


def _line(
    x: float,
    y: float,
    words: str,
    size: float,
    ink: str,
    *,
    bold: bool = False,
    anchor: str = "",
    halo: bool = False,
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    end = f' text-anchor="{anchor}"' if anchor else ""
    end += f' class="on-line" paint-order="stroke" stroke="{LANE}" stroke-width="3"' if halo else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{ink}"{weight}{end}>{_safe(words)}</text>'
    )


def _folded(note: str) -> list[str]:
    return textwrap.wrap(note, 130)[:4]


def _safe(words: str) -> str:
    return escape("\n".join(clean(line) for line in words.split("\n")), quote=True)
