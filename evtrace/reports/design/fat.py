"""Which events are many times larger than their type usually is?"""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.anomalies import Anomaly
from evtrace.reports.delivery.analysis import Analysis, Need

#: An event is fat from so many times its type's median on, and from so many characters.
_TIMES, _LEAST, _EVENTS = 8, 2_000, 5

# The median by nearest rank. Of the copies of an event, its largest counts: an observer may keep a part only.
_SQL = f"""
WITH copied AS (
    SELECT record_id AS record_id, event_type AS event_type, channel AS channel, part AS part, pos AS pos, ts AS ts,
           LENGTH(payload) AS size,
           ROW_NUMBER() OVER (PARTITION BY event_type, event ORDER BY LENGTH(payload) DESC, record_id) AS copy_no
    FROM announced
    WHERE payload IS NOT NULL
), sized AS (
    SELECT record_id AS record_id, event_type AS event_type, channel AS channel, part AS part, pos AS pos, ts AS ts, size AS size
    FROM copied
    WHERE copy_no = 1
), ranked AS (
    SELECT event_type AS event_type, size AS size, ROW_NUMBER() OVER (PARTITION BY event_type ORDER BY size, record_id) AS place,
           COUNT(*) OVER (PARTITION BY event_type) AS n
    FROM sized
), middle AS (
    SELECT event_type AS event_type, MIN(size) AS median, MAX(n) AS events
    FROM ranked
    WHERE place * 2 >= n AND n >= {_EVENTS}
    GROUP BY event_type
)
SELECT 'fat_event' AS rule, '' AS grp, s.channel AS channel, s.part AS part, s.pos AS pos, s.ts AS seen_at, s.record_id AS record_id,
       s.event_type AS event_type, CAST(s.size AS BIGINT) AS size, CAST(m.median AS BIGINT) AS median
FROM sized AS s
JOIN middle AS m ON m.event_type = s.event_type
WHERE s.size >= {_LEAST} AND s.size >= {_TIMES} * m.median
"""


@dataclass(frozen=True, kw_only=True)
class FatEvent(Anomaly):
    """An event that carries much more than others of its type."""

    size: int  # characters of its payload
    median: int  # of its type

    def told(self) -> str:
        return f"{self.event_type} {self.event_id or ''} carries {self.size:,} characters; half of its type carry {self.median:,} or less"


FAT = Analysis(
    rules=("fat_event",),
    row=FatEvent,
    sql=_SQL,
    needs=(
        Need(
            "kind = 'publish' AND payload IS NOT NULL AND event_type IS NOT NULL",
            "no publish carries a payload and a type",
        ),
    ),
)
