"""Everything that a store holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evtrace.store import Store

Tables = dict[str, list[tuple[Any, ...]]]


def tables(path: str | Path) -> Tables:
    """The rows of every table and view, sorted."""
    with Store.open(path, read_only=True) as store:
        names = store.rows(
            "SELECT table_name AS name FROM duckdb_tables() WHERE NOT internal "
            "UNION ALL SELECT view_name AS name FROM duckdb_views() WHERE NOT internal ORDER BY name"
        )
        return {name: store.rows(f"SELECT * FROM {name} ORDER BY ALL") for (name,) in names}
