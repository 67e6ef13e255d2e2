"""Candidates for a cause: everything in a flow that departs from a flow that went well."""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.store import Store

#: What a candidate can be, in the order in which it makes a verdict.
DEAD_LETTER, HANDLER_ERROR, OPERATION, LOG = "dead_letter", "handler_error", "operation", "log"
REJECTED, LOST, WAITING, UNSEEN = "rejected", "lost", "waiting", "unseen"

FAILING = (DEAD_LETTER, HANDLER_ERROR, OPERATION, LOG, REJECTED)

#: A type that ends so announces a refusal of the business, not a fault of the machine.
_REFUSALS = ("declined", "rejected", "failed", "refused", "denied")
_REFUSED = " OR ".join(
    f"LOWER(e.event_type) LIKE '%{word}{tail}'" for word in _REFUSALS for tail in ("", "event")
)


@dataclass(frozen=True)
class Problem:
    """One candidate. `repaired`: a later attempt went well, so it is context."""

    flow_id: int
    what: str
    event_no: int | None
    delivery_id: int | None
    record_id: int | None
    at: int | None
    service: str | None
    grp: str | None
    words: str | None
    repaired: bool
    share: float | None  # of the reader expected: how much of such events it read elsewhere
    watermark: int | None  # where that reader's evidence ends


_DELIVERIES = """
failed_events AS (
    SELECT DISTINCT d.event_no FROM stored_deliveries AS d
    WHERE d.outcome IN ('error', 'rejected', 'dead_letter') AND {scope}
), tries AS (
    SELECT d.flow_id, d.event_no, d.delivery_id, d.record_id, d.service, d.grp, d.outcome, d.error, d.done_ts,
           d.received_ts, COALESCE(d.grp, d.service) AS reader,
           ROW_NUMBER() OVER (
               PARTITION BY d.event_no, COALESCE(d.grp, d.service)
               ORDER BY COALESCE(d.attempt, 1) DESC, COALESCE(d.done_ts, d.received_ts) DESC, d.delivery_id DESC
           ) AS from_last
    FROM stored_deliveries AS d
    JOIN failed_events AS b ON b.event_no = d.event_no
    WHERE {scope}
), ends AS (
    SELECT event_no, reader, outcome FROM tries WHERE from_last = 1
), failed_tries AS (
    SELECT t.flow_id, CASE WHEN t.outcome = 'dead_letter' THEN 'dead_letter' ELSE 'handler_error' END AS what,
           t.event_no, t.delivery_id, t.record_id, COALESCE(t.done_ts, t.received_ts) AS seen_ts, t.service, t.grp,
           t.error AS words, COALESCE(e.outcome, 'open') NOT IN ('error', 'rejected', 'dead_letter') AS repaired
    FROM tries AS t
    JOIN ends AS e ON e.event_no = t.event_no AND COALESCE(e.reader, '') = COALESCE(t.reader, '')
    WHERE t.outcome IN ('error', 'rejected', 'dead_letter')
)"""

_WORK = """
loud AS (
    SELECT f.flow_id, f.event_no, r.record_id, r.ts, r.service, COALESCE(r.error, r.message) AS words
    FROM records AS r
    JOIN record_flows AS f ON f.record_id = r.record_id
    WHERE r.level IN ('error', 'fatal') AND r.kind IN ('log', 'process') AND {loud_scope}
), work AS (
    SELECT e.flow_id, e.event_no, e.service, e.event_type, e.published_ts, e.record_id, x.outcome, x.error,
           l.record_id AS loud_id, l.words AS loud_words,
           CASE WHEN x.outcome = 'error' OR l.record_id IS NOT NULL THEN 1 ELSE 0 END AS bad
    FROM stored_events AS e
    LEFT JOIN event_details AS x ON x.event_no = e.event_no
    LEFT JOIN (
        SELECT event_no, record_id, words,
               ROW_NUMBER() OVER (PARTITION BY event_no ORDER BY ts, record_id) AS nth
        FROM loud
    ) AS l ON l.event_no = e.event_no AND l.nth = 1
    WHERE e.kind = 'operation' AND {scope_e}
), failed_work AS (
    SELECT w.flow_id, 'operation' AS what, w.event_no, CAST(NULL AS BIGINT) AS delivery_id,
           COALESCE(w.loud_id, w.record_id) AS record_id, w.published_ts AS seen_ts, w.service,
           CAST(NULL AS VARCHAR) AS grp, COALESCE(w.loud_words, w.error) AS words,
           EXISTS (
               SELECT 1 FROM work AS later
               WHERE later.flow_id = w.flow_id AND later.service = w.service AND later.event_type = w.event_type
                 AND later.published_ts > w.published_ts AND later.bad = 0
           ) AS repaired
    FROM work AS w
    WHERE w.bad = 1
), failed_logs AS (
    SELECT l.flow_id, 'log' AS what, l.event_no, CAST(NULL AS BIGINT) AS delivery_id, l.record_id, l.ts AS seen_ts,
           l.service, CAST(NULL AS VARCHAR) AS grp, l.words,
           EXISTS (
               SELECT 1 FROM stored_deliveries AS d
               WHERE {scope} AND d.event_no = l.event_no AND d.service = l.service AND d.outcome = 'ok'
           ) AS repaired
    FROM loud AS l
    LEFT JOIN work AS w ON w.event_no = l.event_no
    WHERE w.event_no IS NULL
)"""

_ABSENT = f"""
refused AS (
    SELECT e.flow_id, 'rejected' AS what, e.event_no, CAST(NULL AS BIGINT) AS delivery_id, e.record_id,
           e.published_ts AS seen_ts, e.service, CAST(NULL AS VARCHAR) AS grp, e.event_type AS words, FALSE AS repaired
    FROM stored_events AS e
    WHERE e.kind = 'message' AND ({_REFUSED}) AND {{scope_e}}
), missing AS MATERIALIZED (
    SELECT e.flow_id, e.event_no, e.record_id, e.published_ts, u.service, u.reader, u.watermark, u.slowest_ns,
           u.read_count * 1.0 / u.published AS share
    FROM stored_events AS e
    JOIN usual_readers AS u
      ON u.event_type = COALESCE(e.event_type, '') AND u.channel = COALESCE(e.channel, '')
    WHERE e.kind = 'message' AND e.published_ts IS NOT NULL AND {{scope_e}}
      AND NOT EXISTS (
          SELECT 1 FROM stored_deliveries AS d
          WHERE {{scope}} AND d.event_no = e.event_no AND COALESCE(d.grp, d.service) = u.reader
      )
), excused AS (
    -- the reader's line may be lost while its work is seen: an effect from its service excuses it
    SELECT DISTINCT m.event_no, c.service
    FROM missing AS m
    JOIN stored_edges AS g ON g.parent_no = m.event_no
    JOIN stored_events AS c ON c.event_no = g.child_no AND c.service = m.service
    WHERE {{scope_g}}
), absent AS (
    SELECT m.flow_id,
           CASE WHEN m.watermark < m.published_ts THEN 'unseen'
                WHEN m.watermark < m.published_ts + m.slowest_ns THEN 'waiting'
                ELSE 'lost' END AS what,
           m.event_no, CAST(NULL AS BIGINT) AS delivery_id, m.record_id, m.published_ts AS seen_ts, m.service,
           m.reader AS grp, CAST(NULL AS VARCHAR) AS words, FALSE AS repaired, m.share, m.watermark
    FROM missing AS m
    LEFT JOIN excused AS x ON x.event_no = m.event_no AND x.service = m.service
    WHERE x.event_no IS NULL
)"""

_UNION = """
SELECT flow_id, what, event_no, delivery_id, record_id, seen_ts, service, grp, words, repaired, share, watermark
FROM (
    SELECT *, CAST(NULL AS DOUBLE) AS share, CAST(NULL AS BIGINT) AS watermark FROM failed_tries
    UNION ALL
    SELECT *, CAST(NULL AS DOUBLE), CAST(NULL AS BIGINT) FROM failed_work
    UNION ALL
    SELECT *, CAST(NULL AS DOUBLE), CAST(NULL AS BIGINT) FROM failed_logs
    UNION ALL
    SELECT *, CAST(NULL AS DOUBLE), CAST(NULL AS BIGINT) FROM refused
    UNION ALL
    SELECT * FROM absent
) AS problem
"""


def problems_sql(scope: str, loud_scope: str = "TRUE") -> str:
    """The query for the candidates of the flows that fit `scope`, a condition with `{flow_id}`."""
    part = f"WITH {_DELIVERIES},\n{_WORK},\n{_ABSENT}\n{_UNION}"
    return part.format(
        scope=scope.format(flow_id="d.flow_id"),
        scope_e=scope.format(flow_id="e.flow_id"),
        scope_g=scope.format(flow_id="g.flow_id"),
        loud_scope=f"{scope.format(flow_id='f.flow_id')} AND {loud_scope}",
    )


def problems_of(store: Store, flow_id: int, record_ids: list[int]) -> list[Problem]:
    """The candidates of one flow, in time order. Needs `readers.recall`."""
    # naming the records lets DuckDB fetch them by place instead of reading every level
    sql = problems_sql(f"{{flow_id}} = {int(flow_id)}", "r.record_id IN (SELECT UNNEST(?::BIGINT[]))")
    rows = store.rows(f"{sql} ORDER BY seen_ts, event_no, what, delivery_id, record_id, grp", [record_ids])
    return [Problem(*row) for row in rows]
