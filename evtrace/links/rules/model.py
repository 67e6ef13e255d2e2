"""What the surer rules teach: which type of event triggers which. One model for the whole store."""

from __future__ import annotations

from evtrace.links import slices
from evtrace.links.hashes import coded
from evtrace.links.rules.explicit import TOLD, is_whole
from evtrace.links.work import DecisionFlipped, Work

LEAST_TIMES, LEAST_SHARE = 3, 0.01  # a pair of types is a trigger from here on
LEAST_PRECEDED = 0.75  # an input of a join comes before nearly all of its effects; logs lose records
LEAST_AWAITED = 0.9  # the same for a type that its reader was never seen to do anything with at once
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
    work.run("CREATE OR REPLACE TEMP TABLE triggered (ptyp BIGINT, ctyp BIGINT, svc BIGINT, k BIGINT)")
    pairs = _pairs(work, sure)
    for part in slices.each(slices.of(work, "event_rows")):
        effects, causes = part.format(id="parent_no"), part.format(id="event_no")
        work.run(f"""
            INSERT INTO triggered
            SELECT p.typ AS ptyp, c.typ AS ctyp, c.svc AS svc, COUNT(*) AS k
            FROM (SELECT * FROM ({pairs}) AS f WHERE {effects}) AS c
            JOIN (SELECT * FROM event_rows WHERE {causes}) AS p ON p.event_no = c.parent_no
            WHERE p.typ IS NOT NULL AND c.typ IS NOT NULL
            GROUP BY p.typ, c.typ, c.svc
        """)
    if not work.fresh:
        work.run(_STORED_TRIGGERS, sure=sure)
    work.run(f"""
        CREATE OR REPLACE TEMP TABLE triggers AS
        SELECT ptyp, ctyp FROM (
            SELECT ptyp, ctyp, SUM(k) AS k, SUM(SUM(k)) OVER (PARTITION BY ctyp) AS total FROM triggered GROUP BY ptyp, ctyp
        ) AS x
        WHERE k >= {LEAST_TIMES} AND k >= {LEAST_SHARE} * total
    """)


_STORED_TRIGGERS = f"""
INSERT INTO triggered
SELECT {coded("p.event_type", "type")} AS ptyp, {coded("c.event_type", "type")} AS ctyp, {coded("c.service", "service")} AS svc,
       COUNT(*) AS k
FROM stored_edges AS x
JOIN stored_events AS p ON p.event_no = x.parent_no
JOIN stored_events AS c ON c.event_no = x.child_no
WHERE x.rule IN ({{sure}}) AND p.kind = 'message' AND c.kind = 'message'
  AND p.event_type IS NOT NULL AND c.event_type IS NOT NULL
GROUP BY p.event_type, c.event_type, c.service
"""


def _pairs(work: Work, sure: str) -> str:
    """Each sure edge once, however many rules found it, with the type and the service of its effect."""
    if not work.any("SELECT rule FROM found WHERE rule <> 'E1'") and is_whole(work):
        return (
            f"SELECT cause_no AS parent_no, typ, svc FROM event_rows WHERE {TOLD}"  # E1 finds each pair once
        )
    return f"""
        SELECT f.parent_no AS parent_no, v.typ AS typ, v.svc AS svc
        FROM (SELECT DISTINCT parent_no, child_no FROM found WHERE rule IN ({sure})) AS f
        JOIN event_rows AS v ON v.event_no = f.child_no
    """


def _joins(work: Work) -> None:
    """An AND-join: types that sometimes trigger an effect and nearly always precede it.

    So is a type that its reader never acts on at once, but always has read before its effect: why else read it?
    """
    work.run("CREATE OR REPLACE TEMP TABLE joins (ptyp BIGINT, ctyp BIGINT)")
    _awaited(work)
    work.run("""
        CREATE OR REPLACE TEMP TABLE doubles AS
        SELECT ctyp FROM triggers GROUP BY ctyp HAVING COUNT(*) > 1 UNION SELECT ctyp FROM idle
    """)
    if not work.any("SELECT ctyp FROM doubles"):
        return
    work.run(_EFFECTS)
    if not work.fresh:
        work.run(_STORED_EFFECTS)
    work.run(_SHARES)
    work.run(f"""
        INSERT INTO joins
        WITH awaited AS (
            SELECT DISTINCT i.ptyp, i.ctyp
            FROM idle AS i
            JOIN shares AS s ON s.ptyp = i.ptyp AND s.ctyp = i.ctyp
            LEFT JOIN (
                SELECT n.svc, MIN(n.best) AS least FROM (
                    SELECT i.svc, i.ptyp, MAX(s.n * 1.0 / s.total) AS best
                    FROM idle AS i
                    JOIN shares AS s ON s.ptyp = i.ptyp AND s.ctyp = i.ctyp
                    GROUP BY i.svc, i.ptyp
                ) AS n GROUP BY n.svc
            ) AS noise ON noise.svc = i.svc
            LEFT JOIN (
                SELECT DISTINCT r.svc, r.chn FROM read_types AS r JOIN triggered AS t ON t.svc = r.svc AND t.ptyp = r.typ
            ) AS acted ON acted.svc = i.svc AND acted.chn = i.chn
            WHERE s.n >= {LEAST_AWAITED} * s.total AND s.n >= {LEAST_TIMES}
              AND (noise.least >= {LEAST_AWAITED} OR acted.svc IS NULL)
        ), kept AS (
            SELECT s.ptyp, s.ctyp
            FROM shares AS s
            SEMI JOIN triggers AS t ON t.ptyp = s.ptyp AND t.ctyp = s.ctyp
            WHERE s.n >= {LEAST_PRECEDED} * s.total
            UNION
            SELECT ptyp, ctyp FROM awaited
        )
        SELECT k.ptyp, k.ctyp FROM kept AS k
        SEMI JOIN (SELECT ctyp FROM kept GROUP BY ctyp HAVING COUNT(*) > 1) AS m ON m.ctyp = k.ctyp
    """)


#: How often the reader of a type had read it before it published an effect.
_SHARES = """
CREATE OR REPLACE TEMP TABLE shares AS
SELECT t.ptyp AS ptyp, t.ctyp AS ctyp,
       COUNT(DISTINCT CASE WHEN e.ptyp = t.ptyp THEN e.child_no END) AS n,
       COUNT(DISTINCT e.child_no) AS total
FROM (SELECT ptyp, ctyp FROM triggers UNION SELECT ptyp, ctyp FROM idle) AS t
JOIN effects AS e ON e.ctyp = t.ctyp
GROUP BY t.ptyp, t.ctyp
"""


def _awaited(work: Work) -> None:
    """awaited(ptyp, ctyp): what a service reads without an effect of its own, and what that service publishes.

    Who subscribes to whole channels also reads what it has no use for. It is such a reader where it reads types that
    seldom precede what it publishes; then only channels count from which it acts on nothing.
    """
    stored = f"""
        UNION
        SELECT DISTINCT {coded("d.service", "service")} AS svc, {coded("p.event_type", "type")} AS typ,
               COALESCE({coded("p.channel", "channel")}, 0) AS chn
        FROM stored_deliveries AS d
        JOIN stored_events AS p ON p.event_no = d.event_no
        WHERE d.service IS NOT NULL AND p.event_type IS NOT NULL
    """
    work.run(f"""
        CREATE OR REPLACE TEMP TABLE read_types AS
        SELECT DISTINCT svc, typ, COALESCE(chn, 0) AS chn FROM obs WHERE svc IS NOT NULL AND typ IS NOT NULL
        {"" if work.fresh else stored};
        CREATE OR REPLACE TEMP TABLE idle AS
        SELECT r.svc AS svc, r.typ AS ptyp, r.chn AS chn, t.ctyp AS ctyp
        FROM read_types AS r
        JOIN (SELECT DISTINCT svc, ctyp FROM triggered) AS t ON t.svc = r.svc AND t.ctyp <> r.typ
        ANTI JOIN triggered AS own ON own.svc = r.svc AND own.ptyp = r.typ
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
