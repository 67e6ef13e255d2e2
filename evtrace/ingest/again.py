"""Lines of a source read again, where its file is still what was read."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from evtrace.errors import UnreadableError
from evtrace.ingest.blocks import BlockReader
from evtrace.ingest.content import (
    CHUNK_BYTES,
    Content,
    Scanner,
    head_fingerprint,
    mark_at,
    open_content,
    steps,
)
from evtrace.store import Store

_SOURCE = "SELECT source_id, bytes, fingerprint, head, COALESCE(steps, '') FROM sources WHERE uri = ?"
_IN_LINES = "SELECT DISTINCT line FROM records WHERE source_id = ? AND line IN (SELECT UNNEST(?::BIGINT[])) AND item IS NULL"


class _Source(NamedTuple):
    source_id: int
    size: int
    fingerprint: str
    head: str
    marks: str

    def is_still(self, scanner: Scanner, end: int) -> bool:
        """The first `end` bytes are what they were; a step of the source ends there, or the source itself."""
        found = scanner.result().prefixes.get(end, "")
        return found.startswith(self.fingerprint if end == self.size else mark_at(end, self.marks) or "-")


def read_again(store: Store, uri: str, wanted: Iterable[int]) -> dict[int, str]:
    """These lines of the file at `uri`, by number; without those that are no longer sure to be what was read.

    An element of a document has no line of its own.
    """
    rows = store.rows(_SOURCE, [uri])
    if len(rows) != 1:  # two contents by one name
        return {}
    source = _Source(*rows[0])
    lines = {line for (line,) in store.rows(_IN_LINES, [source.source_id, sorted(wanted)])}
    try:
        content = open_content(uri, Path(uri))
        return _lines(content, source, lines) if lines and head_fingerprint(content) == source.head else {}
    except UnreadableError:
        return {}


def _lines(content: Content, source: _Source, wanted: set[int]) -> dict[int, str]:
    """The lines, if the content up to the step behind the last of them has not changed."""
    found: dict[int, str] = {}
    end: int | None = None
    with tempfile.TemporaryDirectory(prefix="evtrace-") as folder:
        reader = BlockReader(content, Path(folder), block_bytes=CHUNK_BYTES)
        reader.scanner = Scanner((source.size,))
        for block in reader.blocks():
            here = [line for line in wanted if block.first_line <= line < block.first_line + block.lines]
            lines = block.path.read_text(encoding="utf-8").split("\n") if here else []
            found |= {line: lines[line - block.first_line] for line in here}
            if end is None and len(found) == len(wanted):
                end = next((step for step in steps(source.size) if step >= reader.scanner.size), source.size)
            if end is not None and reader.scanner.size >= end:
                break
    return found if source.is_still(reader.scanner, end or source.size) else {}
