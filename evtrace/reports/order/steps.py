"""Where does the clock of a host go back from one line to the next?"""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.store import Store

#: Threads that write side by side swap lines by less than this.
_LEAST_NS = 1_000_000_000

#: A file that is not written in the order of time says nothing about steps: one fall in so many lines.
_RARE = 200

# A file begins anew where it is rotated or merged, so only hosts of which falls are rare are believed.
SQL = f"""
WITH walked AS (
    SELECT source_id AS source_id, host AS host, record_id AS record_id, ts AS ts,
           LAG(ts) OVER (PARTITION BY source_id, host ORDER BY record_id) AS before_ts,
           LAG(record_id) OVER (PARTITION BY source_id, host ORDER BY record_id) AS before_id
    FROM evidence
    WHERE side = 1 AND host IS NOT NULL AND ts IS NOT NULL
), fall AS (
    SELECT source_id AS source_id, host AS host, record_id AS record_id, ts AS ts, before_ts AS before_ts, before_id AS before_id
    FROM walked
    WHERE ts < before_ts - {_LEAST_NS}
), many AS (
    SELECT f.source_id AS source_id, f.host AS host, COUNT(*) AS falls
    FROM fall AS f
    GROUP BY f.source_id, f.host
), size AS (
    SELECT e.source_id AS source_id, e.host AS host, COUNT(*) AS n
    FROM evidence AS e
    JOIN many AS m ON m.source_id = e.source_id AND m.host = e.host
    GROUP BY e.source_id, e.host
)
SELECT f.host AS host, f.before_ts AS before_ts, f.ts AS after_ts, f.before_id AS before_id, f.record_id AS after_id
FROM fall AS f
JOIN many AS m ON m.source_id = f.source_id AND m.host = f.host
JOIN size AS s ON s.source_id = f.source_id AND s.host = f.host
WHERE m.falls = 1 OR m.falls * {_RARE} <= s.n
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
    return tuple(Step(*row) for row in store.rows(SQL))
