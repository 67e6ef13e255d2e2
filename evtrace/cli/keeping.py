"""Writes down what a report found, after it was shown; a store that cannot be written is left alone."""

from __future__ import annotations

from evtrace.anomalies import Report
from evtrace.errors import EvtraceError
from evtrace.reports.delivery import findings
from evtrace.store import SqlError, Store


def keep(path: str, name: str, found: Report) -> None:
    """Keep the findings of a whole report, where they are not there yet."""
    try:
        with Store.open(path, read_only=True) as store:
            if findings.is_kept(store, name):
                return
        with Store.open(path) as store:
            findings.keep(store, name, found)
    except (EvtraceError, SqlError):
        return  # another process writes it, or it may only be read: the answer was given all the same
