"""Observations of deliveries: obs has one row per record and event that it tells the handling of."""

from __future__ import annotations

from evtrace.links import readers
from evtrace.links.work import Work

#: Two sources that tell of one reader within this time and from the same place tell of one attempt.
SAME_ATTEMPT_NS = 1_000_000_000


def build(work: Work) -> None:
    """Find the observations, whose reader each one is about, and which attempt."""
    work.run(_OBSERVATIONS)
    if work.has("span_links"):
        _keep(work)
        work.run(_BATCHES)
    readers.build(work)
    _name_readers(work)
    _find_busy(work)
    if work.any("SELECT e FROM busy"):
        work.run(_STARTS)
        work.run(_ENDS)


_OBSERVATIONS = """
CREATE OR REPLACE TEMP VIEW obs AS
SELECT k.*, COALESCE(k.grp, k.svc) AS reader
FROM keys AS k
WHERE k.handled
"""


def _keep(work: Work) -> None:
    """Store the observations, so that they can be corrected; where nothing is to correct, a view will do."""
    work.run("""
        CREATE OR REPLACE TEMP TABLE obs_stored AS SELECT * FROM obs;
        CREATE OR REPLACE TEMP VIEW obs AS SELECT * FROM obs_stored
    """)


# A span that handles a batch links to each message of it.
_BATCHES = """
CREATE OR REPLACE TEMP TABLE batch AS
SELECT o.record_id AS record_id, MIN(m.e) AS e, MIN(m.event_no) AS event_no, MIN(m.es) AS es
FROM obs_stored AS o
JOIN span_targets AS t ON t.record_id = o.record_id AND t.n > 1
JOIN keys AS m ON m.sp = t.h AND m.kind = 'publish' AND m.e IS NOT NULL
GROUP BY o.record_id, t.h;
CREATE OR REPLACE TEMP TABLE of_batch AS
SELECT DISTINCT o.* REPLACE (b.e AS e, b.event_no AS event_no, b.es AS es)
FROM batch AS b
JOIN obs_stored AS o ON o.record_id = b.record_id
ANTI JOIN (SELECT record_id, e FROM obs_stored WHERE e >= 0) AS known ON known.record_id = b.record_id AND known.e = b.e;
DELETE FROM obs_stored WHERE e < 0 AND record_id IN (SELECT record_id FROM batch);
INSERT INTO obs_stored SELECT * FROM of_batch
"""


def _name_readers(work: Work) -> None:
    """Name the reader where a record does not: as its service reads there, or as others tell of the same event."""
    half = work.any("SELECT record_id FROM obs WHERE grp IS NULL AND svc IS NOT NULL")
    if not half and not work.any("SELECT e FROM obs WHERE reader IS NULL"):
        return
    _keep(work)
    if half:
        work.run("""
            UPDATE obs_stored SET reader = n.grp
            FROM reader_names AS n
            WHERE n.svc = obs_stored.svc AND n.chn = COALESCE(obs_stored.chn, 0) AND obs_stored.grp IS NULL;
            UPDATE obs_stored SET reader = n.grp
            FROM (
                SELECT e, svc, MIN(grp) AS grp FROM obs_stored
                WHERE grp IS NOT NULL AND svc IS NOT NULL
                GROUP BY e, svc HAVING MIN(grp) = MAX(grp)
            ) AS n
            WHERE n.e = obs_stored.e AND n.svc = obs_stored.svc AND obs_stored.reader = obs_stored.svc AND obs_stored.grp IS NULL
        """)
    work.run("""
        UPDATE obs_stored SET reader = n.reader
        FROM (SELECT e, MIN(reader) AS reader FROM obs_stored GROUP BY e HAVING MIN(reader) = MAX(reader)) AS n
        WHERE obs_stored.reader IS NULL AND obs_stored.e = n.e
    """)


def _find_busy(work: Work) -> None:
    """Most deliveries are told of once; only the others need their attempts numbered."""
    # a span of a batch tells of messages that are not its own
    often = "SEMI JOIN (SELECT e FROM message_groups WHERE told > 1) AS m ON m.e = o.e"
    work.run(f"""
        CREATE OR REPLACE TEMP TABLE crowded AS
        SELECT o.e AS e, COALESCE(o.reader, 0) AS who
        FROM obs AS o
        {"" if work.has("span_links") else often}
        GROUP BY o.e, COALESCE(o.reader, 0)
        HAVING COUNT(*) > 1;
        CREATE OR REPLACE TEMP TABLE busy AS
        SELECT k.record_id AS record_id, k.e AS e, k.reader AS reader, COALESCE(k.reader, 0) AS who, k.src AS src,
               k.kind AS kind, k.ts AS ts, k.end_ts AS end_ts, k.attempt AS attempt, k.inst AS inst, k.wrk AS wrk,
               k.svc AS svc, k.grp AS grp, k.result AS result, k.wrong AS wrong, k.side AS side,
               k.side || ' ' || k.kind || CASE WHEN k.own_span THEN ' span' ELSE '' END AS observer,
               k.ts IS NOT NULL AND k.borrowed IS DISTINCT FROM TRUE AS dated
        FROM (
            SELECT *, CASE WHEN at_broker OR svc IS NULL THEN 'broker' ELSE 'service' END AS side FROM obs
        ) AS k
        SEMI JOIN crowded AS c ON c.e = k.e AND c.who = COALESCE(k.reader, 0);
        CREATE OR REPLACE TEMP TABLE numbered (record_id BIGINT, e BIGINT, who INTEGER, no BIGINT)
    """)


# Attempts are counted per observer, that is side × kind of record, and meet by number. Records of several
# sources within a moment and from one place tell of the same attempts: each source's first of the first, its
# second of the second … A number that a record tells is never undercut. It may be lower than the count where the
# event was published twice: then counting begins anew for every copy, and the copies follow one another here.
_STARTS = f"""
INSERT INTO numbered
WITH begun AS (
    SELECT b.*, LAG(ts) OVER w AS ts0, LAG(inst) OVER w AS inst0, LAG(wrk) OVER w AS wrk0, LAG(attempt) OVER w AS attempt0
    FROM busy AS b
    WHERE b.kind IN ('receive', 'process')
    WINDOW w AS (PARTITION BY e, who, observer, dated ORDER BY ts, record_id)
), moments AS (
    SELECT o.*,
           SUM(CASE WHEN NOT dated THEN 0
                    WHEN ts - ts0 < {SAME_ATTEMPT_NS} AND COALESCE(inst0 = inst, TRUE) AND COALESCE(wrk0 = wrk, TRUE)
                         AND COALESCE(attempt0 = attempt, TRUE) THEN 0 ELSE 1 END)
           OVER (PARTITION BY e, who, observer, dated ORDER BY ts, record_id ROWS UNBOUNDED PRECEDING) AS moment_no
    FROM begun AS o
), turns AS (
    SELECT m.*, ROW_NUMBER() OVER (PARTITION BY e, who, observer, dated, moment_no, src ORDER BY ts, record_id) AS turn
    FROM moments AS m
), places AS (
    SELECT t.*, t.turn + COALESCE(x.earlier, 0) AS place
    FROM turns AS t
    LEFT JOIN (
        SELECT e, who, observer, dated, moment_no,
               SUM(n) OVER (PARTITION BY e, who, observer, dated ORDER BY moment_no
                            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS earlier
        FROM (SELECT e, who, observer, dated, moment_no, MAX(turn) AS n FROM turns GROUP BY e, who, observer, dated, moment_no) AS s
    ) AS x ON x.e = t.e AND x.who = t.who AND x.observer = t.observer AND x.dated = t.dated AND x.moment_no = t.moment_no
), counted AS (
    SELECT p.*,
           place + GREATEST(0, COALESCE(MAX(attempt - place) OVER (PARTITION BY e, who, observer, dated ORDER BY place), 0)) AS no
    FROM places AS p
), spans_of AS (
    SELECT e, who, observer, MAX(no) AS last_no, COUNT(attempt) AS told FROM counted GROUP BY e, who, observer
), tellers AS (
    SELECT c.e AS e, c.who AS who, MIN(c.no) AS first_no, MAX(c.no) AS last_no
    FROM counted AS c
    JOIN spans_of AS s ON s.e = c.e AND s.who = c.who AND s.observer = c.observer AND s.told > 0
    GROUP BY c.e, c.who
)
SELECT c.record_id, c.e, c.who,
       c.no + CASE WHEN s.told = 0 AND t.first_no > 1 THEN GREATEST(0, t.last_no - s.last_no) ELSE 0 END AS no
FROM counted AS c
JOIN spans_of AS s ON s.e = c.e AND s.who = c.who AND s.observer = c.observer
LEFT JOIN tellers AS t ON t.e = c.e AND t.who = c.who
"""

# An end belongs to the attempt that the same side saw begin last, of the number that it tells where it tells one;
# a side that saw none begin counts its ends.
_ENDS = """
INSERT INTO numbered
WITH steps AS (
    SELECT b.record_id, b.e, b.who, b.side, b.kind, b.attempt, n.no AS begun,
           MAX(n.no) OVER w AS last_begun,
           MAX(n.no) OVER (PARTITION BY b.e, b.who, b.side, b.attempt
                           ORDER BY b.ts, CASE WHEN n.no IS NULL THEN 1 ELSE 0 END, b.record_id ROWS UNBOUNDED PRECEDING) AS last_told,
           SUM(CASE WHEN b.kind IN ('ack', 'nack') THEN 1 ELSE 0 END) OVER w AS ended,
           MAX(n.no) OVER (PARTITION BY b.e, b.who, b.side) AS any_begun
    FROM busy AS b
    LEFT JOIN numbered AS n ON n.record_id = b.record_id AND n.e = b.e
    WINDOW w AS (PARTITION BY b.e, b.who, b.side
                 ORDER BY b.ts, CASE WHEN n.no IS NULL THEN 1 ELSE 0 END, b.record_id ROWS UNBOUNDED PRECEDING)
)
SELECT record_id, e, who,
       CASE WHEN attempt IS NOT NULL THEN COALESCE(last_told, attempt)
            ELSE COALESCE(last_begun, CASE WHEN any_begun IS NULL THEN GREATEST(ended, 1) ELSE 1 END) END AS no
FROM steps
WHERE begun IS NULL
"""
