"""Fills the table edges: runs the rules from the strongest down and keeps what they agree on."""

from __future__ import annotations

from evtrace.links import cycles
from evtrace.links.keys import has_key
from evtrace.links.rules import broker_order, elimination, model
from evtrace.links.rules.ancestry import E2, E3
from evtrace.links.rules.dead_letters import D1, read_origins
from evtrace.links.rules.explicit import E1, E1B
from evtrace.links.rules.mined import E4E
from evtrace.links.rules.rule import Rule
from evtrace.links.rules.same_place import (
    E4A,
    E4B,
    E4B_STRICT,
    HANDLINGS,
    OPEN_HANDLINGS,
    STRICTLY_OPEN,
)
from evtrace.links.work import Work

#: The rules that close a child to all weaker ones but E4e.
STRONG = (D1, E1, E1B, E2, E3)

#: Equal confidence: the earlier rule counts as the surer one.
ORDER = ("D1", "E1", "E2", "E3", "E4a", "E4b", "E4e", "E4c", "E1b", "E5", "E4d")


def build(work: Work) -> None:
    """Fill found(parent_no, child_no, via, rule, confidence, rivals) and make it the edges of the scope."""
    work.run("""
        CREATE OR REPLACE TEMP TABLE found (
            parent_no BIGINT, child_no BIGINT, via BIGINT, rule VARCHAR, confidence DOUBLE, rivals INTEGER
        )
    """)
    read_origins(work)
    for rule in STRONG:
        _apply(work, rule)
    _unexplained(work)
    _same_place(work)
    cycles.cut(work)
    model.build(work)
    elimination.run(work)
    _apply(work, E4E)
    broker_order.run(work)
    cycles.cut(work)


def _apply(work: Work, rule: Rule) -> None:
    if rule.applies(work):
        work.run(f"""
            INSERT INTO found
            SELECT parent_no, child_no, via, '{rule.id}' AS rule, confidence, rivals
            FROM ({rule.sql}) AS x
            WHERE parent_no <> child_no
        """)


def _unexplained(work: Work) -> None:
    """Publishes that may take weaker edges. A proven cause that is not in the logs leaves no room for a guess."""
    work.run("""
        CREATE OR REPLACE TEMP TABLE unexplained AS
        SELECT v.*
        FROM event_rows AS v
        ANTI JOIN found AS f ON f.child_no = v.event_no
        WHERE NOT v.op AND v.seen AND v.hop IS DISTINCT FROM TRUE
          AND (v.ca IS NULL OR v.src IN (SELECT src FROM unproven_causation))
    """)


def _same_place(work: Work) -> None:
    if E4A.applies(work):
        _agree(work)
        _apply(work, E4A)
        work.run("""
            CREATE OR REPLACE TEMP TABLE unexplained AS
            SELECT v.* FROM unexplained AS v ANTI JOIN found AS f ON f.child_no = v.event_no
        """)
    work.run("CREATE OR REPLACE TEMP TABLE open_handlings (child_no BIGINT, n BIGINT, parent_no BIGINT)")
    if has_key(work, "svc") and work.any("SELECT e FROM unexplained WHERE ts IS NOT NULL"):
        work.run(HANDLINGS)
        work.run(OPEN_HANDLINGS)
        _apply(work, E4B)
        if E4B_STRICT.applies(work):
            work.run(STRICTLY_OPEN)
            _apply(work, E4B_STRICT)


def _agree(work: Work) -> None:
    """Where a stronger rule has spoken, the same worker counts as a witness only."""
    witness = E4A.sql.replace(
        "FROM unexplained",
        "FROM (SELECT v.* FROM event_rows AS v SEMI JOIN found AS f ON f.child_no = v.event_no) AS told",
    )
    work.run(f"""
        INSERT INTO found
        SELECT x.parent_no, x.child_no, x.via, '{E4A.id}' AS rule, x.confidence, x.rivals
        FROM ({witness}) AS x
        SEMI JOIN found AS f ON f.parent_no = x.parent_no AND f.child_no = x.child_no
    """)


def insert(work: Work) -> None:
    """Choose the attempt of each edge, fold the rules that agree, write."""
    _choose_attempts(work)
    if work.any("SELECT parent_no FROM found GROUP BY parent_no, child_no HAVING COUNT(*) > 1"):
        _fold(work)
    work.run("""
        INSERT INTO stored_edges (parent_no, child_no, via, kind, rule, confidence, evidence, rivals, flow_id)
        SELECT parent_no, child_no, via, 'causes' AS kind, rule, confidence, evidence, rivals, flow_id
        FROM chosen
        ORDER BY child_no, parent_no;
        DROP TABLE chosen;
        DROP TABLE hands
    """)


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


def _choose_attempts(work: Work) -> None:
    """The attempt during which the effect was produced: the same instance, its time, a good end, the latest."""
    work.run("""
        CREATE OR REPLACE TEMP TABLE hands AS
        SELECT event_no, svc, COUNT(*) AS n, MIN(delivery_id) AS delivery_id, MIN(begun_ts) AS t0
        FROM delivery_rows WHERE svc IS NOT NULL GROUP BY event_no, svc
    """)
    work.run(f"CREATE OR REPLACE TEMP TABLE chosen AS {_CHOSEN}")


_CHOSEN = """
WITH wanted AS (
    SELECT f.*, c.svc AS svc, c.inst AS inst, c.ts AS ts, c.flow_id AS flow_id, c.record_id AS record_id
    FROM found AS f
    JOIN event_rows AS c ON c.event_no = f.child_no
), met AS (
    SELECT w.*, h.n AS n, CASE WHEN h.t0 <= w.ts OR h.t0 IS NULL OR w.ts IS NULL THEN h.delivery_id END AS only_one
    FROM wanted AS w
    LEFT JOIN hands AS h ON h.event_no = w.parent_no AND h.svc = w.svc
), ranked AS (
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
)
SELECT m.parent_no AS parent_no, m.child_no AS child_no, m.rule AS rule, m.confidence AS confidence, m.rivals AS rivals,
       CAST(NULL AS VARCHAR) AS evidence, COALESCE(m.via, CASE WHEN m.n = 1 THEN m.only_one END, r.delivery_id) AS via,
       m.flow_id AS flow_id, m.record_id AS record_id
FROM met AS m
LEFT JOIN (SELECT * FROM ranked WHERE place = 1) AS r
  ON r.parent_no = m.parent_no AND r.child_no = m.child_no AND r.rule = m.rule
"""
