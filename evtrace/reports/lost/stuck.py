"""Which groups stand still in front of messages that they should read?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from evtrace.anomalies import Anomaly
from evtrace.reports import lag
from evtrace.reports.delivery.analysis import Found
from evtrace.reports.delivery.asked import Asked
from evtrace.reports.delivery.rules import BY_ID
from evtrace.reports.delivery.words import counted, reader, span, spot
from evtrace.reports.lag.behind import LagRow
from evtrace.store import Store

#: Fewer positions than this prove no habit, so that standing still means nothing.
_LEAST = {"STOP": 3, "STALL": 3, "REWIND": 2}

#: Partitions of which a group has not reached the end.
PLACES = """
SELECT DISTINCT g.channel AS channel, g.part AS part
FROM missing_slots AS m
JOIN reading AS g ON g.reading_no = m.reading_no
WHERE g.passed IS NULL OR m.pos > g.passed
"""


@dataclass(frozen=True, kw_only=True)
class Stuck(Anomaly):
    """A partition that does not move; `at` is when its position was told last."""

    status: str  # Burrow's: STOP, STALL or REWIND; WAITING where only the age of the oldest message says so
    lag_messages: int
    lag_seconds: float | None
    position: int | None
    is_unattended: bool  # its broker says that nobody reads

    def told(self) -> str:
        age = "" if self.lag_seconds is None else f", the oldest for {span(round(self.lag_seconds * 1e9))}"
        stands = (
            "still"
            if self.position is None
            else f"at {self.position} of {spot(self.channel, self.part, None)}"
        )
        why = "; nobody reads, as its broker says" if self.is_unattended else ""
        return f"{reader(self)} stands {stands} ({self.status}): {counted(self.lag_messages, 'message')} waiting{age}{why}"


def find(store: Store, asked: Asked) -> Found:
    """Ask of the partitions with something unread whether their groups still move, and of queues who reads them."""
    store.execute(f"CREATE OR REPLACE TEMP TABLE waiting_places AS {PLACES}")
    rows = lag.unattended(store, asked) if _any(store, "records WHERE kind = 'gauge'") else []
    if _any(store, "waiting_places"):
        rows += lag.standing(store, asked, places="waiting_places")
    found = _stuck(rows, asked)
    return Found(tuple(found), Counter((row.rule, row.severity) for row in found))


def _any(store: Store, what: str) -> bool:
    return bool(store.rows(f"SELECT 1 AS one FROM {what} LIMIT 1"))


def _stuck(rows: Sequence[LagRow], asked: Asked) -> list[Stuck]:
    return [_row(row, asked) for row in rows if row.lag_messages and (_stands(row) or _waits(row, asked))]


def _stands(row: LagRow) -> bool:
    return row.is_unattended or row.points >= _LEAST.get(row.status, 1 << 30)


def _waits(row: LagRow, asked: Asked) -> bool:
    return (
        asked.stuck_ns is not None and row.lag_seconds is not None and row.lag_seconds * 1e9 > asked.stuck_ns
    )


def _row(row: LagRow, asked: Asked) -> Stuck:
    return Stuck(
        rule="stuck",
        severity=BY_ID["stuck"].severity,
        grp=row.grp,
        channel=row.channel,
        part=row.part,
        pos=row.position,
        at=row.moved_at,
        record_ids=row.record_ids,
        status=row.status if _stands(row) else "WAITING",
        lag_messages=row.lag_messages or 0,
        lag_seconds=row.lag_seconds,
        position=row.position,
        is_unattended=row.is_unattended,
    )
