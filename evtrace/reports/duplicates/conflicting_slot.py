"""Which slots hold different events?"""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.anomalies import Anomaly
from evtrace.reports.delivery.analysis import Analysis, Need
from evtrace.reports.delivery.words import slot

# Two publishes of one slot conflict where their ids differ. A receive conflicts with the publish of its slot
# only where its id is one that was published elsewhere in the channel: services may name messages in their own way.
_SQL = """
WITH busy AS (
    SELECT channel AS channel, part AS part, pos AS pos
    FROM evidence
    WHERE kind = 'publish' AND pos IS NOT NULL
    GROUP BY channel, part, pos
    HAVING COUNT(*) > 1
), copied AS (
    SELECT DISTINCT e.event_id AS event_id
    FROM event_details AS d
    JOIN record_flows AS f ON f.event_no = d.event_no
    JOIN evidence AS e ON e.record_id = f.record_id
    WHERE d.copies > 1 AND e.event_id IS NOT NULL
), moved AS (
    SELECT r.channel AS channel, r.part AS part, r.pos AS pos, r.event_id AS event_id, MIN(r.ts) AS least_ts,
           MIN(r.record_id) AS least_id
    FROM evidence AS r
    JOIN copied AS c ON c.event_id = r.event_id
    WHERE r.kind = 'receive' AND r.pos IS NOT NULL
    GROUP BY r.channel, r.part, r.pos, r.event_id
), known AS (
    SELECT DISTINCT p.channel AS channel, p.event_id AS event_id
    FROM evidence AS p
    JOIN copied AS c ON c.event_id = p.event_id
    WHERE p.kind = 'publish'
), holder AS (
    SELECT p.channel AS channel, p.part AS part, p.pos AS pos, p.event_id AS event_id, p.ts AS ts, p.record_id AS record_id
    FROM evidence AS p
    JOIN busy AS b ON b.channel = p.channel AND b.part = p.part AND b.pos = p.pos
    WHERE p.kind = 'publish' AND p.event_id IS NOT NULL
    UNION ALL
    SELECT p.channel AS channel, p.part AS part, p.pos AS pos, p.event_id AS event_id, p.ts AS ts, p.record_id AS record_id
    FROM evidence AS p
    JOIN (SELECT DISTINCT channel AS channel, part AS part, pos AS pos FROM moved) AS m
      ON m.channel = p.channel AND m.part = p.part AND m.pos = p.pos
    WHERE p.kind = 'publish' AND p.event_id IS NOT NULL
    UNION ALL
    SELECT m.channel AS channel, m.part AS part, m.pos AS pos, m.event_id AS event_id, m.least_ts AS ts,
           m.least_id AS record_id
    FROM moved AS m
    JOIN known AS k ON k.channel = m.channel AND k.event_id = m.event_id
), slot AS (
    SELECT channel AS channel, part AS part, pos AS pos, MIN(event_id) AS low_event_id, MAX(event_id) AS high_event_id,
           COUNT(DISTINCT event_id) AS events, MAX(ts) AS last_ts
    FROM holder
    GROUP BY channel, part, pos
    HAVING MIN(event_id) <> MAX(event_id)
), proof AS (
    SELECT s.channel AS channel, s.part AS part, s.pos AS pos, s.low_event_id AS low_event_id, s.high_event_id AS high_event_id,
           s.events AS events, s.last_ts AS last_ts, MIN(CASE WHEN h.event_id = s.low_event_id THEN h.record_id END) AS low_id,
           MIN(CASE WHEN h.event_id = s.high_event_id THEN h.record_id END) AS high_id
    FROM slot AS s
    JOIN holder AS h ON h.channel = s.channel AND h.part = s.part AND h.pos = s.pos
    GROUP BY s.channel, s.part, s.pos, s.low_event_id, s.high_event_id, s.events, s.last_ts
)
SELECT 'conflicting_slot' AS rule, '' AS grp, channel AS channel, part AS part, pos AS pos, low_event_id AS event_id,
       last_ts AS seen_at, low_id AS record_id, high_id AS other_id, high_event_id AS other_event_id, events AS events
FROM proof
"""


@dataclass(frozen=True, kw_only=True)
class ConflictingSlot(Anomaly):
    """A slot with two contents."""

    other_event_id: str
    events: int  # distinct events told to lie there

    def told(self) -> str:
        more = f" and {self.events - 2:,} more" if self.events > 2 else ""
        return (
            f"{slot(self)} is said to hold both {self.event_id} and {self.other_event_id}{more}: the channel was made "
            "again, or two clusters are mixed in this store"
        )


CONFLICTING_SLOT = Analysis(
    rules=("conflicting_slot",),
    row=ConflictingSlot,
    sql=_SQL,
    needs=(
        Need("kind = 'publish'", "no publishes are logged"),
        Need("kind = 'publish' AND pos IS NOT NULL", "publishes name no positions"),
        Need("kind = 'publish' AND event_id IS NOT NULL", "publishes name no event id"),
    ),
)
