"""Fills identities, gluing, id_kinds and id_cores: which ids find which flows, and which join them."""

from __future__ import annotations

from evtrace.links import slices
from evtrace.links.hashes import hashed
from evtrace.links.keys import has_key
from evtrace.links.seeds import leader
from evtrace.links.work import Work


def insert(work: Work) -> None:
    """Write the ids of the scope's flows, then what was decided about them."""
    work.run(_FLOW_SETS)
    parts = " UNION ALL ".join(sql for sql, wanted in _parts(work) if wanted)
    for some in slices.ascending(slices.bounds_of_hashes(slices.of(work, "seeds", times=8))):
        if parts:
            work.run(_IDENTITIES, parts=parts, which=some.format(id="x.h"))
        work.run(_CORES, which=some.format(id="v.h"))
    _insert_gluing(work)
    _insert_kinds(work)


_IDENTITIES = """
INSERT INTO stored_identities
SELECT x.* FROM ({parts}) AS x WHERE {which} ORDER BY h, flow_id, record_id
"""

_CORES = """
INSERT INTO id_cores
SELECT v.kind, v.h, v.core, f.flow_id
FROM value_cores AS v
JOIN seed_flows AS f ON f.s = v.c
WHERE v.strong AND {which}
ORDER BY v.h, v.core
"""


def _parts(work: Work) -> list[tuple[str, bool]]:
    return [
        (_MENTIONED, has_key(work, "ev") and _are_mentioned(work)),
        (_causes(work), has_key(work, "ca") and _has_orphans(work)),
        (_LED.format(kind="correlation"), leader(work) == "co"),
        (_LED.format(kind="trace"), leader(work) == "tr"),
        (_TRACES, has_key(work, "co") and has_key(work, "tr")),
        (_HELD, work.any("SELECT h FROM held")),
        (_BUSINESS, work.any("SELECT h FROM id_sets")),
        (_SLOTS, has_key(work, "slot") and work.any("SELECT e FROM message_groups WHERE several OR gap")),
        (_LINKS, work.any("SELECT h FROM span_targets")),
    ]


def _are_mentioned(work: Work) -> bool:
    """False: every record shows the event that it names, so all event ids stand in stored_events already."""
    return work.any("""
        SELECT ev FROM keys WHERE e IS DISTINCT FROM ev AND ev IS NOT NULL
        UNION ALL SELECT h FROM core_fan
        UNION ALL SELECT e FROM message_groups WHERE gap
    """)


_MENTIONED = """
SELECT x.h AS h, 'event' AS kind, CAST(NULL AS VARCHAR) AS value, x.flow_id AS flow_id, x.record_id AS record_id
FROM (
    SELECT k.ev AS h, f.flow_id AS flow_id, MIN(k.record_id) AS record_id
    FROM keys AS k JOIN seed_flows AS f ON f.s = k.s
    WHERE k.ev IS NOT NULL
    GROUP BY k.ev, f.flow_id
) AS x
ANTI JOIN stored_events AS e ON e.h = x.h AND e.flow_id = x.flow_id
"""


# The leading id is the seed of every record that has one.
_LED = """
SELECT q.s AS h, '{kind}' AS kind, CAST(NULL AS VARCHAR) AS value, f.flow_id AS flow_id, q.led AS record_id
FROM seeds AS q
JOIN seed_flows AS f ON f.s = q.s
WHERE q.led IS NOT NULL
"""

_TRACES = """
SELECT k.tr AS h, 'trace' AS kind, CAST(NULL AS VARCHAR) AS value, f.flow_id AS flow_id, MIN(k.record_id) AS record_id
FROM keys AS k JOIN seed_flows AS f ON f.s = k.s
WHERE k.tr IS NOT NULL
GROUP BY k.tr, f.flow_id
"""


def _has_orphans(work: Work) -> bool:
    """Nearly every cause is an event that was seen: what is left to look for elsewhere is little, mostly nothing."""
    unseen = "" if work.any("SELECT h FROM core_fan") else "AND k.cause_no IS NULL"
    work.run(f"""
        CREATE OR REPLACE TEMP TABLE orphans AS
        SELECT k.record_id AS record_id, k.ca AS ca, k.s AS s, k.src AS src
        FROM keys AS k
        WHERE k.ca IS NOT NULL {unseen}
    """)
    return work.any("SELECT ca FROM orphans")


def _causes(work: Work) -> str:
    """Causation ids whose event is not seen; a late event finds its effects by them."""
    known = [f"SELECT {c} AS h FROM keys WHERE {c} IS NOT NULL" for c in ("ev", "co") if has_key(work, c)]
    known += ["SELECT i.h AS h FROM id_sets AS i SEMI JOIN causation_kinds AS c ON c.kind = i.kind"]
    return f"""
        SELECT x.h AS h, x.kind AS kind, r.causation_id AS value, x.flow_id AS flow_id, CAST(NULL AS BIGINT) AS record_id
        FROM (
            SELECT k.ca AS h, f.flow_id AS flow_id, COALESCE(c.kind, 'event') AS kind, MIN(k.record_id) AS record_id
            FROM orphans AS k
            JOIN seed_flows AS f ON f.s = k.s
            LEFT JOIN causation_kinds AS c ON c.src = k.src
            ANTI JOIN ({" UNION ALL ".join(known)}) AS n ON n.h = k.ca AND n.h NOT IN (SELECT h FROM core_fan)
            GROUP BY k.ca, f.flow_id, COALESCE(c.kind, 'event')
        ) AS x
        JOIN records AS r ON r.record_id = x.record_id
    """


_HELD = """
SELECT DISTINCT x.h AS h, x.kind AS kind, CASE x.kind WHEN 'trace' THEN r.trace_id
       ELSE COALESCE(CASE WHEN x.h = {correlation} THEN r.correlation_id END, r.causation_id) END AS value, f.flow_id AS flow_id,
       CAST(NULL AS BIGINT) AS record_id
FROM held AS x
JOIN keys AS k ON k.record_id = x.record_id
JOIN seed_flows AS f ON f.s = k.s
JOIN records AS r ON r.record_id = x.record_id
""".format(correlation=hashed("r.correlation_id", "correlation"))

# The same id can be in several sets of one flow; most flows carry one set, and need no DISTINCT over text.
_BUSINESS = """
SELECT i.h AS h, i.kind AS kind, i.value AS value, x.flow_id AS flow_id, CAST(NULL AS BIGINT) AS record_id
FROM flow_sets AS x
JOIN id_sets AS i ON i.ids = x.ids
WHERE x.only_one
UNION ALL
SELECT DISTINCT i.h AS h, i.kind AS kind, i.value AS value, x.flow_id AS flow_id, CAST(NULL AS BIGINT) AS record_id
FROM flow_sets AS x
JOIN id_sets AS i ON i.ids = x.ids
WHERE NOT x.only_one
"""

_FLOW_SETS = """
CREATE OR REPLACE TEMP TABLE flow_sets AS
SELECT ids, flow_id, COUNT(*) OVER (PARTITION BY flow_id) = 1 AS only_one
FROM (
    SELECT DISTINCT k.ids AS ids, f.flow_id AS flow_id
    FROM seed_sets AS k JOIN seed_flows AS f ON f.s = k.s
) AS x
"""

# Places of further copies; the first is found through events.
_SLOTS = """
SELECT DISTINCT k.slot AS h, 'slot' AS kind, r.channel || '/' || r.part || '/' || r.pos AS value, m.flow_id AS flow_id,
       CAST(NULL AS BIGINT) AS record_id
FROM keys AS k
JOIN message_rows AS m ON m.e = k.e AND (m.several OR m.gap)
JOIN event_rows AS v ON v.event_no = m.event_no AND v.slot IS DISTINCT FROM k.slot
JOIN records AS r ON r.record_id = k.record_id
WHERE k.slot IS NOT NULL
"""

_LINKS = """
SELECT DISTINCT t.h AS h, 'link' AS kind, CAST(t.h AS VARCHAR) AS value, f.flow_id AS flow_id,
       CAST(NULL AS BIGINT) AS record_id
FROM span_targets AS t
JOIN keys AS k ON k.record_id = t.record_id
JOIN seed_flows AS f ON f.s = k.s
"""


def _insert_gluing(work: Work) -> None:
    """Values that would glue; counted over the whole store once their flows are written."""
    work.run("""
        CREATE OR REPLACE TEMP TABLE glue AS
        SELECT h FROM gluing UNION SELECT h FROM bad UNION SELECT h FROM core_fan UNION SELECT h FROM business_fan
    """)
    if not work.any("SELECT h FROM glue"):
        return
    work.run("""
        DELETE FROM gluing;
        INSERT INTO gluing
        SELECT i.h, i.kind, MIN(i.value) AS value, COUNT(DISTINCT i.flow_id) AS fan
        FROM bare_identities AS i
        SEMI JOIN glue AS g ON g.h = i.h
        GROUP BY i.h, i.kind
        ORDER BY i.h, i.kind
    """)


def _insert_kinds(work: Work) -> None:
    work.run("""
        DELETE FROM id_kinds;
        INSERT INTO id_kinds
        SELECT k.kind, k.joins, k.reason, COALESCE(v.n, 0) AS values_seen, k.single_share
        FROM kinds AS k
        LEFT JOIN (SELECT kind, COUNT(DISTINCT h) AS n FROM stored_identities WHERE kind IN (SELECT kind FROM kinds) GROUP BY kind) AS v ON v.kind = k.kind
        ORDER BY k.kind
    """)
