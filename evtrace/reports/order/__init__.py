"""What is out of order: in the log, at the reader, between cause and effect; and what only clocks made so."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from evtrace.anomalies import NotEvaluated, Report
from evtrace.reports.delivery import evidence
from evtrace.reports.delivery.analysis import Found
from evtrace.reports.delivery.asked import Asked
from evtrace.reports.delivery.report import assemble, find_all, rules_of
from evtrace.reports.order import clocks, excuses
from evtrace.reports.order.causal import CAUSAL
from evtrace.reports.order.clocks import ClockPair, Clocks
from evtrace.reports.order.consumption import CONSUMPTION, RECEIVE_FALLS
from evtrace.reports.order.event_time import EVENT_TIME, STORED_FALLS
from evtrace.reports.order.key_split import KEY_SPLIT
from evtrace.reports.order.version_gap import VERSION_GAP
from evtrace.reports.order.versions import STEPS as VERSION_STEPS
from evtrace.reports.order.versions import VERSIONS
from evtrace.store import Store

ANALYSES = (CONSUMPTION, VERSIONS, CAUSAL, EVENT_TIME, KEY_SPLIT, VERSION_GAP)

CLOCK_RULES = ("clock_skew", "clock_step")

_NO_CLOCKS = "no message is logged both where it was sent and where it was received"


@dataclass(frozen=True)
class OrderReport(Report):
    """The report on order, with the clocks it rests on."""

    clocks: tuple[ClockPair, ...] = ()


def run(store: Store, asked: Asked) -> OrderReport:
    """Find what is out of order."""
    odd = evidence.prepare(store, at=asked.at)
    known = clocks.learn(store)
    excuses.keep(store, known)
    steps = {"receive_falls": RECEIVE_FALLS, "stored_falls": STORED_FALLS, **VERSION_STEPS}
    for table, sql in steps.items():
        store.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {sql}")
    found = find_all(store, ANALYSES, asked) + _clock_faults(known, asked)
    whole = assemble(store, found, rules=(*rules_of(ANALYSES), *CLOCK_RULES), odd=odd)
    return OrderReport(**vars(whole), clocks=known.pairs)


def _clock_faults(known: Clocks, asked: Asked) -> Found:
    """What is wrong with the clocks; it belongs to no group, channel or flow."""
    if not known.pairs and not known.steps:
        return Found(missing=tuple(NotEvaluated(rule, _NO_CLOCKS) for rule in CLOCK_RULES))
    if asked.grp or asked.channel or asked.flow_id is not None:
        return Found()
    return Found(known.faults, Counter((fault.rule, fault.severity) for fault in known.faults))
