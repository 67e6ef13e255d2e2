"""D1: a retry or dead letter is the message it was made from."""

from __future__ import annotations

from evtrace.links.hashes import slot
from evtrace.links.rules.rule import Rule, some
from evtrace.links.work import Work


def read_origins(work: Work) -> None:
    """origins(record_id, slot): the place that a republication says it comes from."""
    work.run("CREATE OR REPLACE TEMP TABLE origins (record_id BIGINT, slot BIGINT)")
    if work.has("origin"):
        work.run(f"""
            INSERT INTO origins
            SELECT x.record_id, {slot("x.channel", "x.part", "x.pos")} AS slot
            FROM (
                SELECT r.record_id, r.origin ->> '$.channel' AS channel,
                       TRY_CAST(r.origin ->> '$.part' AS INTEGER) AS part,
                       TRY_CAST(r.origin ->> '$.pos' AS BIGINT) AS pos
                FROM records AS r SEMI JOIN keys AS k ON k.record_id = r.record_id
                WHERE r.origin IS NOT NULL
            ) AS x
        """)


D1 = Rule(
    id="D1",
    purpose="a republication names the place or the id of the message it repeats",
    sql="""
        WITH hops AS (
            SELECT v.event_no AS event_no, v.e AS e, k.ev AS ev, v.best_ts AS best_ts, o.slot AS slot
            FROM event_rows AS v
            JOIN keys AS k ON k.record_id = v.record_id
            LEFT JOIN origins AS o ON o.record_id = v.record_id
            WHERE v.hop
        ), by_place AS (
            SELECT h.event_no AS child_no, MIN(p.event_no) AS parent_no
            FROM hops AS h
            JOIN keys AS k ON k.slot = h.slot AND k.e IS NOT NULL
            JOIN event_rows AS p ON p.e = k.e AND p.event_no <> h.event_no
            GROUP BY h.event_no
        ), by_id AS (
            SELECT h.event_no AS child_no, MIN(p.event_no) AS parent_no
            FROM hops AS h
            JOIN event_rows AS p ON p.e = h.ev AND p.event_no <> h.event_no
            GROUP BY h.event_no
        ), repeated AS (
            SELECT h.event_no AS child_no, COALESCE(a.parent_no, b.parent_no) AS parent_no
            FROM hops AS h
            LEFT JOIN by_place AS a ON a.child_no = h.event_no
            LEFT JOIN by_id AS b ON b.child_no = h.event_no
        ), last AS (
            SELECT d.event_no AS event_no, MAX(d.attempt) AS attempt
            FROM delivery_rows AS d GROUP BY d.event_no
        )
        SELECT r.parent_no AS parent_no, r.child_no AS child_no, MIN(d.delivery_id) AS via, 1.0 AS confidence,
               0 AS rivals
        FROM repeated AS r
        LEFT JOIN last AS l ON l.event_no = r.parent_no
        LEFT JOIN delivery_rows AS d ON d.event_no = r.parent_no AND d.attempt = l.attempt AND d.result > 1
        WHERE r.parent_no IS NOT NULL
        GROUP BY r.parent_no, r.child_no
    """,
    confidence=1.0,
    applies=some("SELECT e FROM event_rows WHERE hop"),
)
