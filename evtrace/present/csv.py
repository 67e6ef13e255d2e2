"""CSV: rows of SQL and of reports, with text that a spreadsheet would run as a formula made harmless."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from evtrace.present.json import plain
from evtrace.present.words import spot
from evtrace.results import Evidence, Table

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table(found: Table) -> str:
    """Rows of SQL as RFC 4180 CSV with a head."""
    return _written(found.columns, found.rows)


def rows(found: Sequence[Any]) -> str:
    """Rows of a report: a column for every field that any of them has."""
    return dicts([_flat(row) for row in found])


def dicts(flat: Sequence[dict[str, Any]]) -> str:
    """Rows by column name."""
    head = list(dict.fromkeys(name for row in flat for name in row))
    return _written(head, ([row.get(name) for name in head] for row in flat))


def _flat(row: Any) -> dict[str, Any]:
    """Fields of a row as cells; places are written as source:line, other lists are left to JSON."""
    cells: dict[str, Any] = plain(row)
    cells["evidence"] = " ".join(spot(place) for place in row.evidence if isinstance(place, Evidence))
    return {name: value for name, value in cells.items() if not isinstance(value, list | dict)}


def _written(head: Iterable[str], lines: Iterable[Iterable[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_cell(name) for name in head)
    writer.writerows([_cell(value) for value in line] for line in lines)
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value
