"""Which messages were handled without the effect that their kind usually has?"""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.anomalies import Anomaly
from evtrace.reports.delivery.analysis import Analysis, Need
from evtrace.reports.delivery.words import slot

#: An effect is expected where at least this share of so many messages of a type had one.
_SHARE, _LEAST = 0.95, 20

# Learned from the same logs: which service publishes something whenever it handles a message of a type. Failed
# attempts and what was handled shortly before its logs end are left out.
_SQL = f"""
WITH handled AS (
    SELECT d.event_no AS event_no, d.service AS service, MIN(d.grp) AS any_grp, MAX(d.received_ts) AS ts,
           MAX(d.record_id) AS last_id,
           MAX(CASE WHEN d.outcome IN ('error', 'rejected', 'dead_letter') THEN 1 ELSE 0 END) AS failed,
           MAX(CASE WHEN d.outcome = 'ok' THEN 1 ELSE 0 END) AS done
    FROM stored_deliveries AS d
    WHERE d.service IS NOT NULL
    GROUP BY d.event_no, d.service
), typed AS (
    SELECT h.event_no AS event_no, h.service AS service, h.any_grp AS grp, h.ts AS ts, h.last_id AS record_id,
           COALESCE(v.event_type, v.channel) AS what
    FROM handled AS h
    JOIN events AS v ON v.event_no = h.event_no
    WHERE v.kind = 'message' AND (h.failed = 0 OR h.done = 1)
), effect AS (
    SELECT DISTINCT x.parent_no AS event_no, c.service AS service
    FROM stored_edges AS x
    JOIN events AS c ON c.event_no = x.child_no
    WHERE c.kind = 'message'
), fate AS (
    SELECT t.event_no AS event_no, t.service AS service, t.grp AS grp, t.ts AS ts, t.record_id AS record_id, t.what AS what,
           CASE WHEN f.event_no IS NULL THEN 0 ELSE 1 END AS has_effect
    FROM typed AS t
    LEFT JOIN effect AS f ON f.event_no = t.event_no AND f.service = t.service
), habit AS (
    SELECT service AS service, what AS what, COUNT(*) AS n, SUM(has_effect) AS effects, MAX(ts) AS last_ts
    FROM fate
    GROUP BY service, what
    HAVING COUNT(*) >= {_LEAST} AND SUM(has_effect) >= {_SHARE} * COUNT(*) AND SUM(has_effect) < COUNT(*)
)
SELECT 'no_follow_up' AS rule, COALESCE(f.grp, '') AS grp, COALESCE(e.channel, '') AS channel, e.part AS part, e.pos AS pos,
       f.ts AS seen_at, f.record_id AS record_id, f.service AS service, f.what AS what, CAST(h.n AS BIGINT) AS handled,
       CAST(h.effects AS BIGINT) AS effects
FROM fate AS f
JOIN habit AS h ON h.service = f.service AND h.what = f.what
JOIN evidence AS e ON e.record_id = f.record_id
WHERE f.has_effect = 0 AND f.ts <= h.last_ts - {{within_ns}}
"""


@dataclass(frozen=True, kw_only=True)
class NoFollowUp(Anomaly):
    """A message that was handled and led to nothing, where others of its type do."""

    what: str  # its type
    handled: int  # messages of the type that the service handled
    effects: int  # how many of them led to an event of that service

    def told(self) -> str:
        return (
            f"{self.service} handled {self.what} {self.event_id or slot(self)} and published nothing; "
            f"it did for {self.effects:,} of {self.handled:,}"
        )


FOLLOW_UP = Analysis(
    rules=("no_follow_up",),
    row=NoFollowUp,
    sql=_SQL,
    needs=(
        Need(
            "kind IN ('receive', 'process') AND service IS NOT NULL", "no service is seen to handle messages"
        ),
        Need("kind = 'publish'", "no publishes are logged"),
    ),
)
