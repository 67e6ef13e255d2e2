"""Notes on how events are designed; they break nothing today."""

from __future__ import annotations

from evtrace.anomalies import Report
from evtrace.reports.delivery import evidence
from evtrace.reports.delivery.asked import Asked
from evtrace.reports.delivery.report import assemble, find_all, rules_of
from evtrace.reports.design import announced
from evtrace.reports.design.fat import FAT
from evtrace.reports.design.ids import IDS
from evtrace.reports.design.names import NAMES, commands
from evtrace.reports.design.shapes import PARALLEL, parallel
from evtrace.store import Store

ANALYSES = (FAT, IDS)


def run(store: Store, asked: Asked) -> Report:
    """Note what makes events hard to follow or to change."""
    odd = evidence.prepare(store, at=asked.at)
    announced.prepare(store)
    found = commands(store, asked) + find_all(store, ANALYSES, asked) + parallel(store)
    return assemble(store, found, rules=(*rules_of(ANALYSES), *NAMES.rules, *PARALLEL.rules), odd=odd)
