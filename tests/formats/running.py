"""Runs a format over a text the way ingest does."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from evtrace.formats import Format, Sample
from evtrace.formats.sql import literal
from evtrace.store import Store

Unit = tuple[int, int | None, dict[str, Any] | None, bool]


def run(format: Format, text: str) -> list[Unit]:
    """(line, item, doc, skipped) of every unit in the text, in order."""
    with Store.memory() as store:
        store.execute("CREATE TABLE lines (line BIGINT, text VARCHAR)")
        store.execute(
            "INSERT INTO lines SELECT unnest(range(1, len($1::VARCHAR[]) + 1)), unnest($1::VARCHAR[])",
            [text.removesuffix("\n").split("\n")],
        )
        rows = store.rows(
            f"SELECT line, item, doc, skipped FROM ({_query(format, store, text)}) ORDER BY line, item"
        )
    return [
        (line, item, None if doc is None else json.loads(doc), skipped) for line, item, doc, skipped in rows
    ]


def docs(format: Format, text: str) -> list[dict[str, Any]]:
    """The docs only."""
    return [doc for _, _, doc, _ in run(format, text) if doc is not None]


def _query(format: Any, store: Store, text: str) -> str:
    match format.SHAPE:
        case "line":
            return _per_line(format.doc("text"), format.skip("text"), "lines")
        case "text":
            return _per_line(format.doc("text"), "NOT regexp_matches(text, '\\S')", f"({_records(format)})")
        case "document":
            _fill_docs(store, text)
            query: str = format.items("docs")
        case _:
            path = Path(tempfile.mkdtemp()) / "table.txt"
            path.write_text(text, encoding="utf-8", newline="")
            query = format.rows(f"'{path}'", Sample(text, whole=True))
    return query


def _per_line(doc: str, skip: str, source: str) -> str:
    return f"SELECT line, CAST(NULL AS INTEGER) AS item, {doc} AS doc, {skip} AS skipped FROM {source}"


def _records(format: Any) -> str:
    """Lines before the first start are records of their own."""
    begins = f"regexp_matches(text, {literal(format.START)})"
    writer = format.writer("text") if hasattr(format, "writer") else "0"
    told = f"SELECT *, last_value({writer} IGNORE NULLS) OVER (ORDER BY line) AS writer FROM lines"
    marked = (
        f"SELECT line, text, writer, sum(CAST({begins} AS INTEGER)) OVER (PARTITION BY writer ORDER BY line) AS number "
        f"FROM ({told})"
    )
    return (
        "SELECT min(line) AS line, rtrim(string_agg(text, chr(10) ORDER BY line), chr(10)) AS text "
        f"FROM ({marked}) GROUP BY writer, CASE WHEN number = 0 THEN -line ELSE number END"
    )


def _fill_docs(store: Store, text: str) -> None:
    """A document a line where the first line is one and others follow; else the whole text as line 1."""
    store.execute("CREATE TABLE docs (line BIGINT, doc VARCHAR)")
    first, _, rest = text.lstrip("\n").partition("\n")
    if rest.strip() and _is_json(first):
        store.execute("INSERT INTO docs SELECT line, text FROM lines")
    else:
        store.execute("INSERT INTO docs VALUES (1, ?)", [text])


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
