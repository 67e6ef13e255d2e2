"""A sequence as SVG: a lifeline for each service, an arrow for each message, slower ones marked by their words."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from evtrace.picture import Message, Sequence
from evtrace.present.graph.colours import COLOURS, EDGE_TEXT, FONT, LANE, LANE_LINE, LANE_TEXT, PAGE
from evtrace.present.graph.labels import clip, message_label, sequence_heading, sequence_notes, shortened
from evtrace.present.terminal import cells, clean

CHAR, _NAME_CHAR, _ROW, _WORDS_ROW = 6.3, 8.4, 30.0, 13.0
_LEFT, _SIDE = 16.0, 10.0


@dataclass(frozen=True)
class Rung:
    """Where a message is drawn."""

    message: Message
    y: float  # of the arrow
    x1: float
    x2: float
    label: str
    words: tuple[str, ...]  # under the arrow


@dataclass(frozen=True)
class Ladder:
    """Where everything is drawn."""

    width: float
    height: float
    top: float  # where lifelines begin
    lifelines: tuple[tuple[str, float, float], ...]  # name, middle, width of its box
    rungs: tuple[Rung, ...]
    notes: tuple[str, ...]


def placed(diagram: Sequence) -> Ladder:
    """Give each lifeline and each message its place; a label stands right of all lifelines, beside its arrow."""
    lifelines, x = [], _LEFT
    for name in diagram.lifelines:
        width = cells(clip(name)) * _NAME_CHAR + 2 * _SIDE
        lifelines.append((clip(name), x + width / 2, width))
        x += max(width, 84.0) + 14
    middle = {name: at for name, (_, at, _) in zip(diagram.lifelines, lifelines, strict=True)}
    notes = tuple(line for note in sequence_notes(diagram) for line in textwrap.wrap(note, 130)[:3])
    top = 34.0 + 14 * len(notes)
    rungs, y = [], top + 50
    for message in diagram.messages:
        words = tuple(textwrap.wrap(shortened(message.words or ""), 70)[:2])
        target = middle[message.target] if message.target is not None else middle[message.source]
        rungs.append(
            Rung(message, y, middle[message.source], target, message_label(message, diagram.start), words)
        )
        y += _ROW + _WORDS_ROW * len(words)
    texts = [cells(line) for rung in rungs for line in (rung.label, *rung.words)]
    width = x + max(texts, default=0) * CHAR + 24
    width = max(width, *(cells(note) * CHAR + 24 for note in notes), 240.0)
    return Ladder(width, y + 10, top, tuple(lifelines), tuple(rungs), notes)


def text(diagram: Sequence) -> str:
    """The sequence as one SVG element."""
    return "\n".join(_lines(diagram, placed(diagram))) + "\n"


def _lines(diagram: Sequence, at: Ladder) -> Iterator[str]:
    name = sequence_heading(diagram)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" class="evtrace-picture" width="{at.width:.0f}" '
        f'height="{at.height:.0f}" viewBox="0 0 {at.width:.0f} {at.height:.0f}" font-family="{FONT}">'
    )
    yield f"<title>{_safe(name)}</title>"
    yield f'<rect class="ground" width="100%" height="100%" fill="{PAGE}"/>'
    yield _text(12, 20, name, 14, LANE_TEXT, bold=True)
    yield from (_text(12, 36 + 14 * number, note, 10, LANE_TEXT) for number, note in enumerate(at.notes))
    for lifeline, x, width in at.lifelines:
        yield (
            f'<g class="lifeline"><path d="M{x:.1f} {at.top + 26:.1f} V{at.height - 8:.1f}" stroke="{LANE_LINE}" stroke-width="1.5"/>'
            f'<rect class="lane" x="{x - width / 2:.1f}" y="{at.top:.1f}" width="{width:.1f}" height="26" rx="6" fill="{LANE}" '
            f'stroke="{LANE_LINE}"/>{_text(x, at.top + 17, lifeline, 12, LANE_TEXT, bold=True, anchor="middle")}</g>'
        )
    right = max((x + max(width, 84.0) / 2 for _, x, width in at.lifelines), default=0.0) + 14
    for rung in at.rungs:
        yield from _rung(rung, right)
    yield "</svg>"


def _rung(rung: Rung, right: float) -> Iterator[str]:
    _, ink, _ = COLOURS[rung.message.state]
    dashes = ' stroke-dasharray="5 4"' if rung.message.state in ("ghost", "open") else ""
    yield f'<g class="message {rung.message.state}">'
    if rung.x1 == rung.x2:
        yield f'<circle cx="{rung.x1:.1f}" cy="{rung.y:.1f}" r="5" fill="{ink}"/>'
    else:
        turn = 1 if rung.x2 > rung.x1 else -1
        yield f'<path d="M{rung.x1:.1f} {rung.y:.1f} H{rung.x2:.1f}" stroke="{ink}" stroke-width="1.6"{dashes}/>'
        yield f'<circle cx="{rung.x1:.1f}" cy="{rung.y:.1f}" r="3" fill="{ink}"/>'
        yield _head(rung, turn, ink)
    yield _text(right, rung.y + 4, rung.label, 10.5, EDGE_TEXT)
    yield from (
        _text(right + 14, rung.y + 17 + _WORDS_ROW * number, line, 10, EDGE_TEXT)
        for number, line in enumerate(rung.words)
    )
    yield "</g>"


def _head(rung: Rung, turn: int, ink: str) -> str:
    """An arrow; a cross where it failed; a ring where it never arrived."""
    x, y = rung.x2, rung.y
    if rung.message.state == "bad":
        return f'<path d="M{x - 6 * turn:.1f} {y - 5:.1f} l{10 * turn} 10 m0 -10 l{-10 * turn} 10" stroke="{ink}" stroke-width="2.4"/>'
    if rung.message.state == "ghost":
        return f'<circle cx="{x - 5 * turn:.1f}" cy="{y:.1f}" r="4.5" fill="{PAGE}" stroke="{ink}" stroke-width="1.6"/>'
    return f'<path d="M{x:.1f} {y:.1f} l{-9 * turn} -4.5 v9 z" fill="{ink}"/>'


def _text(
    x: float, y: float, words: str, size: float, ink: str, *, bold: bool = False, anchor: str = ""
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    end = f' text-anchor="{anchor}"' if anchor else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{ink}"{weight}{end}>{_safe(words)}</text>'
    )


def _safe(words: str) -> str:
    return escape(clean(words), quote=True)
