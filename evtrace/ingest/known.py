"""Which content is in the store already: the same, the beginning of it, or what a file has grown from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Literal, NamedTuple

from evtrace.errors import UnreadableError
from evtrace.ingest.blocks import Start
from evtrace.ingest.content import (
    HEAD_BYTES,
    Content,
    Scan,
    head_fingerprint,
    mark_at,
    open_content,
    scan,
    steps,
)
from evtrace.store import Store


@dataclass(frozen=True)
class Acquaintance:
    """How a content relates to the sources in the store."""

    status: Literal["new", "known", "grown"]
    source_id: int = 0  # the source it equals or continues
    uri: str = ""  # its name there
    start: Start = field(default_factory=Start)
    ended_open: bool = False  # the known part ended inside a line
    is_beginning: bool = False  # only the beginning of that source is the same
    resembles: tuple[int, ...] = ()  # sources that it may be the beginning of, by all that is kept of them


class _Source(NamedTuple):
    source_id: int
    uri: str
    size: int
    fingerprint: str
    open_bytes: int
    lines: int
    steps: str


def acquaint(store: Store, content: Content) -> Acquaintance:
    """Compare by content, never by name: a rotated or renamed copy is known.

    A source is continued when its whole content is a prefix of this one and either the name is the same
    or the prefix is long enough (HEAD_BYTES) not to be a coincidence.
    """
    candidates = _candidates(store, content)
    if not candidates:
        return Acquaintance("new")
    found = scan(content, prefix_lengths=tuple({source.size for source in candidates}))
    for source in candidates:
        if source.size == found.size and source.fingerprint == found.fingerprint:
            return Acquaintance("known", source.source_id, source.uri)
    longer = [source for source in candidates if _may_begin(source, content, found)]
    for source in longer:
        if _begins_file(source, found):
            return Acquaintance("known", source.source_id, source.uri, is_beginning=True)
    for source in candidates:
        is_prefix = source.size < found.size and found.prefixes.get(source.size) == source.fingerprint
        if is_prefix and (source.uri == content.uri or source.size >= HEAD_BYTES):
            lines = source.lines if source.open_bytes else source.lines + 1
            start = Start(source.size - source.open_bytes, lines)
            return Acquaintance("grown", source.source_id, source.uri, start, bool(source.open_bytes))
    return Acquaintance("new", resembles=tuple(source.source_id for source in longer))


def _candidates(store: Store, content: Content) -> list[_Source]:
    """Sources that begin alike as far as can be told, longest first."""
    rows = store.rows(
        """SELECT source_id, uri, bytes, fingerprint, open_bytes, lines, COALESCE(steps, '') FROM sources
           WHERE bytes > 0 AND (head = ? OR (bytes < ? AND bytes <= ?) OR ? < ?)
           ORDER BY bytes DESC, source_id""",
        [head_fingerprint(content), HEAD_BYTES, len(content.head), len(content.head), HEAD_BYTES],
    )
    return [_Source(*row) for row in rows]


def _may_begin(source: _Source, content: Content, found: Scan) -> bool:
    """The source is longer and, as far as hashes were kept, begins with all of this content."""
    if source.size <= found.size or not source.steps.startswith(found.steps):
        return False
    return found.size >= HEAD_BYTES or _are_named_alike(source.uri, content.uri)


def _are_named_alike(one: str, other: str) -> bool:
    """One is a copy's name of the other: `app.log.bak` or `app.log.1.gz` of `app.log`, or the same elsewhere."""
    names = sorted((PurePath(one).name, PurePath(other).name), key=len)
    return names[1].startswith(names[0])


def _begins_file(source: _Source, found: Scan) -> bool:
    """The source's file is still what was read, up to the end of this content, and begins with it."""
    end = next((length for length in steps(source.size) if length >= found.size), source.size)
    kept = source.fingerprint if end == source.size else mark_at(end, source.steps)
    try:
        there = scan(
            open_content(source.uri, Path(source.uri)), prefix_lengths=(found.size, end), stop_at=end
        )
    except UnreadableError:
        return False
    hashes = there.prefixes
    return hashes.get(found.size) == found.fingerprint and hashes.get(end, "").startswith(kept)


def same_beginning(store: Store, source_id: int, others: Sequence[int], *, is_open: bool) -> str | None:
    """The name of the one of `others` whose records begin with all those of this source; None where there is none.

    What remains where the file of the other is gone: its bytes cannot be compared, its records can. The last
    record may be cut where the source `is_open`, ends inside a line.
    """
    if not others:
        return None
    columns = ", ".join(name for name in store.record_columns() if name != "source_id")
    numbered = (
        f"SELECT row_number() OVER (ORDER BY record_id) AS n, {columns} FROM records WHERE source_id = ?"
    )
    count = store.value("SELECT count(*) FROM records WHERE source_id = ?", [source_id]) - is_open
    for other in others:
        strange = f"SELECT * FROM ({numbered}) AS a WHERE n <= ? EXCEPT SELECT * FROM ({numbered}) AS b WHERE n <= ?"
        found = store.rows(f"SELECT 1 FROM ({strange}) AS s LIMIT 1", [source_id, count, other, count])
        if count > 0 and not found:
            return str(store.value("SELECT uri FROM sources WHERE source_id = ?", [other]))
    return None
