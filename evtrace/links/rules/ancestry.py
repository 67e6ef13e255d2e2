"""E2, E3: spans say in which work an event was produced, and what that work consumed."""

from __future__ import annotations

from evtrace.links.keys import has_key
from evtrace.links.rules.rule import Rule, some

# The span in which an event was published, or above which an operation began.
_STARTS = """
    SELECT v.event_no AS child_no, s.psp AS sp, FALSE AS op, v.mkey AS mkey
    FROM event_rows AS v
    JOIN spans AS s ON s.e = v.e AND s.part = 'message'
    WHERE s.psp IS NOT NULL
    UNION
    SELECT v.event_no AS child_no, k.sp AS sp, FALSE AS op, v.mkey AS mkey
    FROM event_rows AS v
    JOIN keys AS k ON k.e = v.e AND k.kind = 'publish' AND k.own_span IS DISTINCT FROM TRUE AND k.sp IS NOT NULL
    WHERE v.e NOT IN (SELECT e FROM spans WHERE part = 'message' AND e IS NOT NULL)
    UNION
    SELECT v.event_no AS child_no, s.psp AS sp, TRUE AS op, v.mkey AS mkey
    FROM event_rows AS v
    JOIN spans AS s ON s.record_id = v.record_id
    WHERE v.op AND s.psp IS NOT NULL
"""

# Work that handled several messages: the one with the child's key, else all of them.
_PARENTS = f"""
    WITH starts AS ({_STARTS}), above AS (
        SELECT t.child_no AS child_no, t.mkey AS mkey, s.owner_record AS owner_record, s.owner_part AS owner_part,
               CASE WHEN t.op AND s.part = 'message' THEN s.e ELSE s.owner END AS owner,
               t.op AND s.part = 'message' AS direct
        FROM starts AS t
        JOIN spans AS s ON s.sp = t.sp
        WHERE s.owner_part <> 'message' OR (t.op AND s.part = 'message')
    ), parents AS (
        SELECT a.child_no AS child_no, a.mkey AS mkey, v.event_no AS parent_no, CAST(NULL AS BIGINT) AS via,
               FALSE AS by_link
        FROM above AS a
        JOIN event_rows AS v ON v.e = a.owner
        WHERE a.direct OR a.owner_part = 'work'
        UNION
        SELECT a.child_no AS child_no, a.mkey AS mkey, b.event_no AS parent_no, b.delivery_id AS via,
               b.record_id IN (SELECT record_id FROM span_targets) AS by_link
        FROM above AS a
        JOIN told_by AS b ON b.record_id = a.owner_record
        WHERE a.owner_part = 'handling' AND NOT a.direct
    ), marked AS (
        SELECT p.child_no AS child_no, p.parent_no AS parent_no, p.via AS via, p.by_link AS by_link,
               COALESCE(v.mkey = p.mkey, FALSE) AS same_key,
               MAX(CASE WHEN v.mkey = p.mkey THEN 1 ELSE 0 END) OVER (PARTITION BY p.child_no) AS any_same
        FROM parents AS p
        JOIN event_rows AS v ON v.event_no = p.parent_no
    )
    SELECT parent_no, child_no, via, 0.99 AS confidence, 0 AS rivals
    FROM marked
    WHERE (same_key OR any_same = 0)
"""


E2 = Rule(
    id="E2",
    purpose="the event was produced in a span below the work that is its parent",
    sql=f"{_PARENTS} AND NOT by_link",
    confidence=0.99,
    applies=lambda work: has_key(work, "sp"),
)

E3 = Rule(
    id="E3",
    purpose="the span that produced it handled messages it links to",
    sql=f"{_PARENTS} AND by_link",
    confidence=0.99,
    applies=some("SELECT record_id FROM span_targets"),
)
