"""E1, E1b: the producer says what caused the event."""

from __future__ import annotations

from evtrace.links.rules.rule import Rule, some
from evtrace.links.work import Work

#: What E1 finds, as rows of event_rows: the effect, which says itself what caused it.
TOLD = "cause_no IS NOT NULL AND cause_no <> event_no AND hop IS DISTINCT FROM TRUE"


def is_whole(work: Work) -> bool:
    """True: all that E1 found stands in the table found, no cycle was cut."""
    told = work.store.value(f"SELECT COUNT(*) AS n FROM event_rows WHERE {TOLD}")
    return bool(told == work.store.value("SELECT COUNT(*) AS n FROM found WHERE rule = 'E1'"))


E1 = Rule(
    id="E1",
    purpose="the causation id names the parent event",
    sql=f"""
        SELECT cause_no AS parent_no, event_no AS child_no, CAST(NULL AS BIGINT) AS via, 1.0 AS confidence, 0 AS rivals
        FROM event_rows
        WHERE {TOLD}
    """,
    confidence=1.0,
    applies=some(f"SELECT cause_no FROM event_rows WHERE {TOLD}"),
)

E1B = Rule(
    id="E1b",
    purpose="the causation id names a flow or a thing: the parent is what the producer consumed of it most recently",
    sql="""
        WITH named AS (
            SELECT v.event_no AS event_no, v.co AS h FROM event_rows AS v WHERE v.co IS NOT NULL
            UNION
            SELECT v.event_no AS event_no, i.h AS h
            FROM event_rows AS v
            JOIN keys AS k ON k.record_id = v.record_id
            JOIN id_sets AS i ON i.ids = k.ids
        ), consumed AS (
            SELECT n.event_no AS parent_no, c.event_no AS child_no, d.delivery_id AS via,
                   ROW_NUMBER() OVER (PARTITION BY c.event_no
                                      ORDER BY d.begun_ts DESC, d.delivery_id, n.event_no) AS place
            FROM event_rows AS c
            JOIN named AS n ON n.h = c.ca AND n.event_no <> c.event_no
            JOIN delivery_rows AS d ON d.event_no = n.event_no AND d.svc = c.svc AND d.begun_ts <= c.ts
            WHERE c.src IN (SELECT src FROM flow_causation)
        )
        SELECT parent_no, child_no, via, 0.9 AS confidence, 0 AS rivals FROM consumed WHERE place = 1
    """,
    confidence=0.9,
    applies=some("SELECT src FROM flow_causation"),
)
