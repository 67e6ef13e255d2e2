"""Which slots did a group get after later ones of the same partition?"""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.anomalies import Anomaly
from evtrace.reports.delivery.analysis import Analysis, Need
from evtrace.reports.delivery.words import reader, slot, span
from evtrace.reports.order.excuses import EXCUSE
from evtrace.reports.order.running import Stream, below_maximum, falls

_READ = Stream(
    source="evidence AS e WHERE e.kind = 'receive' AND e.pos IS NOT NULL AND e.ts IS NOT NULL",
    stream=("grp", "channel", "part", "side"),
    order=("ts", "record_id"),
    bucket="ts - ts % 1000000000",
    value="pos",
)

#: Positions that fall from one receive to the next.
RECEIVE_FALLS = falls(_READ)

# Broker and service have their own clocks, so each side is looked at alone. A slot that was received before is a
# redelivery, not an inversion; an observer that missed the first receive is not believed.
_SQL = f"""
WITH {below_maximum(_READ, fallen="receive_falls")}, low AS (
    SELECT e.record_id AS record_id, e.ts AS ts, e.grp AS grp, e.channel AS channel, e.part AS part, e.pos AS pos,
           e.side AS side, e.host AS host, b.highest AS maximum
    FROM below AS b
    JOIN evidence AS e ON e.record_id = b.record_id
), known AS (
    SELECT l.record_id AS record_id, MIN(CASE WHEN e.side = l.side THEN e.ts END) AS own_ts,
           MIN(CASE WHEN e.side <> l.side THEN e.ts END) AS other_ts
    FROM low AS l
    JOIN evidence AS e
      ON e.kind = 'receive' AND e.grp = l.grp AND e.channel = l.channel AND e.part = l.part AND e.pos = l.pos
         AND e.record_id <> l.record_id
    GROUP BY l.record_id
), first_low AS (
    SELECT l.record_id AS record_id, l.ts AS ts, l.grp AS grp, l.channel AS channel, l.part AS part, l.pos AS pos,
           l.side AS side, l.host AS host, l.maximum AS maximum,
           ROW_NUMBER() OVER (PARTITION BY l.grp, l.channel, l.part, l.pos ORDER BY l.ts, l.record_id) AS copy
    FROM low AS l
    LEFT JOIN known AS k ON k.record_id = l.record_id
    WHERE (k.own_ts IS NULL OR k.own_ts >= l.ts) AND k.other_ts IS NULL
), later AS (
    SELECT f.record_id AS record_id, MIN(e.record_id) AS other_id, MIN(e.ts) AS first_ts, MIN(e.host) AS first_host
    FROM first_low AS f
    JOIN evidence AS e
      ON e.kind = 'receive' AND e.grp = f.grp AND e.channel = f.channel AND e.part = f.part AND e.side = f.side
         AND e.pos = f.maximum AND e.ts <= f.ts
    WHERE f.copy = 1
    GROUP BY f.record_id
), gap AS (
    SELECT f.record_id AS record_id, l.first_host AS host, f.host AS other, l.first_ts AS from_ts, f.ts AS to_ts
    FROM first_low AS f
    JOIN later AS l ON l.record_id = f.record_id
), {EXCUSE}
SELECT 'consumption_inversion' AS rule, f.grp AS grp, f.channel AS channel, f.part AS part, f.pos AS pos,
       f.ts AS seen_at, f.record_id AS record_id, l.other_id AS other_id, f.maximum AS before_pos, l.first_ts AS before_at,
       f.host AS host, l.first_host AS before_host,
       CASE WHEN x.allowed_ns > 0 AND x.allowed_ns >= f.ts - l.first_ts THEN 1 ELSE 0 END AS excused
FROM first_low AS f
LEFT JOIN later AS l ON l.record_id = f.record_id
LEFT JOIN excuse AS x ON x.record_id = f.record_id
WHERE f.copy = 1
"""


@dataclass(frozen=True, kw_only=True)
class ConsumptionInversion(Anomaly):
    """A slot that was first received after a later one."""

    before_pos: int  # the highest slot received before
    before_at: int | None
    host: str | None  # who received it, and who the later one
    before_host: str | None

    def told(self) -> str:
        after = None if self.at is None or self.before_at is None else self.at - self.before_at
        return f"{reader(self)} got {slot(self)} {span(after)} after it got position {self.before_pos}"


CONSUMPTION = Analysis(
    rules=("consumption_inversion",),
    row=ConsumptionInversion,
    sql=_SQL,
    needs=(
        Need("kind = 'receive'", "no receives are logged"),
        Need("kind = 'receive' AND pos IS NOT NULL", "receives name no positions"),
        Need("kind = 'receive' AND pos IS NOT NULL AND ts IS NOT NULL", "receives name no time"),
    ),
)
