"""What the surer rules teach: which type of event triggers which. One model for the whole store."""

from __future__ import annotations

from evtrace.links.hashes import coded
from evtrace.links.work import DecisionFlipped, Work

LEAST_TIMES, LEAST_SHARE = 3, 0.01  # a pair of types is a trigger from here on
LEAST_PRECEDED = 0.75  # an input of a join comes before nearly all of its effects; logs lose records
SURE = ("E1", "E1b", "E2", "E3", "E4a", "E4b")

_META = "trigger_model"


def build(work: Work) -> None:
    """Fill triggers(ptyp, ctyp) and joins(ptyp, ctyp) from the edges of the scope and of all other flows."""
    _triggers(work)
    _joins(work)
    if not work.fresh or work.any("SELECT ptyp FROM triggers"):
        _keep(work)


def _keep(work: Work) -> None:
    """Edges rest on the model: where it changes, everything is linked again."""
    rows = work.store.rows("""
        SELECT 'trigger' AS what, ptyp, ctyp FROM triggers UNION ALL SELECT 'join' AS what, ptyp, ctyp FROM joins
        ORDER BY what, ptyp, ctyp
    """)
    text = repr(rows)
    if not work.fresh and (work.store.meta(_META) or "[]") != text:
        raise DecisionFlipped("which types of event trigger which")
    work.store.set_meta(_META, text)


def _triggers(work: Work) -> None:
    sure = ", ".join(f"'{rule}'" for rule in SURE)
    stored = f"""
        UNION ALL
        SELECT {coded("p.event_type", "type")} AS ptyp, {coded("c.event_type", "type")} AS ctyp
        FROM stored_edges AS x
        JOIN stored_events AS p ON p.event_no = x.parent_no
        JOIN stored_events AS c ON c.event_no = x.child_no
        WHERE x.rule IN ({sure}) AND p.kind = 'message' AND c.kind = 'message'
    """
    work.run(f"""
        CREATE OR REPLACE TEMP TABLE triggers AS
        WITH counted AS (
            SELECT ptyp, ctyp, COUNT(*) AS k
            FROM (
                SELECT p.typ AS ptyp, c.typ AS ctyp
                FROM ({_pairs(work, sure)}) AS x
                JOIN event_rows AS p ON p.event_no = x.parent_no
                JOIN event_rows AS c ON c.event_no = x.child_no
                {"" if work.fresh else stored}
            ) AS x
            WHERE ptyp IS NOT NULL AND ctyp IS NOT NULL
            GROUP BY ptyp, ctyp
        )
        SELECT ptyp, ctyp FROM (
            SELECT ptyp, ctyp, k, SUM(k) OVER (PARTITION BY ctyp) AS total FROM counted
        ) AS x
        WHERE k >= {LEAST_TIMES} AND k >= {LEAST_SHARE} * total
    """)


def _pairs(work: Work, sure: str) -> str:
    """Each sure edge once, however many rules found it."""
    several = work.any("SELECT rule FROM (SELECT DISTINCT rule FROM found) AS x WHERE rule <> 'E1'")
    once = "DISTINCT " if several else ""  # E1 finds each pair once
    return f"SELECT {once}parent_no, child_no FROM found WHERE rule IN ({sure})"


def _joins(work: Work) -> None:
    """An AND-join: types that sometimes trigger an effect and nearly always precede it."""
    work.run("CREATE OR REPLACE TEMP TABLE joins (ptyp BIGINT, ctyp BIGINT)")
    work.run("""
        CREATE OR REPLACE TEMP TABLE doubles AS SELECT ctyp FROM triggers GROUP BY ctyp HAVING COUNT(*) > 1
    """)
    if not work.any("SELECT ctyp FROM doubles"):
        return
    work.run(_EFFECTS)
    if not work.fresh:
        work.run(_STORED_EFFECTS)
    work.run(f"""
        INSERT INTO joins
        WITH shares AS (
            SELECT t.ptyp AS ptyp, t.ctyp AS ctyp,
                   COUNT(DISTINCT CASE WHEN e.ptyp = t.ptyp THEN e.child_no END) AS n,
                   COUNT(DISTINCT e.child_no) AS total
            FROM triggers AS t
            JOIN effects AS e ON e.ctyp = t.ctyp
            GROUP BY t.ptyp, t.ctyp
        ), kept AS (
            SELECT ptyp, ctyp FROM shares WHERE n >= {LEAST_PRECEDED} * total
        )
        SELECT k.ptyp, k.ctyp FROM kept AS k
        SEMI JOIN (SELECT ctyp FROM kept GROUP BY ctyp HAVING COUNT(*) > 1) AS m ON m.ctyp = k.ctyp
    """)


# Each effect of a type with several triggers, and the types its producer had consumed before it.
_EFFECTS = """
CREATE OR REPLACE TEMP TABLE effects AS
SELECT c.event_no AS child_no, c.typ AS ctyp, i.typ AS ptyp
FROM event_rows AS c
SEMI JOIN doubles AS m ON m.ctyp = c.typ
LEFT JOIN (
    SELECT p.typ AS typ, d.svc AS svc, d.flow_id AS flow_id, MIN(COALESCE(d.received_ts, d.done_ts)) AS t0
    FROM delivery_rows AS d
    JOIN event_rows AS p ON p.event_no = d.event_no
    WHERE d.result IS NULL OR d.result = 1
    GROUP BY p.typ, d.svc, d.flow_id
) AS i ON i.flow_id = c.flow_id AND i.svc = c.svc AND i.t0 <= c.best_ts
"""

_STORED_EFFECTS = f"""
INSERT INTO effects
SELECT c.event_no, {coded("c.event_type", "type")} AS ctyp, i.typ
FROM stored_events AS c
SEMI JOIN doubles AS m ON m.ctyp = {coded("c.event_type", "type")}
LEFT JOIN (
    SELECT {coded("p.event_type", "type")} AS typ, d.service AS service, d.flow_id AS flow_id, MIN(COALESCE(d.received_ts, d.done_ts)) AS t0
    FROM stored_deliveries AS d
    JOIN stored_events AS p ON p.event_no = d.event_no
    WHERE d.outcome IS NULL OR d.outcome = 'ok'
    GROUP BY p.event_type, d.service, d.flow_id
) AS i ON i.flow_id = c.flow_id AND i.service = c.service AND i.t0 <= c.published_ts
"""
