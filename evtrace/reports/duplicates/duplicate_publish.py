"""Which events stand in more than one slot of their channel?"""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.anomalies import Anomaly
from evtrace.reports.delivery.analysis import Analysis, Need
from evtrace.reports.delivery.words import slot, span, spot, times

_IN_EVENT = "OVER (PARTITION BY channel, event_id ORDER BY slot_ts, part, pos, slot_id)"

# Linking counts the places of each event; here they are told apart by channel. A slot that was received was
# published, so receives count as proof. Republications to retry and dead-letter channels are no duplicates.
# Observers may name one channel differently (a stream, its subject): where the slots tell it, the counts add nothing.
_SQL = f"""
WITH copied AS (
    SELECT DISTINCT e.event_id AS event_id
    FROM event_details AS d
    JOIN record_flows AS f ON f.event_no = d.event_no
    JOIN evidence AS e ON e.record_id = f.record_id
    WHERE d.copies > 1 AND e.event_id IS NOT NULL
), told AS (
    SELECT e.channel AS channel, e.part AS part, e.pos AS pos, e.event_id AS event_id, e.ts AS ts,
           e.record_id AS record_id, e.kind AS kind, e.source_id AS source_id
    FROM evidence AS e
    JOIN copied AS c ON c.event_id = e.event_id
    WHERE e.kind IN ('publish', 'receive') AND e.hop IS NULL
), slot AS (
    SELECT channel AS channel, event_id AS event_id, part AS part, pos AS pos,
           COALESCE(MIN(CASE WHEN kind = 'publish' THEN ts END), MIN(ts)) AS slot_ts,
           COALESCE(MIN(CASE WHEN kind = 'publish' THEN record_id END), MIN(record_id)) AS slot_id
    FROM told
    WHERE pos IS NOT NULL
    GROUP BY channel, event_id, part, pos
), publish AS (
    SELECT channel AS channel, event_id AS event_id, source_id AS source_id, COUNT(*) AS n, MIN(record_id) AS first_id,
           MAX(record_id) AS last_id, MIN(ts) AS first_ts, MAX(ts) AS last_ts
    FROM told
    WHERE kind = 'publish' AND pos IS NULL
    GROUP BY channel, event_id, source_id
), ranked AS (
    SELECT channel AS channel, event_id AS event_id, part AS part, pos AS pos, slot_ts AS ts, slot_id AS record_id,
           COUNT(*) OVER (PARTITION BY channel, event_id) AS copies, ROW_NUMBER() {_IN_EVENT} AS nth,
           LAG(slot_ts) {_IN_EVENT} AS before_ts, LAG(slot_id) {_IN_EVENT} AS before_id,
           LAG(part) {_IN_EVENT} AS before_part, LAG(pos) {_IN_EVENT} AS before_pos
    FROM slot
), placed AS (
    SELECT channel AS channel, event_id AS event_id, part AS part, pos AS pos, ts AS ts, record_id AS record_id,
           copies AS copies, before_ts AS before_ts, before_id AS before_id, before_part AS before_part, before_pos AS before_pos
    FROM ranked
    WHERE nth = 2
), counted AS (
    SELECT channel AS channel, event_id AS event_id, MAX(n) AS copies, MIN(first_ts) AS least_ts, MAX(last_ts) AS most_ts,
           MIN(first_id) AS least_id, MAX(last_id) AS most_id
    FROM publish
    WHERE n > 1
    GROUP BY channel, event_id
), found AS (
    SELECT channel AS channel, event_id AS event_id, part AS part, pos AS pos, ts AS ts, record_id AS record_id,
           copies AS copies, before_ts AS before_ts, before_id AS before_id, before_part AS before_part, before_pos AS before_pos
    FROM placed
    UNION ALL
    SELECT c.channel AS channel, c.event_id AS event_id, -1 AS part, CAST(NULL AS BIGINT) AS pos, c.most_ts AS ts,
           c.most_id AS record_id, c.copies AS copies, c.least_ts AS before_ts, c.least_id AS before_id,
           -1 AS before_part, CAST(NULL AS BIGINT) AS before_pos
    FROM counted AS c
    LEFT JOIN (SELECT DISTINCT event_id AS event_id FROM placed) AS p ON p.event_id = c.event_id
    WHERE p.event_id IS NULL
)
SELECT 'duplicate_publish' AS rule, '' AS grp, f.channel AS channel, f.part AS part, f.pos AS pos, f.event_id AS event_id,
       f.ts AS seen_at, f.record_id AS record_id, f.before_id AS other_id, CAST(f.copies AS BIGINT) AS copies,
       CAST(f.copies - 1 AS BIGINT) AS extra, f.before_ts AS before_at, f.before_part AS before_part, f.before_pos AS before_pos
FROM found AS f
"""


@dataclass(frozen=True, kw_only=True)
class DuplicatePublish(Anomaly):
    """An event that was published again; `part` and `pos` are those of the second copy."""

    copies: int  # slots that hold it
    extra: int  # how many too many
    before_at: int | None  # the first copy
    before_part: int | None
    before_pos: int | None

    def told(self) -> str:
        after = None if self.at is None or self.before_at is None else self.at - self.before_at
        where = slot(self)
        if self.pos is not None:
            part = None if self.before_part == -1 else self.before_part
            where = f"at {spot(self.channel, part, self.before_pos)} and {where}"
        by = f" by {self.service}" if self.service else ""
        apart = f"{span(after)} apart" if after != 0 else "stamped with the same time"
        return f"{self.event_type or 'event'} {self.event_id} was published {times(self.copies)}{by}, {where}, {apart}"


DUPLICATE_PUBLISH = Analysis(
    rules=("duplicate_publish",),
    row=DuplicatePublish,
    sql=_SQL,
    needs=(
        Need("kind = 'publish'", "no publishes are logged"),
        Need("kind = 'publish' AND event_id IS NOT NULL", "publishes name no event id"),
    ),
)
