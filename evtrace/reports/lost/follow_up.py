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
WITH effect AS (
    SELECT DISTINCT x.parent_no AS event_no, c.service AS service
    FROM stored_edges AS x
    JOIN stored_events AS c ON c.event_no = x.child_no
    WHERE c.kind = 'message' AND c.service IS NOT NULL
), fate AS (
    SELECT d.event_no AS event_no, d.service AS service, d.received_ts AS ts, d.delivery_id AS delivery_id,
           COALESCE(v.event_type, v.channel) AS what, CASE WHEN f.event_no IS NULL THEN 0 ELSE 1 END AS has_effect
    FROM stored_deliveries AS d
    JOIN stored_events AS v ON v.event_no = d.event_no
    LEFT JOIN effect AS f ON f.event_no = d.event_no AND f.service = d.service
    WHERE d.service IS NOT NULL AND v.kind = 'message' AND (d.outcome IS NULL OR d.outcome = 'ok')
), habit AS (
    SELECT service AS service, what AS what, COUNT(*) AS n, SUM(has_effect) AS effects, MAX(ts) AS end_ts
    FROM fate
    GROUP BY service, what
    HAVING COUNT(*) >= {_LEAST} AND SUM(has_effect) >= {_SHARE} * COUNT(*) AND SUM(has_effect) < COUNT(*)
), barren AS (
    SELECT f.event_no AS event_no, f.service AS service, MAX(f.delivery_id) AS last_delivery, MAX(f.ts) AS handled_ts,
           MAX(f.what) AS any_what, MAX(h.n) AS handled, MAX(h.effects) AS with_effect
    FROM fate AS f
    JOIN habit AS h ON h.service = f.service AND h.what = f.what
    WHERE f.has_effect = 0 AND f.ts <= h.end_ts - {{within_ns}}
    GROUP BY f.event_no, f.service
), failed AS (
    SELECT DISTINCT d.event_no AS event_no, d.service AS service
    FROM stored_deliveries AS d
    JOIN barren AS b ON b.event_no = d.event_no AND b.service = d.service
    WHERE d.outcome IN ('error', 'rejected', 'dead_letter')
), done AS (
    SELECT DISTINCT d.event_no AS event_no, d.service AS service
    FROM stored_deliveries AS d
    JOIN barren AS b ON b.event_no = d.event_no AND b.service = d.service
    WHERE d.outcome = 'ok'
)
SELECT 'no_follow_up' AS rule, COALESCE(d.grp, '') AS grp, COALESCE(e.channel, '') AS channel, e.part AS part, e.pos AS pos,
       b.handled_ts AS seen_at, d.record_id AS record_id, b.service AS service, b.any_what AS what,
       CAST(b.handled AS BIGINT) AS handled, CAST(b.with_effect AS BIGINT) AS effects
FROM barren AS b
JOIN stored_deliveries AS d ON d.delivery_id = b.last_delivery AND d.event_no = b.event_no
JOIN evidence AS e ON e.record_id = d.record_id
LEFT JOIN failed AS x ON x.event_no = b.event_no AND x.service = b.service
LEFT JOIN done AS k ON k.event_no = b.event_no AND k.service = b.service
WHERE x.event_no IS NULL OR k.event_no IS NOT NULL
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
