"""Any picture as an SVG element for a page, with Graphviz or without it."""

from __future__ import annotations

from evtrace.errors import EvtraceError
from evtrace.picture import Picture, Sequence
from evtrace.present.graph import drawn, ladder, svg
from evtrace.present.graph.engine import LIMIT_S, NoEngine, NotDrawn, TooSlow, engine


def picture_svg(picture: Picture, *, limit_s: float = LIMIT_S) -> str | None:
    """The picture as `<svg>…</svg>`; None where it is too big for who has no Graphviz: show the text instead.

    It holds no script, no style sheet and no address. Classes (node, edge, lane, ok, warn, bad, open, ghost,
    critical, ground, on-line) let a page give it other colours.
    """
    if engine() is not None:
        try:
            return drawn.svg(picture, limit_s=limit_s)
        except EvtraceError:
            pass  # what draws it otherwise comes next
    return svg.text(picture) if svg.is_small(picture) else None


def sequence_svg(diagram: Sequence) -> str:
    """The sequence as `<svg>…</svg>`; it needs no Graphviz."""
    return ladder.text(diagram)


def must_svg(picture: Picture, *, limit_s: float = LIMIT_S) -> str:
    """As `picture_svg`, but who cannot draw says why."""
    try:
        return drawn.svg(picture, limit_s=limit_s)
    except (NoEngine, TooSlow, NotDrawn):
        if svg.is_small(picture):
            return svg.text(picture)
        raise
