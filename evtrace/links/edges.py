"""Finds the edges: runs the rules from the strongest down. What they agree on becomes rows in `edge_rows`."""

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


def build(work: Work) -> None:
    """Fill found(parent_no, child_no, via, rule, confidence, rivals)."""
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
    work.run("DROP TABLE unexplained")


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
    sources = "SELECT src FROM unproven_causation"
    unproven = f"OR v.src IN ({sources})" if work.any(sources) else ""
    work.run(f"""
        CREATE OR REPLACE TEMP TABLE unexplained AS
        SELECT v.*
        FROM event_rows AS v
        ANTI JOIN found AS f ON f.child_no = v.event_no
        WHERE NOT v.op AND v.seen AND v.hop IS DISTINCT FROM TRUE AND (v.ca IS NULL {unproven})
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
