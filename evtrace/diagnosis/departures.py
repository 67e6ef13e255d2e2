"""Candidates that show only beside the cohort: what is missing, double, late or out of order."""

from __future__ import annotations

from evtrace.diagnosis import missing, repeats
from evtrace.store import Store

_DUPLICATE = """
WITH fruitful AS (
    SELECT x.parent_no AS parent_no
    FROM (
        SELECT COALESCE(o.original_no, g.parent_no) AS parent_no
        FROM judged AS j
        JOIN stored_edges AS g ON g.flow_id = j.flow_id
        LEFT JOIN originals AS o ON o.event_no = g.parent_no
    ) AS x
    GROUP BY x.parent_no
    HAVING COUNT(*) > 1
), effect AS (
    SELECT g.flow_id AS flow_id, COALESCE(o.original_no, g.parent_no) AS parent_no, c.event_no AS child_no,
           c.event_type AS child_type, c.service AS service, c.published_ts AS published_ts, c.record_id AS record_id
    FROM judged AS j
    JOIN stored_edges AS g ON g.flow_id = j.flow_id
    JOIN stored_events AS c ON c.event_no = g.child_no
    LEFT JOIN originals AS o ON o.event_no = g.parent_no
    LEFT JOIN originals AS r ON r.event_no = g.child_no
    JOIN fruitful AS u ON u.parent_no = COALESCE(o.original_no, g.parent_no)
    WHERE g.rule <> 'D1' AND g.confidence >= 0.5 AND r.event_no IS NULL AND c.kind = 'message' AND c.event_type IS NOT NULL
      AND c.service IS NOT NULL
), several AS (
    SELECT parent_no AS parent_no, child_type AS child_type, service AS service
    FROM effect
    GROUP BY parent_no, child_type, service
    HAVING COUNT(*) > 1
), twice AS (
    SELECT DISTINCT e.flow_id AS flow_id, e.parent_no AS parent_no, e.child_no AS child_no, e.child_type AS child_type,
           e.service AS service, e.published_ts AS published_ts, e.record_id AS record_id
    FROM effect AS e
    JOIN several AS s ON s.parent_no = e.parent_no AND s.child_type = e.child_type AND s.service = e.service
), ranked AS (
    SELECT e.flow_id AS flow_id, e.parent_no AS parent_no, e.child_no AS child_no, e.child_type AS child_type, e.service AS service,
           e.published_ts AS published_ts, e.record_id AS record_id,
           ROW_NUMBER() OVER (PARTITION BY e.parent_no, e.child_type, e.service ORDER BY e.published_ts, e.child_no) AS nth,
           LAG(e.record_id) OVER (PARTITION BY e.parent_no, e.child_type, e.service ORDER BY e.published_ts, e.child_no) AS before_id
    FROM twice AS e
)
SELECT r.flow_id AS flow_id, 'duplicate' AS what, r.child_no AS event_no, CAST(NULL AS BIGINT) AS delivery_id,
       r.record_id AS record_id, r.before_id AS other_id, r.published_ts AS seen_ts, r.service AS service,
       CAST(NULL AS VARCHAR) AS grp, COALESCE(p.event_type, p.channel) AS words, FALSE AS repaired,
       1 - u.several * 1.0 / u.led AS share, u.led AS cases, CAST(NULL AS BIGINT) AS measured_ns, CAST(NULL AS BIGINT) AS usual_ns,
       CAST(NULL AS BIGINT) AS watermark
FROM ranked AS r
JOIN stored_events AS p ON p.event_no = r.parent_no
JOIN flows AS f ON f.flow_id = r.flow_id
JOIN usual_effects AS u
  ON u.root_type = f.root_type AND u.event_type = COALESCE(p.event_type, p.channel) AND u.service = r.service
  AND u.child_type = r.child_type
JOIN cohorts AS h ON h.root_type = f.root_type
LEFT JOIN flow_problems AS q ON q.event_no = r.child_no AND q.what IN ('duplicate', 'another')
WHERE q.event_no IS NULL AND r.nth > 1 AND h.normal >= {least_flows} AND u.led >= {least_flows} AND u.several <= (1 - h.least_share) * u.led
"""

# The producer counts the steps of an entity, and a reader that acts on them took a later one first: because it was
# stored so, then it is the producer's doing, or by itself.
_OUT_OF_ORDER = """
WITH numbered AS (
    SELECT f.flow_id AS flow_id, f.event_no AS event_no, MAX(r.version) AS told_version
    FROM records AS r
    JOIN record_flows AS f ON f.record_id = r.record_id
    JOIN judged AS j ON j.flow_id = f.flow_id
    WHERE r.version IS NOT NULL AND f.event_no IS NOT NULL
    GROUP BY f.flow_id, f.event_no
), varied AS (
    SELECT flow_id AS flow_id FROM numbered GROUP BY flow_id HAVING MIN(told_version) < MAX(told_version)
), step AS (
    SELECT n.flow_id AS flow_id, n.event_no AS event_no, n.told_version AS version, e.service AS producer, e.published_ts AS published_ts,
           COALESCE(e.event_type, e.channel) AS event_type, e.channel AS channel, COALESCE(x.part, r.part) AS part,
           COALESCE(x.pos, r.pos) AS pos
    FROM varied AS v
    JOIN numbered AS n ON n.flow_id = v.flow_id
    JOIN stored_events AS e ON e.event_no = n.event_no
    JOIN records AS r ON r.record_id = e.record_id
    LEFT JOIN event_details AS x ON x.event_no = e.event_no
    LEFT JOIN originals AS o ON o.event_no = n.event_no
    WHERE o.event_no IS NULL
), pair AS (
    SELECT a.flow_id AS flow_id, a.event_no AS first_no, b.event_no AS second_no, a.event_type AS first_type, b.producer AS producer,
           CASE WHEN b.channel = a.channel AND COALESCE(b.part, 0) = COALESCE(a.part, 0) AND b.pos < a.pos THEN 1 ELSE 0 END AS stored_so
    FROM step AS a
    JOIN step AS b ON b.flow_id = a.flow_id AND COALESCE(b.producer, '') = COALESCE(a.producer, '')
    WHERE a.version < b.version AND a.published_ts <= b.published_ts
), acting AS (
    SELECT DISTINCT event_type AS event_type, service AS service FROM usual_effects WHERE led >= 0.5 * causes AND led > 0
), answered AS (
    -- when a service had acted on an event, though it was handed that once more
    SELECT g.parent_no AS event_no, c.service AS service, MIN(c.published_ts) AS answered_ts
    FROM (SELECT DISTINCT flow_id AS flow_id FROM pair) AS p
    JOIN stored_edges AS g ON g.flow_id = p.flow_id
    JOIN stored_events AS c ON c.event_no = g.child_no
    WHERE g.rule <> 'D1'
    GROUP BY g.parent_no, c.service
), handled AS (
    SELECT p.flow_id AS flow_id, COALESCE(o.original_no, d.event_no) AS event_no, COALESCE(d.grp, d.service) AS reader,
           COALESCE(MAX(d.service), MAX(d.grp)) AS any_service, MIN(d.received_ts) AS begun_ts,
           COALESCE(MIN(CASE WHEN d.outcome = 'ok' THEN d.received_ts END),
                    MIN(CASE WHEN d.outcome IS NULL THEN d.received_ts END), MAX(d.received_ts)) AS last_ts,
           MAX(d.delivery_id) AS last_delivery, MAX(d.record_id) AS best_record
    FROM (SELECT DISTINCT flow_id AS flow_id FROM pair) AS p
    JOIN stored_deliveries AS d ON d.flow_id = p.flow_id
    LEFT JOIN originals AS o ON o.event_no = d.event_no
    WHERE d.received_ts IS NOT NULL
    GROUP BY p.flow_id, COALESCE(o.original_no, d.event_no), COALESCE(d.grp, d.service)
)
SELECT DISTINCT p.flow_id AS flow_id, 'out_of_order' AS what, p.second_no AS event_no, y.last_delivery AS delivery_id,
       y.best_record AS record_id, x.best_record AS other_id, y.begun_ts AS seen_ts,
       CASE WHEN p.stored_so = 1 THEN p.producer ELSE y.any_service END AS service,
       CASE WHEN p.stored_so = 0 THEN y.reader END AS grp,
       p.first_type AS words, FALSE AS repaired, CAST(NULL AS DOUBLE) AS share, CAST(NULL AS BIGINT) AS cases,
       x.last_ts - y.begun_ts AS measured_ns, CAST(NULL AS BIGINT) AS usual_ns, CAST(NULL AS BIGINT) AS watermark
FROM pair AS p
JOIN handled AS x ON x.flow_id = p.flow_id AND x.event_no = p.first_no
JOIN handled AS y ON y.flow_id = p.flow_id AND y.event_no = p.second_no AND y.reader = x.reader
JOIN acting AS a ON a.service = y.any_service AND a.event_type = p.first_type
LEFT JOIN answered AS b ON b.event_no = p.first_no AND b.service = y.any_service
WHERE y.begun_ts < x.last_ts AND (b.event_no IS NULL OR b.answered_ts >= y.begun_ts)
"""

# Work or waiting that takes far longer than in the cohort, and makes the whole flow late.
_LATE = """
CREATE OR REPLACE TEMP TABLE late AS
SELECT f.flow_id AS flow_id, f.root_type AS root_type, c.median_ns AS median_ns
FROM judged AS j
JOIN flows AS f ON f.flow_id = j.flow_id
JOIN cohorts AS c ON c.root_type = f.root_type
LEFT JOIN (SELECT DISTINCT root_type AS root_type FROM usual_effects WHERE declared AND limit_ns IS NOT NULL) AS u
  ON u.root_type = f.root_type
WHERE u.root_type IS NOT NULL OR (c.limit_ns IS NOT NULL AND f.last_ts - f.started_ts > 1.5 * c.median_ns)
"""

_SLOW = """
SELECT l.flow_id AS flow_id, 'slow_work' AS what, g.parent_no AS event_no, d.delivery_id AS delivery_id, d.record_id AS record_id,
       c.record_id AS other_id, d.received_ts AS seen_ts, c.service AS service, d.grp AS grp,
       COALESCE(c.event_type, c.channel) AS words, FALSE AS repaired, CAST(NULL AS DOUBLE) AS share, u.timed AS cases,
       c.published_ts - d.received_ts AS measured_ns, u.q50_ns AS usual_ns, CAST(NULL AS BIGINT) AS watermark
FROM late AS l
JOIN stored_edges AS g ON g.flow_id = l.flow_id
JOIN stored_events AS p ON p.event_no = g.parent_no
JOIN stored_events AS c ON c.event_no = g.child_no
JOIN stored_deliveries AS d
  ON d.event_no = g.parent_no AND COALESCE(d.service, d.grp) = c.service AND d.received_ts <= c.published_ts
JOIN usual_effects AS u
  ON u.root_type = l.root_type AND u.event_type = COALESCE(p.event_type, p.channel) AND u.service = c.service
  AND u.child_type = COALESCE(c.event_type, c.channel)
LEFT JOIN stored_edges AS y ON y.child_no = g.child_no AND y.parent_no <> g.parent_no AND y.rule <> 'D1'
LEFT JOIN stored_deliveries AS z
  ON z.event_no IN (y.parent_no, g.parent_no) AND COALESCE(z.service, z.grp) = c.service AND z.received_ts > d.received_ts
  AND z.received_ts <= c.published_ts
WHERE g.rule <> 'D1' AND z.event_no IS NULL AND c.published_ts - d.received_ts > u.limit_ns
  AND (u.declared OR c.published_ts - d.received_ts - u.q50_ns > {material} * l.median_ns)
"""

# The first time that a reader is handed an event: what is handed again waited for a retry.
_WAITED = """
WITH waited AS (
    SELECT e.flow_id AS flow_id, e.event_no AS event_no, e.record_id AS other_id, e.published_ts AS published_ts,
           COALESCE(d.grp, d.service) AS reader, MIN(d.service) AS any_service, MAX(d.grp) AS any_grp,
           MIN(d.delivery_id) AS first_delivery, MIN(d.record_id) AS best_record, MIN(d.received_ts) AS begun_ts,
           MAX(w.timed) AS known_cases, MAX(w.q50_ns) AS middle_ns
    FROM late AS l
    JOIN stored_events AS e ON e.flow_id = l.flow_id
    JOIN usual_waits AS w ON w.root_type = l.root_type AND w.event_type = COALESCE(e.event_type, e.channel)
    JOIN stored_deliveries AS d ON d.event_no = e.event_no AND COALESCE(d.grp, d.service) = w.reader
    LEFT JOIN originals AS o ON o.event_no = e.event_no
    WHERE e.kind = 'message' AND o.event_no IS NULL AND COALESCE(d.attempt, 1) = 1
    GROUP BY e.flow_id, e.event_no, e.record_id, e.published_ts, COALESCE(d.grp, d.service)
    HAVING MIN(d.received_ts) - e.published_ts > MAX(w.limit_ns)
       AND MIN(d.received_ts) - e.published_ts - MAX(w.q50_ns) > GREATEST({material} * MAX(l.median_ns), {long})
)
SELECT x.flow_id AS flow_id, 'slow_wait' AS what, x.event_no AS event_no, x.first_delivery AS delivery_id,
       x.best_record AS record_id, x.other_id AS other_id, x.begun_ts AS seen_ts, COALESCE(x.any_service, x.reader) AS service,
       x.any_grp AS grp, CAST(NULL AS VARCHAR) AS words,
       FALSE AS repaired, CAST(NULL AS DOUBLE) AS share, x.known_cases AS cases, x.begun_ts - x.published_ts AS measured_ns,
       x.middle_ns AS usual_ns, CAST(NULL AS BIGINT) AS watermark
FROM waited AS x
"""

# A whole flow that takes longer than declared: its cause is the step that took longest.
_OVERDUE = """
WITH late AS (
    SELECT f.flow_id AS flow_id, c.limit_ns AS limit_ns
    FROM judged AS j
    JOIN flows AS f ON f.flow_id = j.flow_id
    JOIN cohorts AS c ON c.root_type = f.root_type
    LEFT JOIN flow_problems AS p ON p.flow_id = f.flow_id AND p.what IN ('slow_work', 'slow_wait')
    WHERE c.declared AND f.last_ts - f.started_ts > c.limit_ns AND p.flow_id IS NULL
), hop AS (
    SELECT l.flow_id AS flow_id, l.limit_ns AS limit_ns, g.parent_no AS event_no, g.via AS delivery_id, c.record_id AS record_id,
           p.record_id AS other_id, p.published_ts AS begun_ts, c.service AS service, COALESCE(c.event_type, c.channel) AS words,
           c.published_ts - p.published_ts AS took_ns,
           ROW_NUMBER() OVER (PARTITION BY l.flow_id ORDER BY c.published_ts - p.published_ts DESC, g.child_no) AS place
    FROM late AS l
    JOIN stored_edges AS g ON g.flow_id = l.flow_id
    JOIN stored_events AS p ON p.event_no = g.parent_no
    JOIN stored_events AS c ON c.event_no = g.child_no
    WHERE c.published_ts > p.published_ts
)
SELECT flow_id AS flow_id, 'slow_wait' AS what, event_no AS event_no, delivery_id AS delivery_id, record_id AS record_id,
       other_id AS other_id, begun_ts AS seen_ts, service AS service, CAST(NULL AS VARCHAR) AS grp, words AS words,
       FALSE AS repaired, CAST(NULL AS DOUBLE) AS share, CAST(NULL AS BIGINT) AS cases, took_ns AS measured_ns,
       limit_ns AS usual_ns, CAST(NULL AS BIGINT) AS watermark
FROM hop
WHERE place = 1
"""

#: A delay counts where it makes the flow so many medians longer than its like.
_MATERIAL = 0.5

#: A wait counts where it is so much longer than usual; shorter ones are the breath of batches and polls.
_LONG_NS = 1_000_000_000

# An error after which the usual effect came all the same, or a loud line in a flow that went to its end, is noise.
_EXCUSED = """
UPDATE flow_problems SET repaired = TRUE
WHERE flow_id IN (SELECT flow_id FROM judged) AND what = 'handler_error' AND NOT repaired
  AND EXISTS (
      SELECT 1
      FROM stored_events AS p
      JOIN flows AS f ON f.flow_id = p.flow_id
      JOIN usual_effects AS u
        ON u.expected AND u.root_type = f.root_type AND u.event_type = COALESCE(p.event_type, p.channel)
      JOIN stored_events AS c
        ON c.flow_id = p.flow_id AND c.service = u.service AND u.child_type = COALESCE(c.event_type, c.channel)
      LEFT JOIN stored_edges AS g ON g.child_no = c.event_no
      WHERE p.event_no = flow_problems.event_no AND c.service = flow_problems.service
        AND (g.child_no IS NULL OR g.parent_no = p.event_no)
  )
"""

_QUIET = """
UPDATE flow_problems SET repaired = TRUE
WHERE flow_id IN (SELECT flow_id FROM judged) AND what = 'log' AND NOT repaired
  AND EXISTS (
      SELECT 1
      FROM stored_events AS e
      JOIN flows AS f ON f.flow_id = e.flow_id
      JOIN cohorts AS c ON c.root_type = f.root_type AND c.normal >= {least_flows}
      JOIN usual_ends AS u ON u.root_type = f.root_type AND u.event_type = COALESCE(e.event_type, e.channel)
      WHERE e.flow_id = flow_problems.flow_id
  )
"""


_OPEN = "SELECT COUNT(*) AS n FROM flow_problems WHERE what = '{what}' AND NOT repaired"


def find(store: Store, least_flows: int) -> None:
    """Add what departs from the cohorts to flow_problems, for the flows of the temporary table `judged`."""
    for kind, text in (("handler_error", _EXCUSED), ("log", _QUIET.format(least_flows=least_flows))):
        if store.value(_OPEN.format(what=kind)):  # looking for what excuses it reads all effects
            store.execute(text)
    store.execute(f"INSERT INTO flow_problems {_DUPLICATE.format(least_flows=least_flows)}")
    repeats.check(store)
    missing.find(store, least_flows)
    store.execute(_LATE)
    waited = _WAITED.format(material=_MATERIAL, long=_LONG_NS)
    for text in (_SLOW.format(material=_MATERIAL), waited, _OVERDUE, _OUT_OF_ORDER):
        store.execute(f"INSERT INTO flow_problems {text}")
