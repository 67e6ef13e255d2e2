"""A sequence for Graphviz: every place is pinned, so that it draws and lays out nothing."""

from __future__ import annotations

from collections.abc import Iterator

from evtrace.picture import Sequence
from evtrace.present.graph.colours import COLOURS, EDGE_TEXT, FONT, LANE, LANE_LINE, LANE_TEXT
from evtrace.present.graph.dot import html_label
from evtrace.present.graph.engine import LIMIT_S
from evtrace.present.graph.engine import render as run
from evtrace.present.graph.labels import sequence_heading
from evtrace.present.graph.ladder import CHAR, Ladder, Rung, placed
from evtrace.present.terminal import cells


def render(diagram: Sequence, form: str) -> bytes:
    """The sequence as svg, png or pdf."""
    return run(text(diagram), form, layout="nop2", limit_s=LIMIT_S)


def text(diagram: Sequence) -> str:
    """The sequence as a DOT file with places; draw it with `dot -Knop2`."""
    return "\n".join(_lines(diagram, placed(diagram))) + "\n"


def _lines(diagram: Sequence, at: Ladder) -> Iterator[str]:
    yield "digraph sequence {"
    yield f'  graph [splines=line, notranslate=true, pad=0.2, bgcolor=white, charset="UTF-8", fontname="{FONT}"];'
    yield f'  node [shape=plain, fontname="{FONT}", fontsize=10, fontcolor="{EDGE_TEXT}"];'
    yield "  edge [arrowsize=0.7, penwidth=1.4];"
    yield _label("head", 12, 14, sequence_heading(diagram), at, bold=True)
    for number, note in enumerate(at.notes):
        yield _label(f"note{number}", 12, 32 + 14 * number, note, at)
    for number, (name, x, width) in enumerate(at.lifelines):
        yield (
            f'  top{number} [pos="{x:.1f},{at.height - at.top - 13:.1f}", shape=box, style="rounded,filled", width={width / 72:.2f}, '
            f'height=0.36, fixedsize=true, fillcolor="{LANE}", color="{LANE_LINE}", fontcolor="{LANE_TEXT}", '
            f"label={html_label([name], bold=True)}];"
        )
        yield f'  end{number} [pos="{x:.1f},4", shape=point, width=0.01, color="{LANE_LINE}"];'
        yield f'  top{number} -> end{number} [arrowhead=none, color="{LANE_LINE}"];'
    right = max((x + max(width, 84.0) / 2 for _, x, width in at.lifelines), default=0.0) + 14
    for number, rung in enumerate(at.rungs):
        yield from _rung(number, rung, at, right)
    yield "}"


def _rung(number: int, rung: Rung, at: Ladder, right: float) -> Iterator[str]:
    _, ink, _ = COLOURS[rung.message.state]
    y = at.height - rung.y
    dashes = ", style=dashed" if rung.message.state in ("ghost", "open") else ""
    head = {"bad": "obox", "ghost": "odot"}.get(rung.message.state, "normal")
    yield f'  a{number} [pos="{rung.x1:.1f},{y:.1f}", shape=point, width=0.07, color="{ink}"];'
    if rung.x1 != rung.x2:
        yield f'  b{number} [pos="{rung.x2:.1f},{y:.1f}", shape=point, width=0.01, color="{ink}"];'
        yield f'  a{number} -> b{number} [color="{ink}", arrowhead={head}{dashes}];'
    yield _label(f"m{number}", right, rung.y, rung.label, at)
    for line, words in enumerate(rung.words):
        yield _label(f"m{number}w{line}", right + 14, rung.y + 13 + 13 * line, words, at)


def _label(name: str, x: float, y: float, words: str, at: Ladder, *, bold: bool = False) -> str:
    """Text that begins at x: Graphviz places by the middle, so the box is as wide as the text may be."""
    width = cells(words) * CHAR * (1.15 if bold else 1.0)
    table = html_label([words], bold=bold)[1:-1]
    cell = f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" FIXEDSIZE="FALSE" WIDTH="{width:.0f}"><TR><TD ALIGN="LEFT">{table}</TD></TR></TABLE>>'
    return f'  {name} [pos="{x + width / 2:.1f},{at.height - y:.1f}", label={cell}];'
