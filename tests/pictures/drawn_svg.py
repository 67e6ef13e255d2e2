"""Reads an SVG as a reader of pictures sees it: boxes of its texts, and what they stand on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree import ElementTree

from evtrace.present.terminal import cells

SVG = "{http://www.w3.org/2000/svg}"

#: A character of Helvetica takes about half its size, of its bold a little more.
_WIDE, _WIDE_BOLD = 0.5, 0.56


@dataclass(frozen=True)
class Text:
    """A line of text and the box that it fills."""

    words: str
    left: float
    right: float
    top: float
    low: float
    size: float

    def covers(self, other: Text) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.low
            and other.top < self.low
        )


def texts(svg: str) -> list[Text]:
    """Every line of text with its box."""
    return list(_texts(ElementTree.fromstring(svg), 0.0))


def _texts(element: ElementTree.Element, down: float) -> list[Text]:
    moved = re.match(r"translate\(0 ([\d.]+)\)", element.get("transform", ""))
    down += float(moved[1]) if moved else 0.0
    found = [_text(element, down)] if element.tag == f"{SVG}text" and (element.text or "").strip() else []
    for child in element:
        found += _texts(child, down)
    return found


def _text(element: ElementTree.Element, down: float) -> Text:
    size, x = float(element.get("font-size", "10")), float(element.get("x", "0"))
    y = float(element.get("y", "0")) + down
    width = cells((element.text or "").strip()) * size * (_WIDE_BOLD if element.get("font-weight") else _WIDE)
    left = x - width / 2 if element.get("text-anchor") == "middle" else x
    return Text((element.text or "").strip(), left, left + width, y - size * 0.72, y + size * 0.1, size)


def overlaps(svg: str) -> list[tuple[str, str]]:
    """Pairs of texts of which one covers the other."""
    found = texts(svg)
    return [
        (one.words, other.words)
        for place, one in enumerate(found)
        for other in found[place + 1 :]
        if one.covers(other)
    ]
