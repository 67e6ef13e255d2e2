"""Which event a log line belongs to: the table inside(record_id, event_no, delivery_id)."""

from __future__ import annotations

from evtrace.links.keys import has_key
from evtrace.links.work import Work


def build(work: Work) -> None:
    """Ask in this order: the span it was written in, the event it names, the delivery under way then."""
    work.run("CREATE OR REPLACE TEMP TABLE inside (record_id BIGINT, event_no BIGINT, delivery_id BIGINT)")
    if has_key(work, "sp"):
        work.run(_BY_SPAN)
    if has_key(work, "ev") and work.any("SELECT ev FROM keys WHERE ev IS NOT NULL AND e IS NULL"):
        work.run(_BY_EVENT)
    if has_key(work, "wrk") and has_key(work, "svc"):
        work.run(_BY_WORKER)


_BY_SPAN = """
INSERT INTO inside
SELECT k.record_id, v.event_no, d.delivery_id
FROM keys AS k
JOIN spans AS s ON s.sp = k.sp
JOIN event_rows AS v ON v.e = s.owner
LEFT JOIN (
    SELECT b.record_id AS record_id, b.e AS e, MIN(b.delivery_id) AS delivery_id FROM told_by AS b GROUP BY b.record_id, b.e
) AS d ON d.record_id = s.owner_record AND d.e = s.owner
WHERE k.e IS NULL
"""

_BY_EVENT = """
INSERT INTO inside
SELECT k.record_id, m.event_no, NULL
FROM keys AS k
JOIN message_rows AS m ON m.e = k.ev
ANTI JOIN inside AS i ON i.record_id = k.record_id
WHERE k.e IS NULL
"""

# A worker does one thing at a time: the newest delivery that began there is the one under way.
_BY_WORKER = """
INSERT INTO inside
WITH begun AS (
    SELECT d.delivery_id, d.event_no, d.flow_id, d.svc, COALESCE(d.inst, 0) AS inst, d.wrk, d.begun_ts AS ts, d.done_ts,
           ROW_NUMBER() OVER (PARTITION BY d.svc, COALESCE(d.inst, 0), d.wrk ORDER BY d.begun_ts, d.delivery_id, d.event_no) AS n
    FROM delivery_rows AS d
    WHERE d.begun_ts IS NOT NULL AND d.wrk IS NOT NULL AND d.svc IS NOT NULL
), steps AS (
    SELECT svc, inst, wrk, ts, 0 AS turn, n, NULL AS record_id, NULL AS flow_id FROM begun
    UNION ALL
    SELECT k.svc, COALESCE(k.inst, 0) AS inst, k.wrk, k.ts, 1 AS turn, NULL AS n, k.record_id, f.flow_id
    FROM keys AS k
    JOIN seed_flows AS f ON f.s = k.s
    ANTI JOIN inside AS i ON i.record_id = k.record_id
    WHERE k.kind = 'log' AND k.wrk IS NOT NULL AND k.svc IS NOT NULL AND k.ts IS NOT NULL
), placed AS (
    SELECT s.*, MAX(s.n) OVER (PARTITION BY s.svc, s.inst, s.wrk ORDER BY s.ts, s.turn, s.n, s.record_id
                               ROWS UNBOUNDED PRECEDING) AS last
    FROM steps AS s
)
SELECT p.record_id, b.event_no, b.delivery_id
FROM placed AS p
JOIN begun AS b ON b.svc = p.svc AND b.inst = p.inst AND b.wrk = p.wrk AND b.n = p.last
WHERE p.turn = 1 AND b.flow_id = p.flow_id AND (b.done_ts IS NULL OR p.ts <= b.done_ts)
"""
