"""Which events are older than one that is stored before them?"""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.anomalies import Anomaly
from evtrace.reports.delivery.analysis import Analysis, Need
from evtrace.reports.delivery.words import slot, span
from evtrace.reports.order.excuses import EXCUSE
from evtrace.reports.order.running import Stream, below_maximum, falls

_STORED = Stream(
    source="evidence AS e WHERE e.kind = 'publish' AND e.pos IS NOT NULL AND e.event_ts IS NOT NULL",
    stream=("channel", "part"),
    order=("pos", "event_ts"),
    bucket="pos - pos % 256",
    value="event_ts",
)

#: Event times that fall from one slot to the next.
STORED_FALLS = falls(_STORED)

_EXCUSED = "CASE WHEN x.allowed_ns > 0 AND x.allowed_ns >= l.newest_ts - l.event_ts THEN 1 ELSE 0 END"

# A slot that two dumps show is one slot. The event time is stamped by the producer, whoever tells of it.
_SQL = f"""
WITH {below_maximum(_STORED, fallen="stored_falls", bound="{bound_ns}")}, late AS (
    SELECT e.channel AS channel, e.part AS part, e.pos AS pos, e.ts AS seen_at, e.record_id AS record_id,
           e.event_ts AS event_ts, b.highest AS newest_ts,
           ROW_NUMBER() OVER (PARTITION BY e.channel, e.part, e.pos ORDER BY e.record_id) AS copy
    FROM below AS b
    JOIN evidence AS e ON e.record_id = b.record_id
), newest AS (
    SELECT l.record_id AS record_id, MIN(e.record_id) AS other_id
    FROM late AS l
    JOIN evidence AS e
      ON e.channel = l.channel AND e.part = l.part AND e.event_ts = l.newest_ts AND e.pos < l.pos AND e.kind = 'publish'
    WHERE l.copy = 1
    GROUP BY l.record_id
), stamp AS (
    SELECT w.record_id AS record_id, MIN(COALESCE(v.instance, v.service)) AS host
    FROM (
        SELECT record_id AS record_id FROM late WHERE copy = 1
        UNION
        SELECT other_id AS record_id FROM newest
    ) AS w
    JOIN record_flows AS f ON f.record_id = w.record_id
    JOIN events AS v ON v.event_no = f.event_no
    GROUP BY w.record_id
), gap AS (
    SELECT l.record_id AS record_id, a.host AS host, z.host AS other, l.event_ts AS from_ts,
           l.newest_ts AS to_ts
    FROM late AS l
    JOIN newest AS n ON n.record_id = l.record_id
    JOIN stamp AS a ON a.record_id = l.record_id
    JOIN stamp AS z ON z.record_id = n.other_id
    WHERE l.copy = 1
), {EXCUSE}
SELECT 'event_time_inversion' AS rule, '' AS grp, l.channel AS channel, l.part AS part, l.pos AS pos,
       l.seen_at AS seen_at, l.record_id AS record_id, n.other_id AS other_id, l.event_ts AS event_ts,
       l.newest_ts AS newest_ts, (l.newest_ts - l.event_ts) / 1000000000.0 AS late_s,
       MAX(l.newest_ts - l.event_ts) OVER (PARTITION BY {_EXCUSED}) / 1000000000.0 AS largest_s, {_EXCUSED} AS excused
FROM late AS l
LEFT JOIN newest AS n ON n.record_id = l.record_id
LEFT JOIN excuse AS x ON x.record_id = l.record_id
WHERE l.copy = 1
"""


@dataclass(frozen=True, kw_only=True)
class EventTimeInversion(Anomaly):
    """An event stored after a younger one."""

    event_ts: int
    newest_ts: int  # the youngest event stored before it
    late_s: float  # how far it is behind that, in seconds
    largest_s: float  # how far the latest of all is behind: a --bound that forgives them all

    def told(self) -> str:
        return f"{slot(self)} happened {span(self.newest_ts - self.event_ts)} before an event that is stored before it"


EVENT_TIME = Analysis(
    rules=("event_time_inversion",),
    row=EventTimeInversion,
    sql=_SQL,
    needs=(
        Need("kind = 'publish'", "no publishes are logged"),
        Need("kind = 'publish' AND event_ts IS NOT NULL", "publishes name no event time"),
        Need("kind = 'publish' AND pos IS NOT NULL", "publishes name no positions"),
    ),
)
