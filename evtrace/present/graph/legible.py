"""Lays a picture out so that no words stand on others: where they would, lines say less."""

from __future__ import annotations

import re
import time

from evtrace.picture import Picture
from evtrace.present.graph import dot
from evtrace.present.graph.engine import LIMIT_S, TooSlow, render
from evtrace.present.terminal import cells

_TEXT = re.compile(
    r'<text [^>]*?text-anchor="(\w+)" x="([-\d.]+)" y="([-\d.]+)"[^>]*?font-size="([\d.]+)"[^>]*>([^<]*)</text>'
)
_ENTITY = re.compile(r"&#?\w+;")

#: A character is about so wide, measured in its size.
_WIDE = 0.56

Place = tuple[float, float, float, float]


def laid_out(picture: Picture, form: str, *, limit_s: float = LIMIT_S) -> bytes:
    """The picture as svg, png or pdf."""
    until = time.monotonic() + limit_s
    words, made = _words(picture, until)
    if form == "svg":
        return made
    return render(dot.text(picture, words=words), form, limit_s=max(until - time.monotonic(), 1.0))


def _words(picture: Picture, until: float) -> tuple[str, bytes]:
    """How much the lines may say, and the SVG in which they do."""
    tried: tuple[str, bytes] | None = None
    for words in dot.WORDS:
        try:
            made = render(dot.text(picture, words=words), "svg", limit_s=max(until - time.monotonic(), 0.5))
        except TooSlow:
            if tried is None:
                raise
            return tried
        tried = (words, made)
        if not _has_overlap(made.decode("utf-8")):
            break
    assert tried is not None
    return tried


def _has_overlap(svg: str) -> bool:
    """Sweep from top to bottom over the boxes of all texts."""
    places = sorted((_place(*found.groups()) for found in _TEXT.finditer(svg)), key=lambda place: place[1])
    open_now: list[Place] = []
    for left, top, right, low in places:
        open_now = [one for one in open_now if one[3] > top]
        if any(left < one[2] and one[0] < right for one in open_now):
            return True
        open_now.append((left, top, right, low))
    return False


def _place(anchor: str, x: str, y: str, size: str, words: str) -> Place:
    high = float(size)
    wide = cells(_ENTITY.sub("x", words)) * high * _WIDE
    left = float(x) - (wide / 2 if anchor == "middle" else 0.0)
    return left, float(y) - 0.75 * high, left + wide, float(y) + 0.1 * high
