"""JSON documents cut into their units: small files that DuckDB can read, however large the document is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from evtrace.formats.documents import BrokenJsonError, Element, Node, roots
from evtrace.ingest.blocks import USUAL, Sizes
from evtrace.ingest.content import DELIMITER

_KEPT_OF_LONG_UNIT = 64 << 10
_BETWEEN = DELIMITER.encode()
#: A JSON text holds no line feed as it is: those of an element stand between its values.
_LINE_END = re.compile(rb"\n[ \t]*+")
_LINE = re.compile(rb"\S[^\n]*+")


@dataclass(frozen=True)
class Piece:
    """Some units, a line each: line, item, number of what is around it, element."""

    units: Path
    around: Path  # a line for each number: the number, then what the format tells with units
    longest_bytes: int


@dataclass(frozen=True)
class Unread:
    """A unit that is not to be read."""

    line: int
    item: int | None  # None: all of the line, or what is left of it
    text: str
    reason: str | None = None  # None: it is no JSON


def is_a_document_a_line(text: bytes) -> bool:
    """The first line is a document and others follow."""
    first = _LINE.search(text)
    if not first or not _LINE.search(text, first.end()):
        return False
    try:
        return sum(1 for _ in roots(first[0])) == 1
    except BrokenJsonError:
        return False


@dataclass
class Cutter:
    """Cuts documents into units. What gives no unit to read is kept beside."""

    elements: Callable[[Node], Iterator[Element]]
    folder: Path
    sizes: Sizes = USUAL
    skipped: int = 0
    unread: list[Unread] = field(default_factory=list)

    def pieces(self, text: bytes, first_line: int, *, is_one: bool, is_cut: bool = False) -> Iterator[Piece]:
        """The units in `text`, at least one piece; each piece is replaced by the next.

        `is_one` says that documents may go over lines, `is_cut` that the last one may break off.
        """
        rows = _Rows(self.folder)
        documents = _in_all(text, first_line, is_cut=is_cut) if is_one else _in_lines(text, first_line)
        for line, item, element in self._units(documents):
            rows.add(line, item, element)
            if rows.size_bytes >= self.sizes.piece_bytes:
                yield rows.written()
        yield rows.written()

    def _units(self, documents: Iterator[_Document | Unread]) -> Iterator[tuple[int, int, Element]]:
        line, item = 0, 0
        for document in documents:
            if isinstance(document, Unread):
                self.unread.append(document)
                continue
            line, item = document.line, item if document.line == line else 0
            for item, element in enumerate(self._elements(document), item + 1):  # noqa: B020 (it goes on counting)
                if self._is_read(element, line, item):
                    yield line, item, element

    def _elements(self, document: _Document) -> Iterator[Element]:
        is_empty = True
        try:
            for element in self.elements(document.root):
                is_empty = False
                yield element
        except BrokenJsonError as problem:
            rest = document.text[problem.at : document.root.end].decode("utf-8", "replace")
            self.unread.append(Unread(document.line, None, rest))
        else:
            self.skipped += is_empty

    def _is_read(self, element: Element, line: int, item: int) -> bool:
        if element.is_skipped:
            self.skipped += 1
            return False
        size = element.node.size_bytes
        if size > self.sizes.longest_bytes:
            head = element.node.raw[:_KEPT_OF_LONG_UNIT].decode("utf-8", "replace")
            reason = (
                f"element of {size:,} bytes; elements of up to {self.sizes.longest_bytes >> 20} MiB are read; "
                "its first 64 KiB are kept here"
            )
            self.unread.append(Unread(line, item, head, reason))
            return False
        return not element.node.is_open


class _Document(NamedTuple):
    line: int
    text: bytes
    root: Node


def _in_lines(text: bytes, first_line: int) -> Iterator[_Document | Unread]:
    """A document a line."""
    for line, one in enumerate(text.split(b"\n"), first_line):
        try:
            yield from [_Document(line, one, root) for root in roots(one)]
        except BrokenJsonError:
            yield Unread(line, None, one.decode("utf-8", "replace"))


def _in_all(text: bytes, line: int, *, is_cut: bool) -> Iterator[_Document | Unread]:
    """Documents one after the other, whatever lines they take."""
    seen = 0
    try:
        for root in roots(text, is_open=is_cut):
            line, seen = line + text.count(b"\n", seen, root.start), root.start
            yield _Document(line, text, root)
    except BrokenJsonError as problem:
        yield Unread(
            line + text.count(b"\n", seen, problem.at), 1, text[problem.at :].decode("utf-8", "replace")
        )


class _Rows:
    """What a piece is made of."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._clear()

    def _clear(self) -> None:
        self._units: list[bytes] = []
        self._around: dict[tuple[Node | str, ...], int] = {}
        self.size_bytes = 0

    def add(self, line: int, item: int, element: Element) -> None:
        number = self._around.setdefault(element.around, len(self._around)) if element.around else -1
        raw = element.node.raw
        if b"\n" in raw:
            raw = _LINE_END.sub(b"", raw)
        self._units.append(_BETWEEN.join((b"%d" % line, b"%d" % item, b"%d" % number, raw)))
        self.size_bytes += len(raw)

    def written(self) -> Piece:
        units, around = self._folder / "units.txt", self._folder / "around.txt"
        told = [_BETWEEN.join((b"%d" % number, *map(_told, names))) for names, number in self._around.items()]
        units.write_bytes(b"\n".join((*self._units, b"")))
        around.write_bytes(b"\n".join((*told, b"")))
        longest = max(map(len, (*self._units, *told)), default=0)
        self._clear()
        return Piece(units, around, longest)


def _told(what: Node | str) -> bytes:
    return _LINE_END.sub(b"", what.raw if isinstance(what, Node) else what.encode())
