"""Working tables that store only the columns with values; a view of the same name supplies the rest.

An empty column costs as much memory as a full one, and linking shares a small memory with DuckDB.
"""

from __future__ import annotations

from collections.abc import Mapping

from evtrace.links.work import Work


def create(work: Work, name: str, shape: Mapping[str, str], columns: Mapping[str, str], source: str) -> None:
    """Store `columns` (name → SQL) of `source` as NAME_stored and show `shape` (name → type) as the view NAME."""
    stored = ", ".join(f"{sql} AS {column}" for column, sql in columns.items())
    work.run(f"CREATE OR REPLACE TEMP TABLE {name}_stored AS SELECT {stored} {source}")
    show(work, name, shape, {})


def show(work: Work, name: str, shape: Mapping[str, str], computed: Mapping[str, str]) -> None:
    """Make the view: stored columns, then `computed` ones (name → SQL over stored columns), NULL for the others."""
    work.shapes.pop(f"{name}_stored", None)
    present = stored(work, f"{name}_stored")
    columns = ", ".join(
        column if column in present else f"CAST({computed.get(column, 'NULL')} AS {kind}) AS {column}"
        for column, kind in shape.items()
    )
    work.run(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT {columns} FROM {name}_stored")


def stored(work: Work, table: str) -> set[str]:
    """The columns of a working table, as they were when it was shown last."""
    if table not in work.shapes:
        work.shapes[table] = set(work.store.columns_of(table))
    return work.shapes[table]
