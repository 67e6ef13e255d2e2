"""Runs a format over a text the way ingest does."""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from evtrace.formats import Format, Sample
from evtrace.ingest.blocks import Block
from evtrace.ingest.relation import Layer, text_units
from evtrace.ingest.units import Units
from evtrace.store import Store

Unit = tuple[int, int | None, dict[str, Any] | None, bool]
Row = tuple[Any, ...]


def run(format: Format, text: str) -> list[Unit]:
    """(line, item, doc, skipped) of every unit in the text, in order; of a document's units those that are read."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "block.txt"
        path.write_text(text, encoding="utf-8", newline="")
        read = _of_documents if format.SHAPE == "document" else _others
        rows = read(format, _store(), path)
    units = [
        (line, item, None if doc is None else json.loads(doc), skipped) for line, item, doc, skipped in rows
    ]
    return sorted(units, key=lambda unit: (unit[0], unit[1] or 0))


def docs(format: Format, text: str) -> list[dict[str, Any]]:
    """The docs only."""
    return [doc for _, _, doc, _ in run(format, text) if doc is not None]


@cache  # a store of its own would take longer than the run
def _store() -> Store:
    return Store.memory()


def _of_documents(format: Format, store: Store, path: Path) -> list[Row]:
    size = path.stat().st_size
    block = Block(path, first_line=1, lines=0, size_bytes=size, longest_bytes=size)
    units = Units(store, (Layer(format),), Sample("", whole=True))
    rows: list[Row] = []
    with units.of(block, is_only=True) as pieces:
        for sql in pieces:
            rows += store.rows(f"SELECT line, item, doc, skipped FROM ({sql}) AS u")
    assert units.cutter is not None
    rows += [(unread.line, unread.item, None, False) for unread in units.cutter.unread]
    return rows + [(1, None, None, True)] * units.cutter.skipped


def _others(format: Any, store: Store, path: Path) -> list[Row]:
    text = path.read_text(encoding="utf-8")
    store.execute("CREATE OR REPLACE TABLE lines (line BIGINT, text VARCHAR)")
    store.execute(
        "INSERT INTO lines SELECT unnest(range(1, len($1::VARCHAR[]) + 1)), unnest($1::VARCHAR[])",
        [text.removesuffix("\n").split("\n")],
    )
    match format.SHAPE:
        case "line":
            query = _per_line(format.doc("text"), format.skip("text"), "lines")
        case "text":
            query = _of_records(format)
        case _:
            query = format.rows(f"'{path}'", Sample(text, whole=True))
    return store.rows(f"SELECT line, item, doc, skipped FROM ({query}) ORDER BY line, item")


def _per_line(doc: str, skip: str, source: str) -> str:
    return f"SELECT line, CAST(NULL AS INTEGER) AS item, {doc} AS doc, {skip} AS skipped FROM {source}"


def _of_records(format: Format) -> str:
    """Records of several lines, as ingest puts them together."""
    lines = "(SELECT line - 1 AS n, NULLIF(text, '') AS text FROM lines)"
    is_blank = "text IS NULL OR NOT regexp_matches(text, '\\S')"
    return (
        f"SELECT line, CAST(NULL AS INTEGER) AS item, doc, skipped OR {is_blank} AS skipped "
        f"FROM ({text_units(Layer(format), lines, 1)})"
    )
