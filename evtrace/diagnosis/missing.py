"""What should have followed and did not: effects that are missing, other effects instead, lines that are merely lost."""

from __future__ import annotations

from evtrace.diagnosis.problems import TELLS
from evtrace.diagnosis.spread import RARE
from evtrace.store import Store

#: An absent delivery that nothing follows from is believed to be lost where it is so sure that its line is not.
SURE_LOST = 0.8

#: What so large a share of the effects has among its causes, an effect waits for.
USUAL_INPUT = 0.5

# Each text gives rows of flow_problems for the flows of the temporary table `judged`. A cause whose effect is
# missing is told of once: where the effect waits for several, at the last of them.
_BARREN = """
CREATE OR REPLACE TEMP TABLE barren AS
WITH wanted AS (
    SELECT e.flow_id AS flow_id, f.root_type AS root_type, e.event_no AS event_no, e.record_id AS record_id,
           e.published_ts AS published_ts, u.event_type AS event_type, u.service AS service, u.child_type AS child_type,
           u.led AS led, u.causes AS causes, COALESCE(u.limit_ns, 0) AS limit_ns, u.alternatives AS alternatives
    FROM judged AS j
    JOIN flows AS f ON f.flow_id = j.flow_id
    JOIN stored_events AS e ON e.flow_id = j.flow_id
    JOIN usual_effects AS u
      ON u.expected AND u.root_type = f.root_type AND u.event_type = COALESCE(e.event_type, e.channel)
    LEFT JOIN originals AS o ON o.event_no = e.event_no
    LEFT JOIN reading_spans AS h ON h.event_type = u.event_type AND h.service = u.service
    WHERE e.kind = 'message' AND o.event_no IS NULL
      AND (h.service IS NULL OR e.published_ts IS NULL OR (e.published_ts >= h.read_from AND e.published_ts < h.read_to))
), emitted AS (
    SELECT COALESCE(o.original_no, g.parent_no) AS event_no, COALESCE(c.event_type, c.channel) AS child_type,
           c.service AS service
    FROM judged AS j
    JOIN stored_edges AS g ON g.flow_id = j.flow_id
    JOIN stored_events AS c ON c.event_no = g.child_no
    LEFT JOIN originals AS o ON o.event_no = g.parent_no
), fulfilled AS (
    -- an expectation of several types is fulfilled by any of them
    SELECT x.event_no AS event_no, x.child_type AS child_type, x.service AS service FROM emitted AS x
    UNION ALL
    SELECT w.event_no AS event_no, w.child_type AS child_type, w.service AS service
    FROM wanted AS w
    JOIN alternatives AS a
      ON w.alternatives AND a.root_type = w.root_type AND a.event_type = w.event_type AND a.service = w.service
    JOIN emitted AS x ON x.event_no = w.event_no AND x.child_type = a.child_type AND COALESCE(x.service, w.service) = w.service
)
SELECT w.flow_id AS flow_id, w.root_type AS root_type, w.event_no AS event_no, w.record_id AS record_id,
       w.published_ts AS published_ts, w.event_type AS event_type, w.service AS service, w.child_type AS child_type, w.led AS led,
       w.causes AS causes, w.limit_ns AS limit_ns
FROM wanted AS w
LEFT JOIN fulfilled AS x ON x.event_no = w.event_no AND x.child_type = w.child_type AND COALESCE(x.service, w.service) = w.service
WHERE x.event_no IS NULL
"""

# What the flows with something barren hold, and which effects are there though what caused them is not known.
_THERE = """
CREATE OR REPLACE TEMP TABLE held AS
SELECT e.flow_id AS flow_id, COALESCE(e.event_type, e.channel) AS event_type, e.service AS service, COUNT(*) AS events,
       MAX(e.published_ts) AS last_ts
FROM (SELECT DISTINCT flow_id AS flow_id FROM barren) AS b
JOIN stored_events AS e ON e.flow_id = b.flow_id
LEFT JOIN originals AS o ON o.event_no = e.event_no
WHERE e.kind = 'message' AND o.event_no IS NULL
GROUP BY e.flow_id, COALESCE(e.event_type, e.channel), e.service;
CREATE OR REPLACE TEMP TABLE present AS
SELECT b.flow_id AS flow_id, b.event_no AS event_no, b.service AS service, b.child_type AS child_type
FROM barren AS b
LEFT JOIN alternatives AS a ON a.root_type = b.root_type AND a.event_type = b.event_type AND a.service = b.service
JOIN held AS h
  ON h.flow_id = b.flow_id AND COALESCE(h.service, b.service) = b.service
  AND (h.event_type = b.child_type OR h.event_type = a.child_type)
JOIN (
    SELECT flow_id AS flow_id, event_type AS event_type, SUM(events) AS all_events FROM held GROUP BY flow_id, event_type
) AS c ON c.flow_id = b.flow_id AND c.event_type = b.event_type
GROUP BY b.flow_id, b.event_no, b.service, b.child_type
HAVING SUM(h.events) >= MAX(c.all_events)
"""

# A line that is missing where the work was done, or where nobody could tell, was lost by the log and not by the broker.
_UNLOGGED = """
CREATE OR REPLACE TEMP TABLE unlogged AS
WITH unread AS (
    SELECT q.flow_id AS flow_id, q.event_no AS event_no, q.grp AS grp, q.service AS service, q.share AS share,
           f.root_type AS root_type, COALESCE(e.event_type, e.channel) AS event_type, c.loss AS loss
    FROM flow_problems AS q
    JOIN judged AS j ON j.flow_id = q.flow_id
    JOIN flows AS f ON f.flow_id = q.flow_id
    JOIN stored_events AS e ON e.event_no = q.event_no
    JOIN cohorts AS c ON c.root_type = f.root_type AND c.normal >= {least_flows}
    WHERE q.what IN ('lost', 'stopped', 'waiting', 'unseen') AND q.delivery_id IS NULL
), done AS (
    -- the service published what it usually makes of such an event
    SELECT DISTINCT u.flow_id AS flow_id, u.event_no AS event_no, u.grp AS grp
    FROM unread AS u
    JOIN usual_effects AS x
      ON x.root_type = u.root_type AND x.event_type = u.event_type AND x.service = u.service AND x.led > 0
    JOIN stored_events AS c ON c.flow_id = u.flow_id AND c.service = u.service AND x.child_type = COALESCE(c.event_type, c.channel)
), idle AS (
    -- nothing follows from such an event there, and the log loses lines
    SELECT DISTINCT u.flow_id AS flow_id, u.event_no AS event_no, u.grp AS grp
    FROM unread AS u
    LEFT JOIN usual_effects AS x
      ON x.led > 0 AND x.root_type = u.root_type AND x.event_type = u.event_type AND x.service = u.service
    WHERE x.root_type IS NULL AND u.loss > (1 - {sure}) * (1 - u.share)
)
SELECT flow_id AS flow_id, event_no AS event_no, grp AS grp FROM done
UNION
SELECT flow_id AS flow_id, event_no AS event_no, grp AS grp FROM idle;
UPDATE flow_problems SET what = 'unlogged', repaired = TRUE
WHERE what IN ('lost', 'stopped', 'waiting', 'unseen') AND delivery_id IS NULL
  AND EXISTS (
      SELECT 1 FROM unlogged AS u
      WHERE u.flow_id = flow_problems.flow_id AND u.event_no = flow_problems.event_no AND u.grp = flow_problems.grp
  )
"""

# Another event came instead of the usual one: the service took another way. Where that came to every end that most
# flows come to, it is a good one; else, where the cohort hardly knows it, it is a refusal.
_DEVIATING = """
WITH deviating AS (
    SELECT DISTINCT b.flow_id AS flow_id, b.root_type AS root_type, c.event_no AS event_no, c.record_id AS record_id,
           b.record_id AS other_id, c.published_ts AS published_ts, c.service AS service, b.child_type AS child_type,
           b.led AS led, b.causes AS causes, COALESCE(u.led > {rare} * u.causes, FALSE) AS is_known
    FROM barren AS b
    JOIN stored_edges AS g ON g.parent_no = b.event_no
    JOIN stored_events AS c ON c.event_no = g.child_no AND c.service = b.service AND c.kind = 'message' AND c.event_type IS NOT NULL
    LEFT JOIN originals AS o ON o.event_no = c.event_no
    LEFT JOIN usual_effects AS u
      ON u.root_type = b.root_type AND u.event_type = b.event_type AND u.service = b.service AND u.child_type = c.event_type
    LEFT JOIN flow_problems AS p ON p.event_no = c.event_no AND p.what = 'rejected'
    WHERE g.rule <> 'D1' AND o.event_no IS NULL AND p.event_no IS NULL AND COALESCE(u.led < 0.5 * u.causes, TRUE)
), lacking AS (
    SELECT DISTINCT d.flow_id AS flow_id
    FROM deviating AS d
    JOIN common_types AS c ON c.root_type = d.root_type AND c.is_end = 1
    LEFT JOIN held AS h ON h.flow_id = d.flow_id AND h.event_type = c.event_type
    WHERE h.flow_id IS NULL
), ending AS (
    SELECT DISTINCT root_type AS root_type FROM common_types WHERE is_end = 1
)
SELECT d.flow_id AS flow_id, CASE WHEN x.root_type IS NOT NULL AND l.flow_id IS NULL THEN 'other_way' ELSE 'rejected' END AS what,
       d.event_no AS event_no, CAST(NULL AS BIGINT) AS delivery_id, d.record_id AS record_id, d.other_id AS other_id,
       d.published_ts AS seen_ts, d.service AS service, CAST(NULL AS VARCHAR) AS grp, d.child_type AS words,
       x.root_type IS NOT NULL AND l.flow_id IS NULL AS repaired, d.led * 1.0 / NULLIF(d.causes, 0) AS share, d.causes AS cases,
       CAST(NULL AS BIGINT) AS measured_ns, CAST(NULL AS BIGINT) AS usual_ns, CAST(NULL AS BIGINT) AS watermark
FROM deviating AS d
LEFT JOIN ending AS x ON x.root_type = d.root_type
LEFT JOIN lacking AS l ON l.flow_id = d.flow_id
WHERE NOT d.is_known OR (x.root_type IS NOT NULL AND l.flow_id IS NULL)
"""

_MISSING = """
WITH waits AS (
    -- an input that is not there, or came later, is what the effect waits for
    SELECT DISTINCT b.event_no AS event_no, b.service AS service, b.child_type AS child_type
    FROM barren AS b
    JOIN usual_inputs AS i
      ON i.root_type = b.root_type AND i.child_type = b.child_type AND i.service = b.service AND i.event_type <> b.event_type
    LEFT JOIN (
        SELECT flow_id AS flow_id, event_type AS event_type, MAX(last_ts) AS latest_ts FROM held GROUP BY flow_id, event_type
    ) AS h ON h.flow_id = b.flow_id AND h.event_type = i.event_type
    WHERE i.share >= {input} AND (h.flow_id IS NULL OR h.latest_ts > b.published_ts)
), known AS (
    -- there is something to say already about how this service handled that event
    SELECT DISTINCT p.event_no AS event_no, p.service AS service
    FROM flow_problems AS p
    WHERE NOT p.repaired AND p.service IS NOT NULL AND p.what <> 'rejected'
), short AS (
    -- the service failed to handle another event, which this effect may wait for as well
    SELECT DISTINCT b.event_no AS event_no, b.service AS service, b.child_type AS child_type
    FROM barren AS b
    JOIN flow_problems AS p ON p.flow_id = b.flow_id AND p.service = b.service AND p.event_no <> b.event_no
    JOIN stored_events AS e ON e.event_no = p.event_no
    LEFT JOIN usual_effects AS own
      ON own.expected AND own.root_type = b.root_type AND own.event_type = COALESCE(e.event_type, e.channel)
      AND own.service = b.service
    LEFT JOIN usual_effects AS u
      ON u.root_type = b.root_type AND u.event_type = COALESCE(e.event_type, e.channel) AND u.service = b.service
      AND u.child_type = b.child_type
    WHERE NOT p.repaired AND p.what NOT IN ('rejected', 'log', 'duplicate') AND (own.root_type IS NULL OR u.root_type IS NOT NULL)
), repeated AS (
    -- what came twice need not have its effect twice, though it be for another line
    SELECT DISTINCT p.event_no AS event_no FROM flow_problems AS p WHERE p.what IN ('duplicate', 'another')
), refused AS (
    -- it answered with a refusal, or went another way, though what that answers need not be known
    SELECT DISTINCT p.flow_id AS flow_id, p.service AS service
    FROM flow_problems AS p
    LEFT JOIN stored_edges AS g ON g.child_no = p.event_no
    WHERE p.what IN ('rejected', 'other_way') AND g.child_no IS NULL
    UNION
    SELECT DISTINCT p.flow_id AS flow_id, p.service AS service
    FROM flow_problems AS p
    JOIN stored_edges AS g ON g.child_no = p.event_no
    JOIN barren AS b ON b.event_no = g.parent_no AND b.service = p.service
    WHERE p.what IN ('rejected', 'other_way')
), handed AS (
    SELECT b.event_no AS event_no, b.service AS service, b.child_type AS child_type, MAX(d.delivery_id) AS last_delivery,
           MAX(d.record_id) AS best_record, MAX(d.received_ts) AS handled_ts, MAX(d.grp) AS any_grp,
           MAX(CASE WHEN d.outcome IS NULL THEN 0 ELSE 1 END) AS ended, MAX(u.ends_told) AS tells,
           MAX(CASE WHEN r.service IS NULL OR r.clock = 'broker' THEN 0 ELSE 1 END) AS was_logged
    FROM barren AS b
    JOIN stored_deliveries AS d ON d.event_no = b.event_no AND COALESCE(d.service, d.grp) = b.service
    JOIN records AS r ON r.record_id = d.record_id
    LEFT JOIN usual_readers AS u ON u.event_type = b.event_type AND u.reader = COALESCE(d.grp, d.service)
    GROUP BY b.event_no, b.service, b.child_type
)
SELECT b.flow_id AS flow_id,
       CASE WHEN v.last_ts < COALESCE(h.handled_ts, b.published_ts) + b.limit_ns THEN 'waiting'
            WHEN h.ended = 0 AND h.tells >= {tells} AND h.was_logged = 0 THEN 'unhandled'
            WHEN h.ended = 0 AND h.tells >= {tells} THEN 'unended'
            ELSE 'missing' END AS what,
       b.event_no AS event_no, h.last_delivery AS delivery_id, COALESCE(h.best_record, b.record_id) AS record_id,
       CAST(NULL AS BIGINT) AS other_id, COALESCE(h.handled_ts, b.published_ts) AS seen_ts, b.service AS service,
       h.any_grp AS grp, b.child_type AS words, FALSE AS repaired, b.led * 1.0 / NULLIF(b.causes, 0) AS share, b.causes AS cases,
       CAST(NULL AS BIGINT) AS measured_ns, CAST(NULL AS BIGINT) AS usual_ns, v.last_ts AS watermark
FROM barren AS b
LEFT JOIN present AS t ON t.event_no = b.event_no AND t.service = b.service AND t.child_type = b.child_type
LEFT JOIN waits AS w ON w.event_no = b.event_no AND w.service = b.service AND w.child_type = b.child_type
LEFT JOIN known AS k ON k.event_no = b.event_no AND k.service = b.service
LEFT JOIN short AS q ON q.event_no = b.event_no AND q.service = b.service AND q.child_type = b.child_type
LEFT JOIN repeated AS z ON z.event_no = b.event_no
LEFT JOIN refused AS r ON r.flow_id = b.flow_id AND r.service = b.service
LEFT JOIN handed AS h ON h.event_no = b.event_no AND h.service = b.service AND h.child_type = b.child_type
LEFT JOIN service_ends AS v ON v.service = b.service
WHERE t.event_no IS NULL AND w.event_no IS NULL AND k.event_no IS NULL AND q.event_no IS NULL AND z.event_no IS NULL
  AND r.flow_id IS NULL
"""


def find(store: Store, least_flows: int) -> None:
    """Add what is missing in the flows of `judged` to flow_problems, and say of what is only not logged that it is."""
    for text in (_BARREN, _THERE, _UNLOGGED.format(sure=SURE_LOST, least_flows=least_flows)):
        store.execute(text)
    for text in (_DEVIATING.format(rare=RARE), _MISSING.format(tells=TELLS, input=USUAL_INPUT)):
        store.execute(f"INSERT INTO flow_problems {text}")
