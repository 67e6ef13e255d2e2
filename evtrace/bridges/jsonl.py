"""evtrace's own JSON lines: the records, to be read by evtrace again.

What a record says of itself can depend on the source that it stands in, so that a folder with a file per source
gives the same tables again; one file for all gives the same records.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from evtrace.bridges.jsontext import harmless
from evtrace.bridges.scope import order_of
from evtrace.store import Store

NAME = "jsonl"
TITLE = "evtrace's own JSON lines, to be ingested again"
ENDING = ".jsonl"

#: What a store gives a record, and where it was read.
_NOT_SAID = ("record_id", "source_id", "line", "item")


def pieces(store: Store) -> Iterator[str]:
    yield from _lines(store, "TRUE")


def parts(store: Store) -> tuple[str, ...]:
    """A part per source, named so that they are read in the same order again."""
    found = store.rows("SELECT DISTINCT source_id FROM exported_records ORDER BY source_id")
    return tuple(f"source-{source_id:06d}" for (source_id,) in found)


def part(store: Store, name: str, path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(_lines(store, f"source_id = {int(name.rpartition('-')[2])}"))


def _lines(store: Store, condition: str) -> Iterator[str]:
    columns = [name for name in store.record_columns() if name not in _NOT_SAID]
    said = ", ".join(f"'{name}', {name}" for name in ("kind", *(name for name in columns if name != "kind")))
    line = f"CAST(json_strip_nulls(json_object('evtrace', 1, {said})) AS VARCHAR)"
    sql = f"SELECT {line} AS line FROM exported_records AS t WHERE {condition} {order_of(store, 'records')}"
    return (harmless(found) + "\n" for (found,) in store.stream(sql))
