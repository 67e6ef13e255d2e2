"""E4c, E4d: several deliveries fit; what is known of types and of other effects narrows them down."""

from __future__ import annotations

from evtrace.links.work import Work

#: Flows in which one service has more pairs to try than this stay unexplained: they would be guesses.
_MOST_PAIRS = 10_000


def run(work: Work) -> None:
    """Add the edges of E4c, then those of E4d, to the table found."""
    if not work.any("SELECT child_no FROM open_handlings WHERE n > 1"):
        return
    work.run(_CANDIDATES)
    while work.any(_SINGLE):
        work.run(f"""
            INSERT INTO found
            SELECT parent_no, child_no, NULL AS via, 'E4c' AS rule, 0.93 AS confidence, 0 AS rivals FROM ({_SINGLE}) AS x
        """)
        work.run(_DROP_TAKEN)
    work.run(_FIRST_IN_FIRST_OUT)


_CANDIDATES = f"""
CREATE OR REPLACE TEMP TABLE candidates AS
WITH waiting AS (
    SELECT p.* FROM publishes AS p
    SEMI JOIN (SELECT child_no FROM open_handlings WHERE n > 1) AS o ON o.child_no = p.event_no
    ANTI JOIN found AS f ON f.child_no = p.event_no
), sizes AS (
    SELECT h.flow_id AS flow_id, h.svc AS svc, h.place AS place, h.n * w.n AS pairs
    FROM (SELECT flow_id, svc, place, COUNT(*) AS n FROM handlings GROUP BY flow_id, svc, place) AS h
    JOIN (SELECT flow_id, svc, place, COUNT(*) AS n FROM waiting GROUP BY flow_id, svc, place) AS w
      ON w.flow_id = h.flow_id AND w.svc = h.svc AND w.place = h.place
)
SELECT h.event_no AS parent_no, w.event_no AS child_no, w.typ AS ctyp, w.flow_id AS flow_id, w.svc AS svc,
       w.place AS place, h.t0 AS t0, w.ts AS ts
FROM waiting AS w
JOIN sizes AS s ON s.flow_id = w.flow_id AND s.svc = w.svc AND s.place = w.place AND s.pairs <= {_MOST_PAIRS}
JOIN handlings AS h ON h.flow_id = w.flow_id AND h.svc = w.svc AND h.place = w.place
JOIN event_rows AS p ON p.event_no = h.event_no
JOIN triggers AS t ON t.ptyp = p.typ AND t.ctyp = w.typ
WHERE w.ts BETWEEN h.t0 AND h.t1 AND h.event_no <> w.event_no;
DELETE FROM candidates AS c
USING (
    SELECT f.parent_no AS parent_no, v.typ AS typ FROM found AS f JOIN event_rows AS v ON v.event_no = f.child_no
) AS x
WHERE c.parent_no = x.parent_no AND c.ctyp = x.typ
"""

_SINGLE = """
SELECT MIN(c.parent_no) AS parent_no, c.child_no AS child_no
FROM candidates AS c
GROUP BY c.child_no
HAVING MIN(c.parent_no) = MAX(c.parent_no)
"""

# A delivery that has had its effect of this type is free for no other.
_DROP_TAKEN = """
CREATE OR REPLACE TEMP TABLE candidates AS
SELECT c.*
FROM candidates AS c
ANTI JOIN (SELECT child_no FROM found) AS f ON f.child_no = c.child_no
ANTI JOIN (
    SELECT f.parent_no AS parent_no, v.typ AS typ
    FROM found AS f JOIN event_rows AS v ON v.event_no = f.child_no
) AS x ON x.parent_no = c.parent_no AND x.typ = c.ctyp
"""

_FIRST_IN_FIRST_OUT = """
INSERT INTO found
WITH parents AS (
    SELECT parent_no, ctyp, flow_id, svc, place,
           ROW_NUMBER() OVER (PARTITION BY flow_id, svc, place, ctyp ORDER BY MIN(t0), parent_no) AS turn
    FROM candidates GROUP BY parent_no, ctyp, flow_id, svc, place
), children AS (
    SELECT child_no, ctyp, flow_id, svc, place, COUNT(*) AS n,
           ROW_NUMBER() OVER (PARTITION BY flow_id, svc, place, ctyp ORDER BY MIN(ts), child_no) AS turn
    FROM candidates GROUP BY child_no, ctyp, flow_id, svc, place
)
SELECT p.parent_no, c.child_no, NULL AS via, 'E4d' AS rule, 0.6 AS confidence, CAST(c.n - 1 AS INTEGER) AS rivals
FROM children AS c
JOIN parents AS p ON p.flow_id = c.flow_id AND p.svc = c.svc AND p.place = c.place AND p.ctyp = c.ctyp AND p.turn = c.turn
SEMI JOIN candidates AS k ON k.parent_no = p.parent_no AND k.child_no = c.child_no
"""
