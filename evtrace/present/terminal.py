"""What a terminal may be sent: harmless text, colour where wanted, lines that fit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from unicodedata import combining, east_asian_width

#: Control characters, line separators, and the marks that turn the direction of text or hide in it.
_HOSTILE = (
    *range(0x20),
    *range(0x7F, 0xA0),
    0xAD,
    0x61C,
    *range(0x200B, 0x2010),
    *range(0x2028, 0x202F),
    *range(0x2060, 0x2070),
    0xFEFF,
    *range(0xFFF9, 0xFFFC),
)


def _escape(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


_VISIBLE = {code: _escape(code) for code in _HOSTILE} | {0x09: " ", 0x0A: "\\n", 0x0D: "\\r"}
_SURROGATE = re.compile("[\ud800-\udfff]")
_PAINT = re.compile(r"\x1b\[[0-9;]*m")
_RUNS = re.compile(r"\s+|\S+")

_STYLES = {"bold": "1", "dim": "2", "good": "32", "warn": "33", "bad": "1;31", "name": "36"}


def clean(text: object) -> str:
    """Log text is hostile: make every control, escape and direction mark visible and harmless."""
    visible = str(text).translate(_VISIBLE)
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", visible)


def cells(text: str) -> int:
    """How many columns a terminal needs for `text`."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)


@dataclass(frozen=True)
class Span:
    """A piece of a line in one style."""

    text: str
    style: str = ""


@dataclass(frozen=True)
class Screen:
    """Where text goes to: how wide it is (None: no limit) and whether it knows colour."""

    width: int | None = None
    colour: bool = False

    def paint(self, text: str, style: str) -> str:
        """Colour a piece of text; the text says the same without."""
        if not (self.colour and style and text):
            return text
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"

    def line(self, spans: Iterable[Span | str], *, first: str = "", rest: str | None = None) -> str:
        """One line, or several where it is wider than the screen; `first` and `rest` go before them."""
        pieces = [span if isinstance(span, Span) else Span(span) for span in spans]
        lines = self._wrapped(pieces, (first, first if rest is None else rest))
        return "\n".join(line.rstrip() for line in lines)

    def _wrapped(self, pieces: Sequence[Span], margins: tuple[str, str]) -> list[str]:
        lines, used = [margins[0]], cells(_PAINT.sub("", margins[0]))
        gap = ""
        for text, style in _words(pieces):
            if text.isspace():
                gap += text
                continue
            if self.width and used + len(gap) + cells(text) > self.width and used > cells(margins[1]):
                lines.append(margins[1])
                used, gap = cells(margins[1]), ""
            lines[-1] += gap + self.paint(text, style)
            used, gap = used + len(gap) + cells(text), ""
        return lines


def _words(pieces: Sequence[Span]) -> Iterable[tuple[str, str]]:
    for piece in pieces:
        for run in _RUNS.findall(piece.text):
            yield run, piece.style


def columns(screen: Screen, head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table; the last column is as wide as it needs."""
    table = [head, *rows]
    widths = [max(cells(row[place]) for row in table) for place in range(len(head))]
    lines = []
    for number, row in enumerate(table):
        padded = (text + " " * (width - cells(text)) for text, width in zip(row, widths, strict=True))
        line = "  ".join(padded).rstrip()
        lines.append(screen.paint(line, "bold") if number == 0 else line)
    return lines
