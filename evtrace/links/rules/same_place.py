"""E4a, E4b: the event was published where, and while, its parent was handled."""

from __future__ import annotations

from evtrace.links.keys import has_key
from evtrace.links.rules.rule import Rule

#: Outbox relays and callbacks publish this long after the handling has ended.
GRACE_NS = 5_000_000_000

# A worker does one thing at a time: the newest attempt that began there, if it had not ended. What a log tells of one
# moment happened in the order of its lines. Where a worker does several things at once after all, one that is heard of
# later is surer than one that nobody saw end.
_SAME_WORKER = """
    WITH begun AS (
        SELECT d.delivery_id, d.event_no, d.record_id, d.flow_id, d.svc, COALESCE(d.inst, 0) AS inst, d.wrk, d.begun_ts AS ts,
               d.done_ts, COALESCE(d.done_ts, d.heard_ts) AS until_ts,
               ROW_NUMBER() OVER (PARTITION BY d.svc, COALESCE(d.inst, 0), d.wrk
                                  ORDER BY d.begun_ts, d.record_id, d.delivery_id, d.event_no) AS n
        FROM delivery_rows AS d
        WHERE d.begun_ts IS NOT NULL AND d.wrk IS NOT NULL AND d.svc IS NOT NULL
    ), steps AS (
        SELECT svc, inst, wrk, ts, record_id, 0 AS turn, n, CASE WHEN until_ts > ts THEN n END AS ending, CAST(NULL AS BIGINT) AS child_no, CAST(NULL AS BIGINT) AS flow_id
        FROM begun
        UNION ALL
        SELECT svc, COALESCE(inst, 0) AS inst, wrk, ts, record_id, 1 AS turn, NULL AS n, NULL AS ending, event_no AS child_no, flow_id
        FROM unexplained
        WHERE ts IS NOT NULL AND wrk IS NOT NULL AND svc IS NOT NULL
    ), placed AS (
        SELECT s.*, MAX(s.n) OVER w AS last, MAX(s.ending) OVER w AS last_ending
        FROM steps AS s
        WINDOW w AS (PARTITION BY s.svc, s.inst, s.wrk ORDER BY s.ts, s.record_id, s.turn, s.n, s.child_no
                     ROWS UNBOUNDED PRECEDING)
    )
    SELECT COALESCE(e.event_no, b.event_no) AS parent_no, p.child_no AS child_no, COALESCE(e.delivery_id, b.delivery_id) AS via,
           0.98 AS confidence, 0 AS rivals
    FROM placed AS p
    LEFT JOIN begun AS e
      ON e.svc = p.svc AND e.inst = p.inst AND e.wrk = p.wrk AND e.n = p.last_ending AND e.flow_id = p.flow_id
      AND e.event_no <> p.child_no AND p.ts <= e.until_ts
    LEFT JOIN begun AS b
      ON b.svc = p.svc AND b.inst = p.inst AND b.wrk = p.wrk AND b.n = p.last AND b.flow_id = p.flow_id
      AND b.event_no <> p.child_no AND (b.done_ts IS NULL OR p.ts <= b.done_ts)
    WHERE p.turn = 1 AND COALESCE(e.event_no, b.event_no) IS NOT NULL
"""

E4A = Rule(
    id="E4a",
    purpose="the same worker published it inside the attempt",
    sql=_SAME_WORKER,
    confidence=0.98,
    applies=lambda work: has_key(work, "wrk") and has_key(work, "svc"),
)

# Running sums instead of a join: in a big flow every publish would meet every delivery. Where exactly one
# handling is open, the sum of the numbers of open handlings is its number.
_ONLY_ONE = """
    SELECT parent_no, child_no, CAST(NULL AS BIGINT) AS via, 0.95 AS confidence, 0 AS rivals
    FROM open_handlings
    WHERE n = 1 AND parent_no <> child_no
"""

E4B = Rule(
    id="E4b",
    purpose="only one delivery of the flow was being handled by that instance",
    sql=_ONLY_ONE,
    confidence=0.95,
    applies=lambda work: work.any("SELECT child_no FROM open_handlings WHERE n = 1"),
)

# In a quick flow all handlings of the last seconds are open by grace; the one that had not ended is the best of them.
_NOT_ENDED = """
    SELECT s.parent_no AS parent_no, s.child_no AS child_no, CAST(NULL AS BIGINT) AS via, 0.9 AS confidence,
           CAST(o.n - 1 AS INTEGER) AS rivals
    FROM strictly_open AS s
    JOIN open_handlings AS o ON o.child_no = s.child_no AND o.n > 1
    WHERE s.n = 1 AND s.parent_no <> s.child_no
"""

E4B_STRICT = Rule(
    id="E4b",
    purpose="of the deliveries handled there lately, only one had not ended",
    sql=_NOT_ENDED,
    confidence=0.9,
    applies=lambda work: work.any("SELECT child_no FROM open_handlings WHERE n > 1"),
)

_PLACES = """
    SELECT flow_id, svc, MIN(CASE WHEN inst IS NULL THEN 0 ELSE 1 END) AS all_known
    FROM (
        SELECT d.flow_id, d.svc, d.inst
        FROM delivery_rows AS d
        SEMI JOIN unexplained AS u ON u.flow_id = d.flow_id AND u.svc = d.svc
        WHERE d.begun_ts IS NOT NULL
        UNION ALL
        SELECT u.flow_id, u.svc, u.inst
        FROM unexplained AS u
        SEMI JOIN delivery_rows AS d ON d.flow_id = u.flow_id AND d.svc = u.svc
        WHERE u.ts IS NOT NULL
    ) AS x
    GROUP BY flow_id, svc
"""

#: handlings: when each service had each event in hand, over all attempts that did not fail.
#: publishes: what it published meanwhile. Instances count only where all of a flow's records name them.
HANDLINGS = f"""
CREATE OR REPLACE TEMP TABLE places AS {_PLACES};
CREATE OR REPLACE TEMP TABLE handlings AS
WITH good AS (
    SELECT d.*, CASE WHEN p.all_known = 1 THEN d.inst ELSE 0 END AS place,
           MIN(CASE WHEN d.result > 1 THEN 1 ELSE 0 END) OVER (PARTITION BY d.event_no, d.svc) AS all_failed
    FROM delivery_rows AS d
    JOIN places AS p ON p.flow_id = d.flow_id AND p.svc = d.svc
    WHERE d.begun_ts IS NOT NULL
)
SELECT g.event_no AS event_no, g.flow_id AS flow_id, g.svc AS svc, g.place AS place, MIN(g.begun_ts) AS t0,
       MAX(CASE WHEN g.done_ts IS NULL THEN 9223372036854775807 ELSE g.done_ts + {GRACE_NS} END) AS t1,
       MAX(COALESCE(g.done_ts, 9223372036854775807)) AS ended
FROM good AS g
WHERE g.result IS NULL OR g.result = 1 OR g.all_failed = 1
GROUP BY g.event_no, g.flow_id, g.svc, g.place;
CREATE OR REPLACE TEMP TABLE publishes AS
SELECT u.event_no AS event_no, u.flow_id AS flow_id, u.svc AS svc, u.typ AS typ, u.ts AS ts,
       CASE WHEN p.all_known = 1 THEN u.inst ELSE 0 END AS place
FROM unexplained AS u
JOIN places AS p ON p.flow_id = u.flow_id AND p.svc = u.svc
WHERE u.ts IS NOT NULL
"""

_OPEN_HANDLINGS = """
CREATE OR REPLACE TEMP TABLE {table} AS
WITH steps AS (
    SELECT flow_id, svc, place, t0 AS t, 0 AS turn, 1 AS step, event_no, CAST(NULL AS BIGINT) AS child_no FROM handlings
    UNION ALL
    SELECT flow_id, svc, place, {end} AS t, 2 AS turn, -1 AS step, event_no, NULL AS child_no FROM handlings
    UNION ALL
    SELECT flow_id, svc, place, ts AS t, 1 AS turn, 0 AS step, 0 AS event_no, event_no AS child_no FROM publishes
), sums AS (
    SELECT child_no, turn, SUM(step) OVER w AS n, CAST(SUM(step * event_no) OVER w AS BIGINT) AS parent_no
    FROM steps
    WINDOW w AS (PARTITION BY flow_id, svc, place ORDER BY t, turn, event_no, child_no ROWS UNBOUNDED PRECEDING)
)
SELECT child_no, n, parent_no FROM sums WHERE turn = 1
"""

#: How many handlings were open at each publish: with grace, and without.
OPEN_HANDLINGS = _OPEN_HANDLINGS.format(table="open_handlings", end="t1")
STRICTLY_OPEN = _OPEN_HANDLINGS.format(table="strictly_open", end="ended")
