"""What does the whole store say? The parts of a report, each from the report that knows it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from evtrace.anomalies import Report
from evtrace.model import NS_PER_S
from evtrace.overview import LagLine, VerdictCount
from evtrace.reports import lag
from evtrace.reports.delivery.asked import Asked
from evtrace.reports.lag.behind import LagRow
from evtrace.reports.lag.status import STATUSES
from evtrace.reports.window import Window
from evtrace.store import Store

#: Stretches of time into which the evidence is cut for lag, and the lengths that are taken, in seconds.
_STRETCHES = 60
_LENGTHS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400, 604_800)

_VERDICTS = """
SELECT COALESCE(verdict, 'not evaluated') AS ending, COUNT(*) AS n
FROM flows
WHERE COALESCE(last_ts >= CAST(? AS BIGINT), TRUE) AND COALESCE(started_ts <= CAST(? AS BIGINT), TRUE)
GROUP BY COALESCE(verdict, 'not evaluated')
ORDER BY n DESC, ending
"""
_SPAN = "SELECT MIN(started_ts) AS since_ts, MAX(last_ts) AS until_ts FROM flows"
_READ = "SELECT COALESCE(SUM(records), 0) AS records, COALESCE(SUM(rejects), 0) AS rejects FROM sources"


def verdicts(store: Store, window: Window) -> tuple[VerdictCount, ...]:
    """How many of the flows that touch the window ended how."""
    return tuple(VerdictCount(*row) for row in store.rows(_VERDICTS, [window.since, window.until]))


def span(store: Store) -> tuple[int | None, int | None]:
    """From when until when the evidence reaches."""
    since, until = store.row(_SPAN)
    return since, until


def read(store: Store) -> tuple[int, int]:
    """Records and rejects."""
    records, rejects = store.row(_READ)
    return int(records), int(rejects)


def lag_lines(store: Store) -> tuple[tuple[LagLine, ...], Report]:
    """Lag by group and channel over time, the worst first; and the report that it is from."""
    found = lag.run(store, Asked(), over_ns=_stretch(*span(store)))
    places: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in found.rows:
        if isinstance(row, LagRow) and row.grp and row.role == "group":
            places[row.grp, row.channel or ""].append(row)
    lines = (_line(grp, channel, rows) for (grp, channel), rows in places.items())
    return tuple(sorted(lines, key=_worst_first)), found


def _stretch(since: int | None, until: int | None) -> int:
    seconds = 0 if since is None or until is None else (until - since) / NS_PER_S / _STRETCHES
    return next((one for one in _LENGTHS_S if one >= seconds), _LENGTHS_S[-1]) * NS_PER_S


def _line(grp: str, channel: str, rows: Sequence[Any]) -> LagLine:
    known = [row.lag_messages for row in rows if row.lag_messages is not None]
    ages = [row.lag_seconds for row in rows if row.lag_seconds is not None]
    return LagLine(
        grp=grp,
        channel=channel,
        status=max((row.status for row in rows), key=_rank),
        lag_messages=sum(known) if known else None,
        lag_seconds=max(ages, default=None),
        points=tuple(_points(rows)),
    )


def _points(rows: Sequence[Any]) -> Iterator[tuple[int, int | None]]:
    """Partitions are told of at times of their own: each counts as it was told last."""
    told = sorted(
        (point.at, number, point.lag_messages) for number, row in enumerate(rows) for point in row.series
    )
    last: dict[int, int | None] = {}
    for place, (at, number, messages) in enumerate(told):
        last[number] = messages
        if place + 1 == len(told) or told[place + 1][0] != at:
            known = [one for one in last.values() if one is not None]
            yield at, sum(known) if known else None


def _worst_first(line: LagLine) -> tuple[object, ...]:
    peak = max((messages or 0 for _, messages in line.points), default=0)
    return (-_rank(line.status), -(line.lag_messages or 0), -peak, line.grp, line.channel)


def _rank(status: str) -> int:
    return STATUSES.index(status) if status in STATUSES else -1
