"""Which flow each seed belongs to: components over core ids first, over business ids on top."""

from __future__ import annotations

from evtrace.links import guards, kinds, messages, placing, slices
from evtrace.links.components import join_by_ids
from evtrace.links.keys import has_key
from evtrace.links.work import N, Work


def find(work: Work, spaces: dict[int, str]) -> None:
    """Fill seed_flows(s, flow_id). Records without a seed there belong to no flow."""
    guards.hold_back(work)
    _core(work, spaces)
    _value_cores(work)
    kinds.decide(work)
    _business(work, spaces)
    _seed_flows(work)


def _core(work: Work, spaces: dict[int, str]) -> None:
    work.run("""
        CREATE OR REPLACE TEMP TABLE core_roots (v BIGINT, root BIGINT);
        CREATE OR REPLACE TEMP TABLE core_pairs (id BIGINT, s BIGINT)
    """)
    if not messages.is_named_late(work):
        placing.build(work)
    for ids, split in _name_spaces(work, spaces):
        _split_ids(work, ids, split)
    join_by_ids(work, "core_pairs", "core_roots")
    work.run(f"CREATE OR REPLACE TEMP TABLE core_fan AS SELECT id AS h FROM fan WHERE strong > {N}")
    _cores(work)


def _split_ids(work: Work, ids: str, split: str | None) -> None:
    """Only ids that occur with several seeds can join anything; they are few. `split` finds them where counting all is not needed."""
    counted = f"SELECT x.id AS id FROM ({ids}) AS x GROUP BY x.id HAVING MIN(x.s) <> MAX(x.s)"
    work.run("CREATE OR REPLACE TEMP TABLE split (id BIGINT)")
    for part in slices.each(slices.of(work, "keys_stored")):
        work.run(
            f"INSERT INTO split SELECT y.id FROM ({split or counted}) AS y WHERE {part.format(id='y.id')}"
        )
    if work.any("SELECT id FROM split"):
        work.run(f"""
            INSERT INTO core_pairs
            SELECT DISTINCT p.id, p.s FROM ({ids}) AS p SEMI JOIN split AS y ON y.id = p.id
        """)


def _name_spaces(work: Work, spaces: dict[int, str]) -> list[tuple[str, str | None]]:
    """Ids that can be equal are looked at together, with the quick way to the split ones where there is one."""
    is_placed = has_key(work, "event_no")
    spans = "SELECT sp AS id, s FROM keys WHERE own_span AND sp IN (SELECT h FROM span_targets)"
    found = [
        (
            _ids(work, "ev", "ca", *(["co"] if spaces else [])),
            placing.split_ids(work) if is_placed and not spaces else None,
        ),
        (_ids(work, "slot"), placing.split_slots(work) if is_placed else None),
        (_ids(work, "tr") if has_key(work, "co") else "", None),
        (f"{_LINKS} UNION ALL {spans}" if work.has("span_links") else "", None),
    ]
    return [(ids, split) for ids, split in found if ids]


def _ids(work: Work, *columns: str) -> str:
    parts = [f"SELECT {c} AS id, s AS s FROM keys WHERE {c} IS NOT NULL" for c in columns if has_key(work, c)]
    return " UNION ALL ".join(parts)


def _cores(work: Work) -> None:
    """cores: each seed, the core it belongs to, and whether ids that make flows hold it together."""
    work.run("""
        CREATE OR REPLACE TEMP TABLE cores AS
        SELECT x.s AS s, COALESCE(m.root, x.s) AS c, x.r0 AS r0, x.strong AS strong, x.bare AS bare
        FROM seeds AS x
        LEFT JOIN core_roots AS m ON m.v = x.s
    """)


_LINKS = f"SELECT t.h AS id, k.s FROM span_targets AS t JOIN keys AS k ON k.record_id = t.record_id WHERE t.n <= {N}"


def _value_cores(work: Work) -> None:
    """value_cores: each business id and each flow that the other ids make of its records.

    Most cores carry one set of ids; only ids of the others can occur twice.
    """
    work.run("""
        CREATE OR REPLACE TEMP TABLE core_sets AS
        SELECT x.ids AS ids, o.c AS c FROM seed_sets AS x JOIN cores AS o ON o.s = x.s
    """)
    several = "SELECT c FROM core_sets GROUP BY c HAVING COUNT(*) > 1"
    is_mixed = work.any(several)
    once = f"""
        SELECT i.kind AS kind, i.h AS h, f.c AS c, f.core AS core, f.strong AS strong
        FROM core_sets AS x
        JOIN id_sets AS i ON i.ids = x.ids
        JOIN firsts AS f ON f.c = x.c
        {f"ANTI JOIN ({several}) AS m ON m.c = x.c" if is_mixed else ""}
    """
    more = f"""
        UNION ALL
        SELECT DISTINCT i.kind AS kind, i.h AS h, f.c AS c, f.core AS core, f.strong AS strong
        FROM core_sets AS x
        SEMI JOIN ({several}) AS m ON m.c = x.c
        JOIN id_sets AS i ON i.ids = x.ids
        JOIN firsts AS f ON f.c = x.c
    """
    work.run(f"""
        CREATE OR REPLACE TEMP TABLE value_cores AS
        WITH firsts AS (SELECT c, MIN(r0) AS core, BOOL_OR(strong) AS strong FROM cores GROUP BY c)
        {once}{more if is_mixed else ""}
    """)


# Cores with more than N values of one kind: they are among the few with more than N of all kinds.
_LONG_LISTS = f"""
CREATE OR REPLACE TEMP TABLE long_lists AS
SELECT v.kind AS kind, v.c AS c
FROM value_cores AS v
SEMI JOIN (SELECT c FROM value_cores WHERE strong GROUP BY c HAVING COUNT(*) > {N}) AS b ON b.c = v.c
WHERE v.strong
GROUP BY v.kind, v.c HAVING COUNT(*) > {N}
"""


def _business(work: Work, spaces: dict[int, str]) -> None:
    """A flow with more than N values of one kind is a batch or a list: none of them joins through it."""
    glued = "ANTI JOIN gluing AS g ON g.h = v.h" if work.any("SELECT h FROM gluing") else ""
    work.run(_LONG_LISTS)
    long = (
        "ANTI JOIN long_lists AS b ON b.kind = v.kind AND b.c = v.c"
        if work.any("SELECT c FROM long_lists")
        else ""
    )
    work.run(f"""
        CREATE OR REPLACE TEMP TABLE joinable AS
        SELECT v.h AS id, v.c AS s FROM value_cores AS v SEMI JOIN kinds AS k ON k.kind = v.kind AND k.joins {long} {glued}
    """)
    if any(space.startswith("kind:") for space in spaces.values()):
        work.run(
            "INSERT INTO joinable SELECT DISTINCT k.ca AS id, o.c AS s FROM keys AS k JOIN cores AS o ON o.s = k.s WHERE k.ca IS NOT NULL"
        )
    work.run("""
        CREATE OR REPLACE TEMP TABLE flow_roots (v BIGINT, root BIGINT);
        CREATE OR REPLACE TEMP TABLE strong_cores AS SELECT DISTINCT c AS s FROM cores WHERE strong;
        CREATE OR REPLACE TEMP TABLE business_pairs AS
        SELECT j.id AS id, j.s AS s
        FROM joinable AS j
        SEMI JOIN (SELECT id FROM joinable GROUP BY id HAVING MIN(s) <> MAX(s)) AS x ON x.id = j.id
    """)
    join_by_ids(work, "business_pairs", "flow_roots", strong="strong_cores")
    work.run(f"CREATE OR REPLACE TEMP TABLE business_fan AS SELECT id AS h FROM fan WHERE strong > {N}")


def _seed_flows(work: Work) -> None:
    """Name each flow by its first record. Lines with nothing but ids that do not join are in no flow."""
    bare = "WHERE NOT o.bare OR o.c IN (SELECT s FROM joinable WHERE id NOT IN (SELECT h FROM business_fan))"
    work.run(f"""
        CREATE OR REPLACE TEMP TABLE seed_flows AS
        WITH rooted AS (
            SELECT o.s AS s, o.r0 AS r0, COALESCE(m.root, o.c) AS root
            FROM cores AS o
            LEFT JOIN flow_roots AS m ON m.v = o.c
            {bare if work.any("SELECT s FROM cores WHERE bare") else ""}
        ), named AS (
            SELECT root, MIN(r0) AS flow_id FROM rooted GROUP BY root
        )
        SELECT r.s AS s, n.flow_id AS flow_id FROM rooted AS r JOIN named AS n ON n.root = r.root
    """)
