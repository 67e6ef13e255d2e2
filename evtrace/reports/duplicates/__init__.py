"""What came twice: deliveries, publishes, effects."""

from __future__ import annotations

from dataclasses import replace

from evtrace.anomalies import Report
from evtrace.reports.delivery import report
from evtrace.reports.delivery.asked import Asked
from evtrace.reports.duplicates import connections
from evtrace.reports.duplicates.conflicting_slot import CONFLICTING_SLOT
from evtrace.reports.duplicates.duplicate_effect import DUPLICATE_EFFECT
from evtrace.reports.duplicates.duplicate_publish import DUPLICATE_PUBLISH
from evtrace.reports.duplicates.money import with_amounts
from evtrace.reports.duplicates.redelivery import REDELIVERY
from evtrace.store import Store

ANALYSES = (DUPLICATE_EFFECT, CONFLICTING_SLOT, DUPLICATE_PUBLISH, REDELIVERY)


def run(store: Store, asked: Asked, *, effects: bool = False) -> Report:
    """Find what came twice; with `effects` only effects."""
    analyses = (DUPLICATE_EFFECT,) if effects else ANALYSES
    connections.prepare(store)
    found = report.run(store, analyses, asked)
    rows = with_amounts(store, found.rows)
    return replace(found, rows=tuple(replace(row, sentence=row.told()) for row in rows))
