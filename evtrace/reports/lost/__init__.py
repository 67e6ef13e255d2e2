"""What never arrived: skipped, not reached, stuck, given up, unanswered, without effect."""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.anomalies import NotEvaluated, Report
from evtrace.reports.delivery import evidence, readers
from evtrace.reports.delivery.analysis import Found
from evtrace.reports.delivery.asked import Asked
from evtrace.reports.delivery.report import assemble, find_all, rules_of
from evtrace.reports.lost import missing, stuck
from evtrace.reports.lost.audit import Audit, audit
from evtrace.reports.lost.follow_up import FOLLOW_UP
from evtrace.reports.lost.given_up import GIVEN_UP, ORIGINS, UNROUTABLE
from evtrace.reports.lost.poison import POISON
from evtrace.reports.lost.slots import QUEUED, SLOTS
from evtrace.reports.lost.unacked import UNACKED
from evtrace.store import Store


@dataclass(frozen=True)
class LostReport(Report):
    """The report on loss, with the share of what was published that each group received."""

    audit: tuple[Audit, ...] = ()


ANALYSES = (SLOTS, QUEUED, POISON, UNROUTABLE, GIVEN_UP, UNACKED, FOLLOW_UP)


def run(store: Store, asked: Asked, *, over_ns: int | None = None) -> LostReport:
    """Find what never arrived; shares are counted in stretches of `over_ns`, or as it suits."""
    odd = evidence.prepare(store, at=asked.at)
    missing.prepare(store, is_cut=asked.at is not None)
    store.execute(ORIGINS)
    found = find_all(store, ANALYSES, asked)
    still = stuck.find(store, asked)
    missed = tuple(NotEvaluated("stuck", one.reason) for one in found.missing if one.rule == "unseen")
    found = found + still + Found(missing=() if still.rows else missed)
    whole = assemble(store, found, rules=(*rules_of(ANALYSES), "stuck"), odd=odd, said=readers.said(store))
    return LostReport(**vars(whole), audit=audit(store, asked, over_ns))
