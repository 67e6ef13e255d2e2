"""Connected components by contraction: as many rounds as the logarithm of the longest chain."""

from __future__ import annotations

from evtrace.links.work import N, Work


def components(work: Work) -> None:
    """Turn the edges e(a, b) into roots d(v, root). Each round contracts a forest of least neighbours."""
    work.run("""
        CREATE OR REPLACE TEMP TABLE e1 AS
        SELECT DISTINCT LEAST(a, b) AS a, GREATEST(a, b) AS b FROM e WHERE a <> b;
        CREATE OR REPLACE TEMP TABLE d AS
        SELECT v AS v, v AS root FROM (SELECT a AS v FROM e1 UNION SELECT b AS v FROM e1) AS x
    """)
    while work.any("SELECT a FROM e1"):
        work.run("CREATE OR REPLACE TEMP TABLE h AS SELECT b AS v, MIN(a) AS p FROM e1 GROUP BY b")
        _double(work)
        work.run("""
            CREATE OR REPLACE TEMP TABLE e1 AS
            SELECT DISTINCT LEAST(a, b) AS a, GREATEST(a, b) AS b
            FROM (
                SELECT COALESCE(x.p, e1.a) AS a, COALESCE(y.p, e1.b) AS b
                FROM e1
                LEFT JOIN h AS x ON x.v = e1.a
                LEFT JOIN h AS y ON y.v = e1.b
            ) AS moved
            WHERE a <> b;
            CREATE OR REPLACE TEMP TABLE d AS
            SELECT d.v AS v, COALESCE(h.p, d.root) AS root FROM d LEFT JOIN h ON h.v = d.root
        """)


def _double(work: Work) -> None:
    """Point each node of the forest h(v, p) at the root of its tree."""
    while work.any("SELECT x.v FROM h AS x JOIN h AS y ON y.v = x.p"):
        work.run("""
            CREATE OR REPLACE TEMP TABLE h AS
            SELECT h.v AS v, COALESCE(g.p, h.p) AS p FROM h LEFT JOIN h AS g ON g.v = h.p
        """)


def join_by_ids(work: Work, pairs: str, roots: str, *, strong: str | None = None) -> None:
    """Join seeds that share an id: `pairs`(id, s) → `roots`(v, root), which grows.

    An id joins once it touches at most N components; it is counted again after each contraction, so the
    order in which ids join does not matter. With `strong`(s) only components that hold one of these
    seeds count. Ids that touch more stay behind in the table fan with strong > N.
    """
    counted = "g.root IS NOT NULL" if strong else "TRUE"
    strong_roots = f"SELECT DISTINCT COALESCE(m.root, q.s) AS root FROM {strong} AS q LEFT JOIN {roots} AS m ON m.v = q.s"
    joined = f"LEFT JOIN ({strong_roots}) AS g ON g.root = t.s" if strong else ""
    while True:
        work.run(f"""
            CREATE OR REPLACE TEMP TABLE pr AS
            SELECT DISTINCT p.id AS id, COALESCE(m.root, p.s) AS s
            FROM {pairs} AS p
            LEFT JOIN {roots} AS m ON m.v = p.s;
            CREATE OR REPLACE TEMP TABLE fan AS
            SELECT t.id AS id, MIN(t.s) AS lo, SUM(CASE WHEN {counted} THEN 1 ELSE 0 END) AS strong
            FROM pr AS t {joined}
            GROUP BY t.id
            HAVING COUNT(*) > 1;
            CREATE OR REPLACE TEMP TABLE e AS
            SELECT fan.lo AS a, pr.s AS b
            FROM pr
            JOIN fan ON fan.id = pr.id
            WHERE fan.strong <= {N} AND pr.s <> fan.lo
        """)
        if not work.any("SELECT a FROM e"):
            return
        components(work)
        work.run(f"""
            CREATE OR REPLACE TEMP TABLE grown AS
            SELECT m.v AS v, COALESCE(d.root, m.root) AS root FROM {roots} AS m LEFT JOIN d ON d.v = m.root
            UNION ALL
            SELECT d.v AS v, d.root AS root FROM d ANTI JOIN {roots} AS m ON m.v = d.v;
            CREATE OR REPLACE TEMP TABLE {roots} AS SELECT v, root FROM grown
        """)
