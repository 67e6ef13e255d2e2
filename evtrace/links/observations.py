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
WHERE k.kind IN ('receive', 'process', 'ack', 'nack', 'dead_letter') AND k.e IS NOT NULL
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
SELECT o.record_id AS record_id, MIN(m.e) AS e
FROM obs_stored AS o
JOIN span_targets AS t ON t.record_id = o.record_id AND t.n > 1
JOIN keys AS m ON m.sp = t.h AND m.kind = 'publish' AND m.e IS NOT NULL
GROUP BY o.record_id, t.h;
CREATE OR REPLACE TEMP TABLE of_batch AS
SELECT DISTINCT o.* REPLACE (b.e AS e)
FROM batch AS b
JOIN obs_stored AS o ON o.record_id = b.record_id
ANTI JOIN (SELECT record_id, e FROM obs_stored WHERE e >= 0) AS known ON known.record_id = b.record_id AND known.e = b.e;
DELETE FROM obs_stored WHERE e < 0 AND record_id IN (SELECT record_id FROM batch);
INSERT INTO obs_stored SELECT * FROM of_batch
"""


def _name_readers(work: Work) -> None:
    half = "SELECT record_id FROM obs WHERE grp IS NULL AND svc IS NOT NULL"
    named = work.any("SELECT svc FROM reader_names") and work.any(half)
    if not named and not work.any("SELECT e FROM obs WHERE reader IS NULL"):
        return
    _keep(work)
    if named:
        work.run("""
            UPDATE obs_stored SET reader = n.grp
            FROM reader_names AS n
            WHERE n.svc = obs_stored.svc AND n.chn = COALESCE(obs_stored.chn, 0) AND obs_stored.grp IS NULL
        """)
    work.run("""
        UPDATE obs_stored SET reader = n.reader
        FROM (SELECT e, MIN(reader) AS reader FROM obs_stored GROUP BY e HAVING MIN(reader) = MAX(reader)) AS n
        WHERE obs_stored.reader IS NULL AND obs_stored.e = n.e
    """)


def _find_busy(work: Work) -> None:
    """Most deliveries are told of once; only the others need their attempts numbered."""
    # a span of a batch tells of messages that are not its own
    # a line without a place goes on with the copy that its side saw last
    copy = "MAX(s.copy) OVER (PARTITION BY o.e, COALESCE(o.reader, 0), o.svc ORDER BY o.ts, o.record_id ROWS UNBOUNDED PRECEDING)"
    copy = f"COALESCE(s.copy, {copy})"
    often = "SEMI JOIN (SELECT e FROM message_rows WHERE told > 1) AS m ON m.e = o.e"
    work.run(f"""
        CREATE OR REPLACE TEMP TABLE crowded AS
        SELECT o.e AS e, COALESCE(o.reader, 0) AS who
        FROM obs AS o
        {"" if work.has("span_links") else often}
        GROUP BY o.e, COALESCE(o.reader, 0)
        HAVING COUNT(*) > 1;
        {_COPIES};
        CREATE OR REPLACE TEMP TABLE busy AS
        SELECT o.record_id AS record_id, o.e AS e, o.reader AS reader, COALESCE(o.reader, 0) AS who, o.src AS src,
               o.kind AS kind, o.ts AS ts, o.end_ts AS end_ts, o.attempt AS attempt, o.inst AS inst, o.wrk AS wrk,
               o.svc AS svc, o.grp AS grp, o.own_span AS own_span, o.result AS result, o.wrong AS wrong,
               CASE WHEN o.at_broker OR o.svc IS NULL THEN 'broker' ELSE 'service' END AS side,
               COALESCE({copy}, 1) AS copy
        FROM obs AS o
        SEMI JOIN crowded AS c ON c.e = o.e AND c.who = COALESCE(o.reader, 0)
        LEFT JOIN copy_slots AS s ON s.e = o.e AND s.slot = o.slot;
        CREATE OR REPLACE TEMP TABLE numbered (record_id BIGINT, e BIGINT, who INTEGER, copy BIGINT, no BIGINT)
    """)


# An event that was published several times has as many copies to be read; each of them is delivered for itself.
_COPIES = """
CREATE OR REPLACE TEMP TABLE copy_slots AS
SELECT k.e AS e, k.slot AS slot, ROW_NUMBER() OVER (PARTITION BY k.e ORDER BY MIN(k.record_id)) AS copy
FROM keys AS k
SEMI JOIN message_rows AS m ON m.e = k.e AND m.several
WHERE k.kind = 'publish' AND k.slot IS NOT NULL
GROUP BY k.e, k.slot"""

# Attempts are counted per observer, that is side × kind of record, and meet by number.
_STARTS = f"""
INSERT INTO numbered
WITH ordered AS (
    SELECT b.*,
           LAG(src) OVER w AS src0, LAG(ts) OVER w AS ts0, LAG(inst) OVER w AS inst0, LAG(wrk) OVER w AS wrk0
    FROM busy AS b
    WHERE b.kind IN ('receive', 'process')
    WINDOW w AS (PARTITION BY e, who, copy, side, kind, own_span ORDER BY ts, record_id)
), begun AS (
    SELECT o.*,
           CASE WHEN src0 <> src AND ts - ts0 < {SAME_ATTEMPT_NS} AND COALESCE(inst0 = inst, TRUE)
                     AND COALESCE(wrk0 = wrk, TRUE) THEN 0 ELSE 1 END AS fresh
    FROM ordered AS o
)
SELECT record_id, e, who, copy,
       COALESCE(attempt, SUM(fresh) OVER (PARTITION BY e, who, copy, side, kind, own_span ORDER BY ts, record_id
                                          ROWS UNBOUNDED PRECEDING)) AS no
FROM begun
"""

# An end belongs to the attempt that the same side saw begin last; a side that saw none begin counts its ends.
_ENDS = """
INSERT INTO numbered
WITH steps AS (
    SELECT b.record_id, b.e, b.who, b.copy, b.side, b.kind, b.attempt, n.no AS begun,
           MAX(n.no) OVER w AS last_begun,
           SUM(CASE WHEN b.kind IN ('ack', 'nack') THEN 1 ELSE 0 END) OVER w AS ended,
           MAX(n.no) OVER (PARTITION BY b.e, b.who, b.copy, b.side) AS any_begun
    FROM busy AS b
    LEFT JOIN numbered AS n ON n.record_id = b.record_id AND n.e = b.e
    WINDOW w AS (PARTITION BY b.e, b.who, b.copy, b.side
                 ORDER BY b.ts, CASE WHEN n.no IS NULL THEN 1 ELSE 0 END, b.record_id ROWS UNBOUNDED PRECEDING)
)
SELECT record_id, e, who, copy,
       COALESCE(attempt, last_begun, CASE WHEN any_begun IS NULL THEN GREATEST(ended, 1) ELSE 1 END) AS no
FROM steps
WHERE begun IS NULL
"""
