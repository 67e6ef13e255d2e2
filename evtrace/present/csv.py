"""CSV: rows of SQL, with text that a spreadsheet would run as a formula made harmless."""

from __future__ import annotations

import csv
import io
from typing import Any

from evtrace.results import Table

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table(found: Table) -> str:
    """Rows of SQL as RFC 4180 CSV with a head."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_cell(name) for name in found.columns)
    writer.writerows([_cell(value) for value in row] for row in found.rows)
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value
