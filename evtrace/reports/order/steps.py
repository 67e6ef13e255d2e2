"""Where does the clock of a host go back from one line to the next?"""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.model import NS_PER_S
from evtrace.store import Store

#: Threads that write side by side swap lines by less than this.
_LEAST_NS = 1_000_000_000

#: A file that is not written in the order of time says nothing about steps: one fall in so many lines.
_RARE = 200

#: Lines are looked at one by one only where a bucket of them holds a fall. Buckets are to last half a second,
#: so that they do not hold one by their mere length, within these bounds.
_BUCKET_S, _BUCKETS = 0.5, (16, 65_536)

# A span is written when it ends, and stamped with its begin. A file begins anew where it is rotated or merged, so only hosts of which falls are rare are believed.
SQL = f"""
WITH line AS (
    SELECT source_id AS source_id, host AS host, record_id AS record_id, record_id - record_id % {{bucket}} AS bucket, ts AS ts
    FROM evidence
    WHERE side = 1 AND host IS NOT NULL AND ts IS NOT NULL AND end_ts IS NULL
), bucket_span AS (
    SELECT source_id AS source_id, record_id - record_id % {{bucket}} AS bucket, MIN(ts) AS low_ts, MAX(ts) AS high_ts
    FROM evidence
    WHERE ts IS NOT NULL
    GROUP BY source_id, record_id - record_id % {{bucket}}
), beside AS (
    SELECT source_id AS source_id, bucket AS bucket, low_ts AS low_ts, high_ts AS high_ts,
           LAG(bucket) OVER (PARTITION BY source_id ORDER BY bucket) AS before_bucket,
           LAG(high_ts) OVER (PARTITION BY source_id ORDER BY bucket) AS before_high_ts
    FROM bucket_span
), suspect AS (
    SELECT source_id AS source_id, bucket AS bucket, before_bucket AS before_bucket
    FROM beside
    WHERE low_ts < GREATEST(high_ts, COALESCE(before_high_ts, high_ts)) - {_LEAST_NS}
), near AS (
    SELECT source_id AS source_id, bucket AS bucket FROM suspect
    UNION
    SELECT source_id AS source_id, before_bucket AS bucket FROM suspect WHERE before_bucket IS NOT NULL
), walked AS (
    SELECT l.source_id AS source_id, l.host AS host, l.record_id AS record_id, l.ts AS ts, l.bucket AS bucket,
           LAG(l.ts) OVER (PARTITION BY l.source_id, l.host ORDER BY l.record_id) AS before_ts,
           LAG(l.record_id) OVER (PARTITION BY l.source_id, l.host ORDER BY l.record_id) AS before_id,
           LAG(l.bucket) OVER (PARTITION BY l.source_id, l.host ORDER BY l.record_id) AS last_bucket
    FROM line AS l
    JOIN near AS s ON s.source_id = l.source_id AND s.bucket = l.bucket
), fall AS (
    SELECT w.source_id AS source_id, w.host AS host, w.record_id AS record_id, w.ts AS ts, w.before_ts AS before_ts, w.before_id AS before_id
    FROM walked AS w
    JOIN suspect AS s ON s.source_id = w.source_id AND s.bucket = w.bucket
    WHERE w.ts < w.before_ts - {_LEAST_NS} AND (w.last_bucket = w.bucket OR w.last_bucket = s.before_bucket)
), many AS (
    SELECT source_id AS source_id, host AS host, COUNT(*) AS falls FROM fall GROUP BY source_id, host
), size AS (
    SELECT l.source_id AS source_id, l.host AS host, COUNT(*) AS lines
    FROM line AS l
    JOIN many AS m ON m.source_id = l.source_id AND m.host = l.host
    GROUP BY l.source_id, l.host
)
SELECT f.host AS host, f.before_ts AS before_ts, f.ts AS after_ts, f.before_id AS before_id, f.record_id AS after_id
FROM fall AS f
JOIN many AS m ON m.source_id = f.source_id AND m.host = f.host
JOIN size AS s ON s.source_id = f.source_id AND s.host = f.host
WHERE m.falls = 1 OR m.falls * {_RARE} <= s.lines
ORDER BY f.host, f.ts, f.record_id
"""


@dataclass(frozen=True)
class Step:
    """A clock that went back between two lines of one file."""

    host: str
    before_ts: int
    after_ts: int
    before_id: int
    after_id: int

    @property
    def back_ns(self) -> int:
        return self.before_ts - self.after_ts


def steps(store: Store) -> tuple[Step, ...]:
    """Find the steps back that the lines of a host themselves show."""
    return tuple(Step(*row) for row in store.rows(SQL.format(bucket=_bucket(store))))


def _bucket(store: Store) -> int:
    lines, first, last = store.row(
        "SELECT COUNT(*) AS n, MIN(ts) AS first_ts, MAX(ts) AS last_ts FROM evidence"
    )
    seconds = (last - first) / NS_PER_S if lines and last is not None else 0
    least, most = _BUCKETS
    return max(least, min(most, int(lines / seconds * _BUCKET_S))) if seconds else least
