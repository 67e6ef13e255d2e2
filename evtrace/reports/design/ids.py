"""Which types of events lack the ids and versions that others need?"""

from __future__ import annotations

from evtrace.reports.delivery.analysis import Analysis, Need
from evtrace.reports.design.notes import TypeNote

# An event that begins a flow has no cause to name; one that linking found a cause for has.
_SQL = """
WITH caused AS (
    SELECT DISTINCT c.record_id AS record_id
    FROM stored_edges AS x
    JOIN stored_events AS c ON c.event_no = x.child_no
    WHERE x.rule <> 'E1' AND x.confidence >= 0.9 AND x.rivals = 0
), told AS (
    SELECT e.event_type AS event_type, e.channel AS channel, e.record_id AS record_id, e.ts AS ts,
           CASE WHEN e.correlation_id IS NULL AND e.trace_id IS NULL THEN 1 ELSE 0 END AS no_correlation,
           CASE WHEN e.causation_id IS NULL AND c.record_id IS NOT NULL THEN 1 ELSE 0 END AS no_cause,
           CASE WHEN e.causation_id IS NOT NULL OR c.record_id IS NOT NULL THEN 1 ELSE 0 END AS has_cause,
           CASE WHEN e.schema_ref IS NULL AND e.schema_version IS NULL THEN 1 ELSE 0 END AS no_version
    FROM evidence AS e
    LEFT JOIN caused AS c ON c.record_id = e.record_id
    WHERE e.kind = 'publish' AND e.event_type IS NOT NULL
), counted AS (
    SELECT 'missing_correlation' AS rule, event_type AS event_type, MIN(channel) AS any_channel, COUNT(*) AS events, SUM(no_correlation) AS concerned,
           MIN(CASE WHEN no_correlation = 1 THEN record_id END) AS first_id
    FROM told
    GROUP BY event_type
    UNION ALL
    SELECT 'missing_causation' AS rule, event_type AS event_type, MIN(channel) AS any_channel, SUM(has_cause) AS events, SUM(no_cause) AS concerned,
           MIN(CASE WHEN no_cause = 1 THEN record_id END) AS first_id
    FROM told
    GROUP BY event_type
    UNION ALL
    SELECT 'missing_schema_version' AS rule, event_type AS event_type, MIN(channel) AS any_channel, COUNT(*) AS events, SUM(no_version) AS concerned,
           MIN(CASE WHEN no_version = 1 THEN record_id END) AS first_id
    FROM told
    GROUP BY event_type
)
SELECT c.rule AS rule, '' AS grp, c.any_channel AS channel, -1 AS part, CAST(NULL AS BIGINT) AS pos, e.ts AS seen_at,
       c.first_id AS record_id, c.event_type AS event_type, CAST(c.events AS BIGINT) AS events, CAST(c.concerned AS BIGINT) AS concerned
FROM counted AS c
JOIN evidence AS e ON e.record_id = c.first_id
WHERE c.concerned > 0
"""

IDS = Analysis(
    rules=("missing_correlation", "missing_causation", "missing_schema_version"),
    row=TypeNote,
    sql=_SQL,
    needs=(Need("kind = 'publish' AND event_type IS NOT NULL", "no publish names its type"),),
)
