"""Which content is in the store already: the same, or the beginning of what a file has grown to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from evtrace.ingest.blocks import Start
from evtrace.ingest.content import HEAD_BYTES, Content, head_fingerprint, scan
from evtrace.store import Store


@dataclass(frozen=True)
class Acquaintance:
    """How a content relates to the sources in the store."""

    status: Literal["new", "known", "grown"]
    source_id: int = 0  # the source it equals or continues
    uri: str = ""  # its name there
    start: Start = field(default_factory=Start)
    ended_open: bool = False  # the known part ended inside a line


def acquaint(store: Store, content: Content) -> Acquaintance:
    """Compare by content, never by name: a rotated or renamed copy is known.

    A source is continued when its whole content is a prefix of this one and either the name is the same
    or the prefix is long enough (HEAD_BYTES) not to be a coincidence.
    """
    candidates = _candidates(store, content)
    if not candidates:
        return Acquaintance("new")
    found = scan(content, prefix_lengths=tuple({size for _, _, size, *_ in candidates}))
    for source_id, uri, size, fingerprint, _, _ in candidates:
        if size == found.size and fingerprint == found.fingerprint:
            return Acquaintance("known", source_id, uri)
    for source_id, uri, size, fingerprint, open_bytes, lines in candidates:
        is_prefix = size < found.size and found.prefixes.get(size) == fingerprint
        if is_prefix and (uri == content.uri or size >= HEAD_BYTES):
            start = Start(size - open_bytes, lines if open_bytes else lines + 1)
            return Acquaintance("grown", source_id, uri, start, bool(open_bytes))
    return Acquaintance("new")


def _candidates(store: Store, content: Content) -> list[tuple[int, str, int, str, int, int]]:
    """Sources that begin alike, longest first."""
    rows = store.rows(
        """SELECT source_id, uri, bytes, fingerprint, open_bytes, lines FROM sources
           WHERE bytes > 0 AND (head = ? OR (bytes < ? AND bytes <= ?))
           ORDER BY bytes DESC, source_id""",
        [head_fingerprint(content), HEAD_BYTES, len(content.head)],
    )
    return [tuple(row) for row in rows]
