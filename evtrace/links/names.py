"""The texts behind the codes of services, types and channels: a few rows instead of a look at every record."""

from __future__ import annotations

from evtrace.formats.sql import literal
from evtrace.links.hashes import coded
from evtrace.links.work import Work

#: So many names fit as bits into a BIGINT.
MOST_FLAGS = 62

#: Up to here a CASE is quicker than a join, and all cores can write what it gives.
_MOST_CASES = 64

#: Table of texts → the kind of its codes and the columns of records with the texts.
_TABLES = {
    "service_names": ("service", ("service", "producer", "grp")),
    "type_names": ("type", ("event_type",)),
    "channel_names": ("channel", ("channel",)),
}


def build(work: Work) -> None:
    """Fill service_names, type_names and channel_names(code, text, flag). Reading the few distinct texts costs next to nothing.

    `flag` is a bit of its own for each of the first, so that a set of them is a number.
    """
    for table, (kind, columns) in _TABLES.items():
        texts = " UNION ".join(f"SELECT DISTINCT {c} AS text FROM records" for c in columns if work.has(c))
        work.run(f"""
            CREATE OR REPLACE TEMP TABLE {table} AS
            SELECT n.code AS code, n.text AS text, CASE WHEN n.place < {MOST_FLAGS} THEN CAST(1 AS BIGINT) << n.place END AS flag
            FROM (
                SELECT {coded("x.text", kind)} AS code, MIN(x.text) AS text,
                       CAST(ROW_NUMBER() OVER (ORDER BY MIN(x.text)) - 1 AS INTEGER) AS place
                FROM ({texts or "SELECT CAST(NULL AS VARCHAR) AS text"}) AS x
                WHERE x.text IS NOT NULL
                GROUP BY 1
            ) AS n
        """)


def text_of(work: Work, table: str, code: str) -> tuple[str, str]:
    """SQL for the text behind `code`, and the join that it needs."""
    rows = work.store.rows(f"SELECT code, text FROM {table} ORDER BY code")
    if rows and len(rows) <= _MOST_CASES and all(text.isprintable() for _, text in rows):
        cases = " ".join(f"WHEN {number} THEN {literal(text)}" for number, text in rows)
        return f"CASE {code} {cases} END", ""
    name = f"text_of_{code.replace('.', '_')}"
    return f"{name}.text", f"LEFT JOIN {table} AS {name} ON {name}.code = {code}"
