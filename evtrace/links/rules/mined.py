"""E4e: an effect that needs several causes shows all of them, also where only the last one is recorded."""

from __future__ import annotations

from evtrace.links.rules.rule import Rule, some

E4E = Rule(
    id="E4e",
    purpose="the other inputs of a join that the model knows",
    sql="""
        WITH explained AS (
            SELECT f.child_no AS child_no, MIN(f.confidence) AS confidence
            FROM found AS f
            JOIN event_rows AS p ON p.event_no = f.parent_no
            JOIN event_rows AS c ON c.event_no = f.child_no
            SEMI JOIN joins AS j ON j.ptyp = p.typ AND j.ctyp = c.typ
            GROUP BY f.child_no
        ), inputs AS (
            SELECT c.event_no AS child_no, p.event_no AS parent_no, d.delivery_id AS via, x.confidence AS confidence,
                   ROW_NUMBER() OVER (PARTITION BY c.event_no, p.typ
                                      ORDER BY COALESCE(d.received_ts, d.done_ts) DESC, d.delivery_id,
                                               p.event_no) AS place
            FROM explained AS x
            JOIN event_rows AS c ON c.event_no = x.child_no
            JOIN delivery_rows AS d ON d.flow_id = c.flow_id AND d.svc = c.svc
            JOIN event_rows AS p ON p.event_no = d.event_no
            SEMI JOIN joins AS j ON j.ptyp = p.typ AND j.ctyp = c.typ
            WHERE (d.result IS NULL OR d.result = 1) AND COALESCE(d.received_ts, d.done_ts) <= c.best_ts
              AND p.event_no <> c.event_no
        ), known AS (
            SELECT f.child_no AS child_no, p.typ AS ptyp
            FROM found AS f JOIN event_rows AS p ON p.event_no = f.parent_no
        )
        SELECT i.parent_no AS parent_no, i.child_no AS child_no, i.via AS via, i.confidence * 0.95 AS confidence,
               0 AS rivals
        FROM inputs AS i
        JOIN event_rows AS p ON p.event_no = i.parent_no
        ANTI JOIN known AS k ON k.child_no = i.child_no AND k.ptyp = p.typ
        WHERE i.place = 1
    """,
    confidence=0.95,
    applies=some("SELECT ptyp FROM joins"),
)
