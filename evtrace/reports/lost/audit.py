"""What share of the published messages did each group receive, over time?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from evtrace.reports.delivery.asked import Asked
from evtrace.store import Store

# Counted by the time of the event, as auditors do; slots are counted once, however many dumps show them. What
# lies before a group's first position, and what it does not subscribe to, is not its to receive.
SQL = """
WITH due AS (
    SELECT g.grp AS grp, g.channel AS channel, COALESCE(p.event_ts, p.ts) - COALESCE(p.event_ts, p.ts) % {over_ns} AS bucket_ts,
           SUM(1.0 / COALESCE(b.n, 1)) AS slots
    FROM evidence AS p
    JOIN reading AS g ON g.channel = p.channel AND g.part = p.part AND g.is_logged = 1
    LEFT JOIN busy_slots AS b ON b.channel = p.channel AND b.part = p.part AND b.pos = p.pos
    LEFT JOIN unread_types AS u ON u.grp = g.grp AND u.channel = p.channel AND u.event_type = p.event_type
    WHERE p.kind = 'publish' AND p.pos IS NOT NULL AND u.grp IS NULL AND (g.start_pos IS NULL OR p.pos >= g.start_pos)
      AND COALESCE(p.event_ts, p.ts) IS NOT NULL AND {wanted}
    GROUP BY g.grp, g.channel, COALESCE(p.event_ts, p.ts) - COALESCE(p.event_ts, p.ts) % {over_ns}
), gone AS (
    SELECT g.grp AS grp, g.channel AS channel, COALESCE(p.event_ts, p.ts) - COALESCE(p.event_ts, p.ts) % {over_ns} AS bucket_ts,
           COUNT(*) AS slots
    FROM missing_slots AS m
    JOIN reading AS g ON g.reading_no = m.reading_no
    JOIN evidence AS p ON p.record_id = m.record_id
    WHERE (g.start_pos IS NULL OR m.pos >= g.start_pos) AND {wanted}
    GROUP BY g.grp, g.channel, COALESCE(p.event_ts, p.ts) - COALESCE(p.event_ts, p.ts) % {over_ns}
)
SELECT d.grp AS grp, d.channel AS channel, d.bucket_ts AS bucket_ts, CAST(ROUND(d.slots) AS BIGINT) AS published,
       CAST(ROUND(d.slots) - COALESCE(g.slots, 0) AS BIGINT) AS received
FROM due AS d
LEFT JOIN gone AS g ON g.grp = d.grp AND g.channel = d.channel AND g.bucket_ts = d.bucket_ts
ORDER BY grp, channel, bucket_ts
"""

#: Lengths of buckets that people think in, in seconds; the first that gives few enough is taken.
_LENGTHS = (1, 10, 60, 600, 3600, 21_600, 86_400, 604_800)
_BUCKETS = 60


@dataclass(frozen=True)
class AuditBucket:
    """One stretch of event time."""

    at: int  # its begin
    published: int
    received: int
    share: float


@dataclass(frozen=True)
class Audit:
    """A group on a channel: what was published for it, and what of that it received."""

    grp: str
    channel: str
    published: int
    received: int
    share: float
    over_s: float  # length of a bucket
    below: tuple[AuditBucket, ...]  # the buckets of which something is missing


def audit(store: Store, asked: Asked, over_ns: int | None) -> tuple[Audit, ...]:
    """Count what was published and received per group; buckets are `over_ns` long, or as it suits."""
    length = over_ns or _length(store)
    rows = store.rows(SQL.format(over_ns=length, wanted=_wanted(asked)))
    wanted = [row for row in rows if asked.grp in (None, row[0]) and asked.channel in (None, row[1])]
    return tuple(_audits(wanted, length))


def _wanted(asked: Asked) -> str:
    """SQL: the published message belongs to what is asked for."""
    of_flow = "p.record_id IN (SELECT f.record_id FROM record_flows AS f WHERE f.flow_id = {})"
    wishes = (
        (of_flow, asked.flow_id),
        ("COALESCE(p.event_ts, p.ts) >= {}", asked.window.since),
        ("COALESCE(p.event_ts, p.ts) <= {}", asked.window.until),
    )
    return " AND ".join(text.format(int(value)) for text, value in wishes if value is not None) or "TRUE"


def _length(store: Store) -> int:
    first, last = store.row("SELECT MIN(ts) AS first_ts, MAX(ts) AS last_ts FROM evidence")
    seconds = (last - first) / 1e9 if first is not None else 0
    return next((size for size in _LENGTHS if seconds / size <= _BUCKETS), _LENGTHS[-1]) * 1_000_000_000


def _audits(rows: Sequence[tuple[str, str, int, int, int]], over_ns: int) -> Iterator[Audit]:
    for (grp, channel), group in groupby(rows, key=lambda row: (row[0], row[1])):
        buckets = [AuditBucket(at, due, got, got / due) for _, _, at, due, got in group if due]
        due, got = sum(one.published for one in buckets), sum(one.received for one in buckets)
        short = tuple(one for one in buckets if one.received < one.published)
        yield Audit(grp, channel, due, got, got / due if due else 1.0, over_ns / 1e9, short)
