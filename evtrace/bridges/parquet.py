"""Parquet: a file per table, every value as the store has it."""

from __future__ import annotations

from pathlib import Path

from evtrace.bridges.scope import TABLES
from evtrace.bridges.tables import copy
from evtrace.store import Store

NAME = "parquet"
TITLE = "Parquet, a file per table"
ENDING = ".parquet"


def parts(store: Store) -> tuple[str, ...]:
    return tuple(TABLES)


def part(store: Store, name: str, path: Path) -> None:
    copy(store, name, path, options="FORMAT parquet, COMPRESSION zstd")
