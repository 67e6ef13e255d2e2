"""How far each group is behind: now, over time, and whether it moves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from evtrace.anomalies import NotEvaluated, Report
from evtrace.reports.delivery import evidence
from evtrace.reports.delivery.analysis import Found
from evtrace.reports.delivery.asked import Asked
from evtrace.reports.delivery.report import assemble, find_all, rules_of
from evtrace.reports.delivery.words import spot
from evtrace.reports.lag import attended, taken
from evtrace.reports.lag.behind import BEHIND, LagRow
from evtrace.reports.lag.gauges import GAUGES, QUEUES, with_pending
from evtrace.reports.lag.queues import with_roles
from evtrace.reports.lag.series import with_series
from evtrace.reports.lag.status import STATUSES
from evtrace.reports.lag.taken import named
from evtrace.reports.window import Window
from evtrace.store import Store

ANALYSES = (BEHIND, QUEUES)


@dataclass(frozen=True)
class GroupLag:
    """A group as a whole."""

    grp: str | None
    status: str  # of its worst partition
    partitions: int
    lag_messages: int | None  # the sum of what is known
    max_lag_seconds: float | None
    told_at: int | None  # when it was heard of last


@dataclass(frozen=True)
class LagReport(Report):
    """The report on lag; `rows` are partitions."""

    groups: tuple[GroupLag, ...] = ()


def run(store: Store, asked: Asked, *, over_ns: int | None = None) -> LagReport:
    """Say how far each group is behind; with `over_ns` also how that went, in steps of so long."""
    odd = evidence.prepare(store, at=asked.at)
    store.execute(GAUGES)
    attended.prepare(store)
    picky = taken.prepare(store)
    found = find_all(store, ANALYSES, _unfiltered(asked))
    rows = _asked_for(store, [row for row in found.rows if isinstance(row, LagRow)], asked)
    rows = with_series(store, rows, asked, over_ns=over_ns) if over_ns else rows
    rows = taken.with_true_positions(store, rows) if picky else rows
    rows = with_roles(store, with_pending(store, rows, allowed=asked.allowed_lag))
    rows = attended.with_absence(store, rows, allowed=asked.allowed_lag)
    totals = Counter((row.rule, row.severity) for row in rows)
    found = replace(found, rows=tuple(rows), totals=totals, missing=_missing(rows, found))
    whole = assemble(store, found, rules=rules_of(ANALYSES), odd=odd)
    rows = sorted((row for row in whole.rows if isinstance(row, LagRow)), key=_worst_first)
    return LagReport(**vars(replace(whole, rows=tuple(rows))), groups=_groups(rows))


def standing(store: Store, asked: Asked, *, places: str) -> list[LagRow]:
    """Where groups stand on the partitions of the table `places`; reading and unread_types are known already."""
    picky = bool(store.rows("SELECT 1 AS one FROM unread_types LIMIT 1"))
    attended.prepare(store)
    taken.view(store, is_picky=picky, places=places)
    found = find_all(store, (BEHIND,), _unfiltered(asked))
    rows = _asked_for(store, [row for row in found.rows if isinstance(row, LagRow)], asked)
    rows = taken.with_true_positions(store, rows) if picky else rows
    return attended.with_absence(store, rows, allowed=asked.allowed_lag)


def unattended(store: Store, asked: Asked) -> list[LagRow]:
    """Queues that are known by the figures of their broker only, and that nobody reads."""
    store.execute(GAUGES)
    attended.prepare(store)
    found = find_all(store, (QUEUES,), _unfiltered(asked))
    rows = _asked_for(store, [row for row in found.rows if isinstance(row, LagRow)], asked)
    rows = attended.with_absence(store, with_roles(store, rows), allowed=asked.allowed_lag)
    return [row for row in rows if row.is_unattended and row.role == "group"]


def _unfiltered(asked: Asked) -> Asked:
    """Lag is a matter of now: neither a window nor a limit chooses rows."""
    return replace(asked, window=Window(), channel=None, flow_id=None, limit=0)


def _asked_for(store: Store, rows: Sequence[LagRow], asked: Asked) -> list[LagRow]:
    """The partitions of the channel, and those where the flow has events.

    What is told of a group without a channel ("has no active members") is no place where it reads.
    """
    placed = {row.grp for row in rows if row.channel}
    rows = [row for row in rows if row.channel or row.grp not in placed]
    of_channel = [row for row in rows if asked.channel is None or named(row.channel, asked.channel)]
    if asked.flow_id is None:
        return of_channel
    places = store.rows("SELECT DISTINCT channel, part FROM events WHERE flow_id = ?", [asked.flow_id])
    return [
        row
        for row in of_channel
        if any(named(row.channel, str(name)) and part == row.part for name, part in places)
    ]


def _missing(rows: Sequence[LagRow], found: Found) -> tuple[NotEvaluated, ...]:
    """Where the end of a log is not known, its lag is not evaluated; nor where no group is known at all."""
    unknown = [row for row in rows if row.lag_messages is None]
    places = (f"{row.grp} on {spot(row.channel, row.part, None)}" for row in unknown)
    reasons = tuple(NotEvaluated("lag", f"{place}: where the log ends is not logged") for place in places)
    return reasons if rows else found.missing


def _worst_first(row: LagRow) -> tuple[object, ...]:
    place = (row.grp or "", row.channel or "", -1 if row.part is None else row.part)
    return (row.role != "group", -_rank(row.status), -(row.lag_messages or 0), *place)


def _rank(status: str) -> int:
    return STATUSES.index(status) if status in STATUSES else -1


def _groups(rows: Sequence[LagRow]) -> tuple[GroupLag, ...]:
    """One line per group, the worst first; queues that are no group's to read are none."""
    of_group: dict[str | None, list[LagRow]] = {}
    for row in rows:
        if row.role != "group":
            continue
        of_group.setdefault(row.grp, []).append(row)
    return tuple(_group(name, of) for name, of in of_group.items())


def _group(name: str | None, rows: Sequence[LagRow]) -> GroupLag:
    return GroupLag(
        grp=name,
        status=max((row.status for row in rows), key=_rank),
        partitions=len(rows),
        lag_messages=_sum(row.lag_messages for row in rows),
        max_lag_seconds=max((row.lag_seconds for row in rows if row.lag_seconds is not None), default=None),
        told_at=max((row.told_at for row in rows if row.told_at is not None), default=None),
    )


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
