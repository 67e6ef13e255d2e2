"""Which effects are stamped before their causes?"""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.anomalies import Anomaly
from evtrace.reports.delivery.analysis import Analysis, Need
from evtrace.reports.delivery.words import span
from evtrace.reports.order.bounds import LEAST_NS
from evtrace.reports.order.excuses import EXCUSE

# Causes are trusted where the producer or the tracer names them. Clocks of two hosts are never quite the same, and a
# line is written a little after what it tells: less than that is no finding.
_SQL = f"""
WITH early AS (
    SELECT c.record_id AS record_id, c.published_ts AS ts, c.event_id AS event_id, c.event_type AS event_type,
           p.record_id AS cause_record, p.published_ts AS cause_ts, p.event_id AS cause, p.event_type AS cause_type
    FROM stored_edges AS x
    JOIN stored_events AS p ON p.event_no = x.parent_no
    JOIN stored_events AS c ON c.event_no = x.child_no
    WHERE x.rule IN ('E1', 'E2', 'E3') AND c.published_ts < p.published_ts - {{skew_ns}}
), named AS (
    SELECT record_id AS record_id FROM early
    UNION
    SELECT cause_record AS record_id FROM early
), told AS (
    SELECT e.record_id AS record_id, e.channel AS channel, e.part AS part, e.pos AS pos, e.event_id AS event_id, e.host AS host
    FROM named AS n
    JOIN evidence AS e ON e.record_id = n.record_id
), hosted AS (
    SELECT c.channel AS channel, c.part AS part, c.pos AS pos, y.ts AS ts, y.record_id AS record_id,
           COALESCE(c.event_id, y.event_id) AS event_id, y.event_type AS event_type, COALESCE(p.event_id, y.cause) AS cause,
           y.cause_type AS cause_type, y.cause_ts AS cause_ts, y.cause_record AS cause_record, c.host AS host, p.host AS cause_host
    FROM early AS y
    JOIN told AS c ON c.record_id = y.record_id
    JOIN told AS p ON p.record_id = y.cause_record
), gap AS (
    SELECT record_id AS record_id, host AS host, cause_host AS other, ts AS from_ts, cause_ts AS to_ts
    FROM hosted
), {EXCUSE}
SELECT 'causal_inversion' AS rule, '' AS grp, y.channel AS channel, y.part AS part,
       y.pos AS pos, y.event_id AS event_id, y.event_type AS event_type, y.ts AS seen_at, y.record_id AS record_id, y.cause_record AS other_id, y.cause AS causation_id,
       y.cause_type AS cause_type, y.cause_ts AS cause_at, y.host AS host, y.cause_host AS cause_host,
       COALESCE(x.allowed_ns, 0) / 1000000000.0 AS allowed_s,
       CASE WHEN y.host IS NULL OR y.cause_host IS NULL THEN 2
            WHEN x.allowed_ns > 0 AND x.allowed_ns >= y.cause_ts - y.ts THEN 1
            WHEN y.host <> y.cause_host AND y.cause_ts - y.ts < {LEAST_NS} THEN 1 ELSE 0 END AS excused
FROM hosted AS y
LEFT JOIN excuse AS x ON x.record_id = y.record_id
"""


@dataclass(frozen=True, kw_only=True)
class CausalInversion(Anomaly):
    """An effect that is older than its cause."""

    causation_id: str
    cause_type: str | None
    cause_at: int
    host: str | None  # whose clock stamped the effect, and whose the cause
    cause_host: str | None
    allowed_s: float  # how much the clocks may differ, in seconds

    def told(self) -> str:
        early = self.cause_at - (self.at or 0)
        clocks = f"{self.cause_host} and {self.host}"
        allowed = (
            f"; their clocks explain {span(round(self.allowed_s * 1e9))} of it" if self.allowed_s else ""
        )
        return (
            f"{self.event_type or 'event'} {self.event_id} is stamped {span(early)} before its cause "
            f"{self.cause_type or 'event'} {self.causation_id} (hosts {clocks}){allowed}"
        )


CAUSAL = Analysis(
    rules=("causal_inversion",),
    row=CausalInversion,
    sql=_SQL,
    needs=(
        Need("kind = 'publish'", "no publishes are logged"),
        Need("causation_id IS NOT NULL", "no record names its cause"),
    ),
)
