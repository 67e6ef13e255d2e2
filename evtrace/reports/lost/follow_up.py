"""Which messages were handled without the effect that their kind usually has?"""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.anomalies import Anomaly
from evtrace.reports.delivery.analysis import Analysis, Need
from evtrace.reports.delivery.words import slot

#: An effect is expected where at least this share of so many messages of a type had one. Before repetitions are left
#: out, which is dear, a smaller share is looked at.
_SHARE, _LEAST, _ROUGHLY = 0.95, 20, 0.8

#: So many times as long as the slowest effect took, and at least that of a second, is waited for one.
_PATIENCE, _LEAST_NS = 3, 1_000_000_000

# Learned from the same logs: which service publishes something whenever it handles a message of a type. Failed
# attempts and what was handled shortly before its logs end are left out: three times the slowest effect of its
# kind is waited for, and never longer than asked. Of a message that came twice, by a second publish or a second
# effect of one cause, the first has the effect: the others are left out.
_SQL = f"""
WITH serving AS (
    SELECT service AS service, ROW_NUMBER() OVER (ORDER BY service) AS service_no
    FROM (SELECT DISTINCT service AS service FROM stored_deliveries WHERE service IS NOT NULL) AS known
), sort AS (
    SELECT what AS what, ROW_NUMBER() OVER (ORDER BY what) AS what_no
    FROM (SELECT DISTINCT COALESCE(event_type, channel, '') AS what FROM stored_events WHERE kind = 'message') AS known
), message AS (
    SELECT v.event_no AS event_no, s.what_no AS what_no
    FROM stored_events AS v
    JOIN sort AS s ON s.what = COALESCE(v.event_type, v.channel, '')
    WHERE v.kind = 'message'
), effect AS (
    SELECT x.parent_no AS event_no, s.service_no AS service_no, MIN(c.published_ts) AS effect_ts
    FROM stored_edges AS x
    JOIN stored_events AS c ON c.event_no = x.child_no
    JOIN serving AS s ON s.service = c.service
    WHERE c.kind = 'message'
    GROUP BY x.parent_no, s.service_no
), handled AS (
    SELECT d.event_no AS event_no, s.service_no AS service_no, d.received_ts AS ts, d.delivery_id AS delivery_id
    FROM stored_deliveries AS d
    JOIN serving AS s ON s.service = d.service
    WHERE d.outcome IS NULL OR d.outcome = 'ok'
), fate AS (
    SELECT h.event_no AS event_no, h.service_no AS service, h.ts AS ts, h.delivery_id AS delivery_id, m.what_no AS what,
           CASE WHEN f.event_no IS NULL THEN 0 ELSE 1 END AS has_effect, f.effect_ts - h.ts AS took_ns
    FROM handled AS h
    JOIN message AS m ON m.event_no = h.event_no
    LEFT JOIN effect AS f ON f.event_no = h.event_no AND f.service_no = h.service_no
), habit AS (
    SELECT service AS service, what AS what, COUNT(*) AS n, SUM(has_effect) AS effects, MAX(ts) AS end_ts,
           LEAST({{within_ns}}, {_PATIENCE} * GREATEST(COALESCE(MAX(took_ns), 0), {_LEAST_NS})) AS due_ns
    FROM fate
    GROUP BY service, what
    HAVING COUNT(*) >= {_LEAST} AND SUM(has_effect) >= {_ROUGHLY} * COUNT(*) AND SUM(has_effect) < COUNT(*)
), quiet AS (
    SELECT f.event_no AS event_no, f.service AS service, f.what AS what, f.ts AS ts, f.delivery_id AS delivery_id,
           h.n AS n, h.effects AS effects, h.end_ts - h.due_ns AS until_ts
    FROM fate AS f
    JOIN habit AS h ON h.service = f.service AND h.what = f.what
    WHERE f.has_effect = 0
), elder AS (
    SELECT DISTINCT q.event_no AS event_no
    FROM (SELECT DISTINCT event_no AS event_no FROM quiet) AS q
    JOIN stored_edges AS x ON x.child_no = q.event_no
    JOIN stored_edges AS y ON y.parent_no = x.parent_no AND y.child_no < x.child_no
    JOIN stored_events AS v ON v.event_no = x.child_no
    JOIN stored_events AS w ON w.event_no = y.child_no AND w.event_type = v.event_type AND w.service = v.service
    UNION
    SELECT x.child_no AS event_no FROM stored_edges AS x JOIN quiet AS q ON q.event_no = x.child_no WHERE x.rule = 'D1'
), counted AS (
    SELECT q.service AS service, q.what AS what, MAX(q.effects) AS with_effect,
           MAX(q.n) - SUM(CASE WHEN e.event_no IS NULL THEN 0 ELSE 1 END) AS handled
    FROM quiet AS q
    LEFT JOIN elder AS e ON e.event_no = q.event_no
    GROUP BY q.service, q.what
), barren AS (
    SELECT q.event_no AS event_no, q.service AS service, MAX(q.delivery_id) AS last_delivery, MAX(q.ts) AS handled_ts,
           MAX(q.what) AS any_what, MAX(c.handled) AS any_handled, MAX(c.with_effect) AS any_effects
    FROM quiet AS q
    JOIN counted AS c ON c.service = q.service AND c.what = q.what
    LEFT JOIN elder AS e ON e.event_no = q.event_no
    WHERE e.event_no IS NULL AND q.ts <= q.until_ts AND c.with_effect >= {_SHARE} * c.handled
    GROUP BY q.event_no, q.service
), barren_name AS (
    SELECT b.event_no AS event_no, s.service AS service, t.what AS what, b.last_delivery AS last_delivery, b.handled_ts AS handled_ts,
           b.any_handled AS handled, b.any_effects AS with_effect
    FROM barren AS b
    JOIN serving AS s ON s.service_no = b.service
    JOIN sort AS t ON t.what_no = b.any_what
), failed AS (
    SELECT DISTINCT d.event_no AS event_no, d.service AS service
    FROM stored_deliveries AS d
    JOIN barren_name AS b ON b.event_no = d.event_no AND b.service = d.service
    WHERE d.outcome IN ('error', 'rejected', 'dead_letter')
), done AS (
    SELECT DISTINCT d.event_no AS event_no, d.service AS service
    FROM stored_deliveries AS d
    JOIN barren_name AS b ON b.event_no = d.event_no AND b.service = d.service
    WHERE d.outcome = 'ok'
)
SELECT 'no_follow_up' AS rule, COALESCE(d.grp, '') AS grp, COALESCE(e.channel, '') AS channel, e.part AS part, e.pos AS pos,
       b.handled_ts AS seen_at, d.record_id AS record_id, b.service AS service, b.what AS what,
       CAST(b.handled AS BIGINT) AS handled, CAST(b.with_effect AS BIGINT) AS effects,
       CASE WHEN e.at_broker = 1 AND d.done_ts IS NULL AND d.outcome IS NULL THEN 0 ELSE 1 END AS is_told
FROM barren_name AS b
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
    is_told: bool  # the service says that it had it; else only the broker says that it handed it over

    def told(self) -> str:
        message = f"{self.what} {self.event_id or slot(self)}"
        had = (
            f"{self.service} handled {message}"
            if self.is_told
            else f"{message} was handed to {self.service}, which logged nothing of it"
        )
        return f"{had} and published nothing; it did for {self.effects:,} of {self.handled:,}"


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
