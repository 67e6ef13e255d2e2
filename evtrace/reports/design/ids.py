"""Which types of events lack the ids and versions that others need?"""

from __future__ import annotations

from evtrace.reports.delivery.analysis import Analysis, Need
from evtrace.reports.design.notes import TypeNote

# What any observer tells of an event, it carries. An event that begins a flow has no cause to name; one that linking
# found a cause for has. A message that is published again (D1) is not caused by itself.
_SQL = """
WITH caused AS (
    SELECT DISTINCT c.record_id AS record_id
    FROM stored_edges AS x
    JOIN stored_events AS c ON c.event_no = x.child_no
    WHERE x.rule NOT IN ('E1', 'D1') AND x.confidence >= 0.9 AND x.rivals = 0
), named AS (
    SELECT a.event_type AS event_type, MIN(a.channel) AS any_channel, MIN(a.record_id) AS any_id,
           MAX(CASE WHEN a.correlation_id IS NOT NULL OR a.trace_id IS NOT NULL THEN 1 ELSE 0 END) AS has_correlation,
           MAX(CASE WHEN a.causation_id IS NOT NULL THEN 1 ELSE 0 END) AS names_cause,
           MAX(CASE WHEN c.record_id IS NOT NULL THEN 1 ELSE 0 END) AS is_caused,
           MAX(CASE WHEN a.schema_ref IS NOT NULL OR a.schema_version IS NOT NULL THEN 1 ELSE 0 END) AS has_version
    FROM announced AS a
    LEFT JOIN caused AS c ON c.record_id = a.record_id
    GROUP BY a.event_type, a.event
), told AS (
    SELECT event_type AS event_type, any_channel AS channel, any_id AS record_id, 1 - has_correlation AS no_correlation,
           CASE WHEN names_cause = 0 AND is_caused = 1 THEN 1 ELSE 0 END AS no_cause,
           CASE WHEN names_cause = 1 OR is_caused = 1 THEN 1 ELSE 0 END AS has_cause, 1 - has_version AS no_version
    FROM named
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
