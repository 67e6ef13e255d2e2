"""The tables of the store as files of tables."""

from __future__ import annotations

from pathlib import Path

from evtrace.bridges.scope import order_of
from evtrace.store import Store

#: A hash for looking ids up; it means nothing outside the store.
_INTERNAL = ("h",)


def copy(store: Store, name: str, path: Path, *, options: str, cell: str = "{column}") -> None:
    """Write a table of the chosen flows; `cell` is SQL for a column of text."""
    kinds = store.rows(f"SELECT column_name, column_type FROM (DESCRIBE exported_{name})")
    columns = ", ".join(
        f"{cell.format(column=column)} AS {column}" if kind == "VARCHAR" else column
        for column, kind in kinds
        if column not in _INTERNAL
    )
    target = str(path).replace("'", "''")
    query = f"SELECT {columns} FROM exported_{name} AS t {order_of(store, name)}"
    store.execute(f"COPY ({query}) TO '{target}' ({options})")
