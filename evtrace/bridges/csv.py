"""CSV: a file per table; text that a spreadsheet would run or a terminal obey is made harmless."""

from __future__ import annotations

from pathlib import Path

from evtrace.bridges.scope import TABLES
from evtrace.bridges.tables import copy
from evtrace.store import Store

NAME = "csv"
TITLE = "CSV, a file per table"
ENDING = ".csv"

#: Controls but line ends and tabs, and the marks that turn the direction of text.
_ACTIVE = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{9f}\x{61c}\x{200e}\x{200f}\x{2028}-\x{202e}\x{2066}-\x{2069}]"
_CELL = (
    "CASE WHEN regexp_matches({column}, '^[=+\\-@\\t\\r]') THEN '''' ELSE '' END || "
    f"regexp_replace({{column}}, '{_ACTIVE.replace('{', '{{').replace('}', '}}')}', '\N{REPLACEMENT CHARACTER}', 'g')"
)


def parts(store: Store) -> tuple[str, ...]:
    return tuple(TABLES)


def part(store: Store, name: str, path: Path) -> None:
    copy(store, name, path, options="FORMAT csv, HEADER", cell=_CELL)
