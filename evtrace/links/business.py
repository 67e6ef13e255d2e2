"""The business ids of the scope: id_sets says which ids the records of one set of ids carry."""

from __future__ import annotations

from evtrace.links.hashes import hashed_by
from evtrace.links.words import one_of
from evtrace.links.work import Work

#: Written where no id is known: they name nothing.
PLACEHOLDERS = (
    "",
    "0",
    "-",
    "-1",
    "?",
    "null",
    "none",
    "nil",
    "nan",
    "n/a",
    "na",
    "undefined",
    "unknown",
    "true",
    "false",
    "00000000-0000-0000-0000-000000000000",
)

#: Kinds that belong to the machinery and have columns of their own.
RESERVED = ("event", "correlation", "trace", "slot", "link", "key", "routing_key")


def build(work: Work) -> None:
    """Read each distinct set of ids once: most records of a flow carry the same one."""
    work.run("CREATE OR REPLACE TEMP TABLE id_sets (ids BIGINT, kind VARCHAR, h BIGINT, value VARCHAR)")
    find_sets(work)
    parts = [sql for column, sql in _PARTS.items() if work.has(column)]
    if not parts:
        return
    placeholders = ", ".join(
        f"'{value}'" for value in PLACEHOLDERS
    )  # a CASE would work out the text for each
    work.run(f"""
        CREATE OR REPLACE TEMP TABLE id_firsts AS
        SELECT ids, MIN(record_id) AS record_id FROM seed_sets GROUP BY ids;
        INSERT INTO id_sets
        SELECT t.ids, t.kind, {hashed_by("t.value", "t.kind")} AS h, t.value
        FROM ({" UNION ALL ".join(parts)}) AS t
        WHERE lower(trim(t.value)) NOT IN ({placeholders});
        DROP TABLE id_firsts
    """)


def find_sets(work: Work) -> None:
    """seed_sets: which sets of ids occur with which seed. To be done again where seeds change."""
    work.run("CREATE OR REPLACE TEMP TABLE seed_sets (ids BIGINT, s BIGINT, record_id BIGINT)")
    if any(work.has(column) for column in _PARTS):
        work.run(
            "INSERT INTO seed_sets SELECT ids_lo AS ids, s, ids_first AS record_id FROM seeds WHERE ids_lo = ids_hi"
        )
        if work.any(_SEVERAL):
            work.run(f"""
                INSERT INTO seed_sets
                SELECT k.ids, k.s, MIN(k.record_id) AS record_id
                FROM keys AS k SEMI JOIN ({_SEVERAL}) AS x ON x.s = k.s
                WHERE k.ids IS NOT NULL
                GROUP BY k.ids, k.s
            """)


_SEVERAL = "SELECT s FROM seeds WHERE ids_lo <> ids_hi"

_PARTS = {
    "ids": f"""
        SELECT q.ids AS ids, q.kind AS kind, q.value AS value
        FROM (
            SELECT p.ids AS ids, substr(p.pair, 1, instr(p.pair, '=') - 1) AS kind,
                   substr(p.pair, instr(p.pair, '=') + 1) AS value
            FROM (
                SELECT t.ids AS ids, unnest(CASE WHEN len(t.pairs) = 1 OR (len(t.pairs) = 2 AND t.pairs[1] <> t.pairs[2])
                                                 THEN t.pairs ELSE list_distinct(t.pairs) END) AS pair
                FROM (
                    SELECT f.ids AS ids, string_split(r.ids, chr(10)) AS pairs
                    FROM id_firsts AS f JOIN records AS r ON r.record_id = f.record_id
                    WHERE r.ids IS NOT NULL
                ) AS t
            ) AS p
            WHERE instr(p.pair, '=') > 1
        ) AS q
        WHERE NOT {one_of("q.kind", RESERVED)}""",
    "message_key": """
        SELECT f.ids AS ids, CASE WHEN r.broker = 'rabbitmq' THEN 'routing_key' ELSE 'key' END AS kind, r.message_key AS value
        FROM id_firsts AS f JOIN records AS r ON r.record_id = f.record_id
        WHERE r.message_key IS NOT NULL""",
}
