"""The chosen flows as activities of a process: what was announced, what was handled by whom, what was done."""

from __future__ import annotations

from evtrace.bridges import spans
from evtrace.store import Store

#: What has no time cannot be placed in a process.
_ACTIVITIES = """
CREATE OR REPLACE TEMP TABLE activities AS
WITH causes AS (
    SELECT child_no, array_to_string(list(parent_event_id ORDER BY confidence DESC, parent_no), ' ') AS caused_by
    FROM (
        SELECT child_no, parent_no, MIN(parent_event_id) AS parent_event_id, MAX(confidence) AS confidence
        FROM edges
        WHERE flow_id IN (SELECT flow_id FROM chosen_flows)
        GROUP BY child_no, parent_no
    ) AS e
    GROUP BY child_no
)
SELECT t.node AS node, t.no AS no, t.flow_id AS flow_id, t.record_id AS record_id,
       CASE t.node WHEN 'event' THEN 'e' ELSE 'd' END || t.no AS activity_id,
       COALESCE(t.event_type, t.channel, 'event')
       || CASE WHEN t.node = 'delivery' THEN ' → ' || COALESCE(t.grp, t.service, 'reader') ELSE '' END AS activity,
       COALESCE(t.start_ts, t.end_ts) AS began_ts, t.end_ts AS ended_ts,
       t.service AS service, t.instance AS instance, t.grp AS grp, t.channel AS channel, t.part AS part, t.pos AS pos,
       t.event_id AS event_id, t.attempt AS attempt, t.outcome AS outcome, t.error AS error,
       CASE t.node WHEN 'event' THEN c.caused_by ELSE t.event_id END AS caused_by
FROM things AS t
LEFT JOIN causes AS c ON t.node = 'event' AND c.child_no = t.no
WHERE COALESCE(t.start_ts, t.end_ts) IS NOT NULL
"""


def prepare(store: Store) -> None:
    """Make the table `activities` of the chosen flows, and the table `traces`."""
    spans.begin(store)
    store.execute(_ACTIVITIES)


def moment(ns: str) -> str:
    """SQL: nanoseconds as RFC 3339 in UTC with all nine digits, as JSON text."""
    return f"'\"' || strftime(make_timestamp(({ns}) // 1000), '%Y-%m-%dT%H:%M:%S.') || lpad(CAST(({ns}) % 1000000000 AS VARCHAR), 9, '0') || 'Z\"'"
