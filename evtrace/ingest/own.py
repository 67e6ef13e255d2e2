"""evtrace's own JSON lines into rows: every field is the column of its name."""

from __future__ import annotations

from collections.abc import Mapping

from evtrace.formats.sql import literal
from evtrace.ingest.relation import pointer_to

#: What is read otherwise, and what a store gives a record.
_NOT_READ = ("kind", "attributes", "record_id", "source_id", "item")


def records_sql(
    columns: Mapping[str, str], source_id: int, units: str, *, place: dict[str, str]
) -> tuple[list[str], str]:
    """As extract.records_sql, for lines that name columns; these are given with their types."""
    read = {name: kind for name, kind in columns.items() if name not in (*_NOT_READ, *place)}
    names = ["kind", "attributes", *read]
    values = {name: _read(f"x[{number}]", read.get(name, "VARCHAR")) for number, name in enumerate(names, 1)}
    unread = " OR ".join(
        f"(x[{number}] IS NOT NULL AND {values[name]} IS NULL)"
        for number, name in enumerate(names, 1)
        if read.get(name, "VARCHAR") != "VARCHAR"
    )
    made = {
        "source_id": str(source_id),
        **place,
        **{name: values[name] for name in read},
        "kind": f"CASE WHEN skipped OR (text IS NULL AND doc IS NULL) THEN 'skip' WHEN doc IS NULL THEN 'reject' ELSE {values['kind']} END",
        # A value that its column cannot hold is kept with the whole line.
        "attributes": f"CASE WHEN {unread} THEN doc ELSE {values['attributes']} END",
    }
    pointers = ", ".join(literal(pointer_to((name,))) for name in names)
    fetched = f"SELECT *, json_extract_string(doc, [{pointers}]) AS x FROM ({units}) AS u"
    select = ", ".join(f"{value} AS {name}" if name not in place else value for name, value in made.items())
    return list(made), f"SELECT {select} FROM ({fetched}) AS f"


def _read(text: str, kind: str) -> str:
    return text if kind == "VARCHAR" else f"TRY_CAST({text} AS {kind})"
