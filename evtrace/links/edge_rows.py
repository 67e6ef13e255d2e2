"""Fills the table edges: one row per cause and effect, with the rules that found it and the attempt it happened in."""

from __future__ import annotations

from evtrace.links import slices
from evtrace.links.rules.explicit import TOLD, is_whole
from evtrace.links.work import Work

#: Equal confidence: the earlier rule counts as the surer one.
ORDER = ("D1", "E1", "E2", "E3", "E4a", "E4b", "E4e", "E4c", "E1b", "E5", "E4d")

_OTHERS = "SELECT child_no FROM found WHERE rule <> 'E1'"


def insert(work: Work) -> None:
    """Choose the attempt of each edge, fold the rules that agree, write."""
    several = _hands(work)
    others = work.any(_OTHERS)
    if not several and not others and is_whole(work):
        _insert_told(work)
        return
    chosen = _chosen(_wanted(work, others), several)
    if others:
        work.run(f"CREATE OR REPLACE TEMP TABLE chosen AS {chosen}")
        if work.any("SELECT parent_no FROM chosen GROUP BY parent_no, child_no HAVING COUNT(*) > 1"):
            _fold(work)
        chosen = "SELECT * FROM chosen"
    work.run(f"""
        INSERT INTO stored_edges (parent_no, child_no, via, kind, rule, confidence, evidence, rivals, flow_id)
        SELECT parent_no, child_no, via, 'causes' AS kind, rule, confidence, evidence, rivals, flow_id
        FROM ({chosen}) AS x
        ORDER BY child_no, parent_no
    """)


def _insert_told(work: Work) -> None:
    """Where all edges are told and each effect has one handling to come from, no more than five numbers are moved."""
    many = slices.of(work, "event_rows")
    rows = _TOLD.format(effects="TRUE", hands="TRUE")
    if many > 1:
        into = "CREATE OR REPLACE TEMP TABLE told_edges AS"
        for part in slices.each(many):
            work.run(
                f"{into} {_TOLD.format(effects=part.format(id='cause_no'), hands=part.format(id='event_no'))}"
            )
            into = "INSERT INTO told_edges"
        rows = "SELECT * FROM told_edges"
    work.run(f"""
        INSERT INTO stored_edges (parent_no, child_no, via, kind, rule, confidence, evidence, rivals, flow_id)
        SELECT parent_no, child_no, via, 'causes' AS kind, 'E1' AS rule, 1.0 AS confidence, NULL AS evidence, 0 AS rivals, flow_id
        FROM (SELECT * FROM ({rows}) AS told ORDER BY child_no, parent_no) AS x
    """)


_TOLD = f"""
SELECT c.cause_no AS parent_no, c.event_no AS child_no, c.flow_id AS flow_id,
       CASE WHEN h.t0 <= c.ts OR h.t0 IS NULL OR c.ts IS NULL THEN h.delivery_id END AS via
FROM (SELECT * FROM event_rows WHERE {TOLD} AND {{effects}}) AS c
LEFT JOIN (SELECT * FROM hands WHERE {{hands}}) AS h ON h.event_no = c.cause_no AND h.svc = c.svc
"""


def _hands(work: Work) -> bool:
    """hands: what each service had of each event in hand. True: sometimes several attempts or readers.

    An event of which one record tells the handling needs no counting, but where a span handles many messages.
    """
    often = "SELECT event_no FROM message_groups WHERE told > 1"
    if not work.has("span_links") and not work.any(often):
        work.run("""
            CREATE OR REPLACE TEMP VIEW hands AS
            SELECT event_no, svc, 1 AS n, delivery_id, begun_ts AS t0 FROM delivery_rows WHERE svc IS NOT NULL
        """)
        return False
    counted = "" if work.has("span_links") else f"SEMI JOIN ({often}) AS m ON m.event_no = d.event_no"
    work.run(f"""
        CREATE OR REPLACE TEMP TABLE hands_stored AS
        SELECT d.event_no AS event_no, d.svc AS svc, COUNT(*) AS n, MIN(d.delivery_id) AS delivery_id, MIN(d.begun_ts) AS t0
        FROM delivery_rows AS d {counted}
        WHERE d.svc IS NOT NULL GROUP BY d.event_no, d.svc;
        CREATE OR REPLACE TEMP VIEW hands AS SELECT * FROM hands_stored
    """)
    if counted:
        work.run(f"""
            INSERT INTO hands_stored
            SELECT d.event_no, d.svc, 1 AS n, d.delivery_id, d.begun_ts AS t0
            FROM delivery_rows AS d ANTI JOIN ({often}) AS m ON m.event_no = d.event_no
            WHERE d.svc IS NOT NULL
        """)
    return work.any("SELECT n FROM hands WHERE n > 1")


def _wanted(work: Work, others: bool) -> str:
    """The edges with what is known of their effects. Those of E1 stand beside their effects already."""
    facts = "c.svc AS svc, c.inst AS inst, c.ts AS ts, c.flow_id AS flow_id, c.record_id AS record_id"
    joined = f"SELECT f.*, {facts} FROM found AS f JOIN event_rows AS c ON c.event_no = f.child_no"
    if not is_whole(work):
        return joined
    told = f"""
        SELECT c.cause_no AS parent_no, c.event_no AS child_no, CAST(NULL AS BIGINT) AS via, 'E1' AS rule,
               CAST(1.0 AS DOUBLE) AS confidence, 0 AS rivals, {facts}
        FROM event_rows AS c WHERE {TOLD}"""
    return f"{told} UNION ALL {joined} WHERE f.rule <> 'E1'" if others else told


def _chosen(wanted: str, several: bool) -> str:
    """The attempt during which the effect was produced: the same instance, its time, a good end, the latest."""
    ranked, best, join = (_RANKED, ", r.delivery_id", _BEST) if several else ("", "", "")
    return f"""
        WITH wanted AS ({wanted}), met AS (
            SELECT w.*, h.n AS n, CASE WHEN h.t0 <= w.ts OR h.t0 IS NULL OR w.ts IS NULL THEN h.delivery_id END AS only_one
            FROM wanted AS w
            LEFT JOIN hands AS h ON h.event_no = w.parent_no AND h.svc = w.svc
        ){ranked}
        SELECT m.parent_no AS parent_no, m.child_no AS child_no, m.rule AS rule, m.confidence AS confidence, m.rivals AS rivals,
               CAST(NULL AS VARCHAR) AS evidence, COALESCE(m.via, CASE WHEN m.n = 1 THEN m.only_one END{best}) AS via,
               m.flow_id AS flow_id, m.record_id AS record_id
        FROM met AS m{join}"""


_RANKED = """, ranked AS (
            SELECT m.parent_no AS parent_no, m.child_no AS child_no, m.rule AS rule, d.delivery_id AS delivery_id,
                   ROW_NUMBER() OVER (
                       PARTITION BY m.parent_no, m.child_no, m.rule
                       ORDER BY CASE WHEN d.inst = m.inst THEN 0 ELSE 1 END,
                                CASE WHEN m.ts BETWEEN d.begun_ts AND d.done_ts THEN 0 ELSE 1 END,
                                CASE WHEN d.result = 1 THEN 0 ELSE 1 END, d.begun_ts DESC, d.delivery_id
                   ) AS place
            FROM met AS m
            JOIN delivery_rows AS d ON d.event_no = m.parent_no AND d.svc = m.svc
            WHERE m.n > 1 AND m.via IS NULL AND (d.begun_ts IS NULL OR m.ts IS NULL OR d.begun_ts <= m.ts)
        )"""

_BEST = """
        LEFT JOIN (SELECT * FROM ranked WHERE place = 1) AS r
          ON r.parent_no = m.parent_no AND r.child_no = m.child_no AND r.rule = m.rule"""


def _fold(work: Work) -> None:
    """One edge per pair: its surest rule, the others as evidence."""
    rank = " ".join(f"WHEN '{rule}' THEN {n}" for n, rule in enumerate(ORDER))
    work.run(f"""
        CREATE OR REPLACE TEMP TABLE chosen AS
        SELECT q.* REPLACE (
            NULLIF(trim(replace(' ' || q.evidence || ' ', ' ' || q.rule || ' ', ' ')), '') AS evidence
        )
        FROM (
            SELECT parent_no, child_no, arg_min(rule, CASE rule {rank} END) AS rule, MAX(confidence) AS confidence,
                   MIN(rivals) AS rivals, string_agg(DISTINCT rule, ' ' ORDER BY rule) AS evidence, MIN(via) AS via,
                   MIN(flow_id) AS flow_id, MIN(record_id) AS record_id
            FROM chosen
            GROUP BY parent_no, child_no
        ) AS q
    """)
