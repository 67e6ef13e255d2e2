"""Spans: which message a span without an id shows, which work a span belongs to."""

from __future__ import annotations

from evtrace.links.hashes import hashed
from evtrace.links.work import Work


def targets(work: Work) -> None:
    """span_targets(record_id, h, n): the spans that a record links to, and how many these are."""
    work.run("CREATE OR REPLACE TEMP TABLE span_targets (record_id BIGINT, h BIGINT, n BIGINT)")
    if not work.has("span_links"):
        return
    shape = '[{"trace_id": "VARCHAR", "span_id": "VARCHAR"}]'
    target = hashed("x.l.trace_id || ':' || x.l.span_id", "link")
    work.store.execute(
        f"""
        INSERT INTO span_targets
        SELECT DISTINCT x.record_id, {target} AS h, COUNT(*) OVER (PARTITION BY x.record_id) AS n
        FROM (
            SELECT r.record_id, unnest(from_json(r.span_links, ?)) AS l
            FROM records AS r SEMI JOIN keys AS k ON k.record_id = r.record_id
            WHERE r.span_links IS NOT NULL
        ) AS x
        WHERE x.l.span_id IS NOT NULL
        """,
        [shape],
    )


def name_messages(work: Work) -> None:
    """Let producer and consumer spans of one message show the same event.

    A producer span often knows no offset and a consumer span no message id; what ties them is the span
    context that the message carries: a header, the parent span or a link.
    """
    _rename(work, _BY_CONTEXT)
    _rename(work, _BY_READER)
    _rename(work, _BY_PUBLISHER)


def _rename(work: Work, sql: str) -> None:
    work.run(f"CREATE OR REPLACE TEMP TABLE renamed AS {sql}")
    work.run("UPDATE keys_stored SET e = n.e FROM renamed AS n WHERE keys_stored.record_id = n.record_id")


# A message in a dump or log whose header names the producer span.
_BY_CONTEXT = """
SELECT k.record_id AS record_id, MIN(m.e) AS e
FROM keys AS k
JOIN keys AS m ON m.sp = k.sp
WHERE k.e < 0 AND k.kind = 'publish' AND m.e > 0
  AND (m.kind = 'publish' OR (m.kind = 'receive' AND NOT m.own_span))
GROUP BY k.record_id
"""

# Consumer spans whose parent or only link is the producer span.
_READERS = """
SELECT k.record_id AS record_id, k.e AS e, k.psp AS producer, FALSE AS by_link
FROM keys AS k WHERE k.kind IN ('receive', 'process') AND k.e IS NOT NULL AND k.own_span AND k.psp IS NOT NULL
UNION ALL
SELECT k.record_id AS record_id, k.e AS e, t.h AS producer, TRUE AS by_link
FROM keys AS k JOIN span_targets AS t ON t.record_id = k.record_id
WHERE k.kind IN ('receive', 'process') AND k.e IS NOT NULL AND t.n = 1
"""

_BY_READER = f"""
SELECT k.record_id AS record_id, MIN(r.e) AS e
FROM keys AS k
JOIN ({_READERS}) AS r ON r.producer = k.sp
WHERE k.e < 0 AND k.kind = 'publish' AND k.own_span AND r.e > 0
GROUP BY k.record_id
"""

_BY_PUBLISHER = f"""
SELECT r.record_id AS record_id, MIN(k.e) AS e
FROM keys AS k
JOIN ({_READERS}) AS r ON r.producer = k.sp
WHERE r.e < 0 AND k.kind = 'publish' AND k.e IS NOT NULL
GROUP BY r.record_id
"""


def build(work: Work) -> None:
    """spans: one row per span with the piece of work it belongs to.

    The first span of a service in a trace begins an operation; a span that handles a message is the
    handling of it; all spans below, up to the next service, belong to these. Spans seen only in logs
    are operations too, named by the service that wrote the log.
    """
    work.run(_NODES)
    work.run(_OWNERS)
    while work.any("SELECT o.sp FROM owners AS o JOIN owners AS p ON p.sp = o.up WHERE p.up <> o.up"):
        work.run("""
            CREATE OR REPLACE TEMP TABLE owners AS
            SELECT o.sp AS sp, COALESCE(p.up, o.up) AS up FROM owners AS o LEFT JOIN owners AS p ON p.sp = o.up
        """)
        work.run("UPDATE owner_rounds SET n = n + 1")
        if work.store.value("SELECT n FROM owner_rounds") > 40:  # spans that are their own ancestors
            break
    work.run(_SPANS)


_NODES = f"""
CREATE OR REPLACE TEMP TABLE owner_rounds AS SELECT 0 AS n;
CREATE OR REPLACE TEMP TABLE nodes AS
WITH firsts AS (
    SELECT sp, COALESCE(MIN(CASE WHEN own_span THEN record_id END), MIN(record_id)) AS record_id,
           MAX(CASE WHEN own_span THEN 1 ELSE 0 END) AS seen
    FROM keys
    WHERE sp IS NOT NULL AND (own_span OR kind = 'log')
    GROUP BY sp
)
SELECT k.sp AS sp, NULLIF(k.psp, k.sp) AS psp, k.record_id AS record_id, k.svc AS svc, f.seen = 1 AS seen,
       CASE WHEN k.e IS NULL OR f.seen = 0 THEN 'work'
            WHEN k.kind IN ('receive', 'process') THEN 'handling'
            WHEN k.kind = 'publish' THEN 'message'
            ELSE 'work' END AS part,
       CASE WHEN f.seen = 1 THEN k.e END AS e, {hashed("k.sp", "operation")} AS op
FROM firsts AS f
JOIN keys AS k ON k.record_id = f.record_id
"""

_OWNERS = """
CREATE OR REPLACE TEMP TABLE owners AS
SELECT n.sp AS sp,
       CASE WHEN n.part = 'handling' OR p.sp IS NULL OR p.svc IS DISTINCT FROM n.svc THEN n.sp ELSE p.sp END AS up
FROM nodes AS n
LEFT JOIN nodes AS p ON p.sp = n.psp
"""

_SPANS = """
CREATE OR REPLACE TEMP TABLE spans AS
SELECT n.sp AS sp, n.psp AS psp, n.record_id AS record_id, n.part AS part, n.seen AS seen, n.e AS e, o.up AS owner_sp,
       w.part AS owner_part, w.record_id AS owner_record,
       CASE WHEN w.part = 'work' THEN w.op ELSE w.e END AS owner
FROM nodes AS n
JOIN owners AS o ON o.sp = n.sp
JOIN nodes AS w ON w.sp = o.up
"""
