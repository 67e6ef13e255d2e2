"""A source in blocks: temporary files of whole lines that DuckDB can read, whatever the source was."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from evtrace.ingest.content import DELIMITER, Content, Scanner, repair_utf8

_KEPT_OF_LONG_LINE = 64 << 10
#: A record of several lines may be cut after so many bytes, so that memory stays bounded.
_LONGEST_RECORD_BYTES = 8 << 20


@dataclass(frozen=True)
class Sizes:
    """How much is taken at once. DuckDB works on 2,048 rows and copies their text several times: this bounds it."""

    block_bytes: int  # lines
    piece_bytes: int  # units of a document
    longest_bytes: int  # a longer line or unit becomes a reject: no log line is meant to be this long


USUAL = Sizes(block_bytes=8 << 20, piece_bytes=8 << 20, longest_bytes=8 << 20)
#: Where memory does not suffice, as JSON of small values takes ten times its size for each look at it.
SMALLER = Sizes(block_bytes=1 << 20, piece_bytes=1 << 20, longest_bytes=8 << 20)
SMALLEST = Sizes(block_bytes=1 << 20, piece_bytes=1 << 20, longest_bytes=4 << 20)


@dataclass(frozen=True)
class Block:
    """Some lines of a source in a file of their own."""

    path: Path
    first_line: int  # number in the source of the first line, from 1
    lines: int
    size_bytes: int
    longest_bytes: int  # length of the longest line


@dataclass
class Damage:
    """What had to be repaired or left out on the way."""

    repaired_lines: int = 0
    long_lines: list[tuple[int, int, str]] = field(
        default_factory=list
    )  # line, length in bytes, its beginning


@dataclass(frozen=True)
class Start:
    """Where reading begins: after a part of the content that is known already."""

    offset: int = 0  # bytes to pass over
    line: int = 1  # number of the first line after them


class BlockReader:
    """Cuts a content into blocks at line ends, or where `record_start` matches a line."""

    def __init__(
        self,
        content: Content,
        folder: Path,
        *,
        record_start: str | None = None,
        block_bytes: int | None = USUAL.block_bytes,
        longest_bytes: int = USUAL.longest_bytes,
    ) -> None:
        """`block_bytes` is the least size of a block but the last; None: one block takes all."""
        self._longest_line = longest_bytes
        self._content = content
        self._folder = folder
        self._record_start = re.compile(record_start) if record_start else None
        self._block_bytes = block_bytes
        self._long_bytes = 0  # what was dropped of a line that is still going on
        self.is_at_end = False  # the last block given holds the end of the source
        self._mac_line_ends = b"\r" in content.head and b"\n" not in content.head
        self.scanner = Scanner()
        self.damage = Damage()

    def blocks(self, start: Start = Start()) -> Iterator[Block]:
        """The blocks in order. Each file is replaced by the next: read it before going on."""
        if self._block_bytes is None:
            yield self._one_block()
            return
        pending, line = bytearray(), start.line
        for chunk in self._decoded(start.offset):
            pending += chunk
            if len(pending) < self._block_bytes:
                continue
            cut = self._cut(pending)
            if cut:
                yield (block := self._write(bytes(pending[:cut]), line))
                line += block.lines
                del pending[:cut]
        self.is_at_end = True
        if pending:
            yield self._write(bytes(pending), line)

    def _one_block(self) -> Block:
        """Everything in one file, written piece by piece."""
        path, lines, size = self._folder / "block.txt", 0, 0
        with path.open("wb") as file:
            for data in self._whole_lines():
                file.write(data)
                lines, size = lines + data.count(b"\n"), size + len(data)
        self.is_at_end = True
        return Block(path, 1, lines, size, self._longest_line)

    def _whole_lines(self) -> Iterator[bytes]:
        pending = bytearray()
        for chunk in self._decoded(0):
            pending += chunk
            cut = pending.rfind(b"\n") + 1
            if cut:
                yield self._clean(bytes(pending[:cut]))
                del pending[:cut]
        if pending:
            yield self._clean(bytes(pending)) + b"\n"

    def _decoded(self, offset: int) -> Iterator[bytes]:
        encoding = self._content.encoding
        decoder = codecs.getincrementaldecoder(encoding)("replace") if encoding != "utf-8" else None
        for chunk in self._content.chunks():
            self.scanner.feed(chunk)
            dropped = min(offset, len(chunk))
            offset -= dropped
            useful = chunk[dropped:] if dropped else chunk
            yield decoder.decode(useful).encode("utf-8") if decoder else useful

    def _cut(self, pending: bytearray) -> int:
        """Where the block ends: behind the last whole line, or before the last record; 0: read on."""
        end = pending.rfind(b"\r" if self._mac_line_ends else b"\n") + 1
        if not end:
            return 0 if len(pending) < self._longest_line else self._drop_long_line(pending)
        if self._record_start is None:
            return end
        at = self._last_record(pending, end)
        return at or (end if len(pending) > (self._block_bytes or 0) + _LONGEST_RECORD_BYTES else 0)

    def _last_record(self, pending: bytearray, end: int) -> int:
        assert self._record_start is not None
        while end > 0:
            start = pending.rfind(b"\n", 0, end - 1) + 1
            if start and self._record_start.search(pending[start:end].decode("utf-8", "replace")):
                return start
            if len(pending) - start > _LONGEST_RECORD_BYTES:
                return 0
            end = start
        return 0

    def _drop_long_line(self, pending: bytearray) -> int:
        """Keep the beginning of an endless line only; `_clean_lines` reports it once it has ended."""
        self._long_bytes = self._long_bytes + len(pending) - _KEPT_OF_LONG_LINE
        del pending[_KEPT_OF_LONG_LINE:]
        return 0

    def _write(self, data: bytes, first_line: int) -> Block:
        data = self._clean(data)
        lines = data.count(b"\n") + (not data.endswith(b"\n"))
        longest = max(map(len, data.split(b"\n")))
        if longest > self._longest_line or self._long_bytes:
            data = self._without_long_lines(data, first_line)
            longest = max(map(len, data.split(b"\n")))
        path = self._folder / "block.txt"
        path.write_bytes(data)
        return Block(path, first_line, lines, len(data), longest)

    def _without_long_lines(self, data: bytes, first_line: int) -> bytes:
        """`data` with each line over the limit left empty; they are rejects of their own."""
        extra, self._long_bytes = self._long_bytes, 0
        lines = data.split(b"\n")
        for index, line in enumerate(lines):
            size = len(line) + (extra if index == 0 else 0)
            if size > self._longest_line:
                head = line[:_KEPT_OF_LONG_LINE].decode("utf-8", "replace")
                self.damage.long_lines.append((first_line + index, size, head))
                lines[index] = b""
        return b"\n".join(lines)

    def _clean(self, data: bytes) -> bytes:
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n")
            data = data.replace(b"\r", b"\n" if self._mac_line_ends else b" ")
        if not data.isascii():
            data = self._valid(data)
        return data

    def _valid(self, data: bytes) -> bytes:
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            data, bad = repair_utf8(data)
            self.damage.repaired_lines += bad
        return data.replace(DELIMITER.encode(), "\ufffd".encode())
