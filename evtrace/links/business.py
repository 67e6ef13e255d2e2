"""The business ids of the scope: id_sets says which ids the records of one set of ids carry."""

from __future__ import annotations

from evtrace.links.hashes import hashed_by
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
RESERVED = ("event", "correlation", "trace", "slot", "link", "key")


def build(work: Work) -> None:
    """Read each distinct set of ids once: most records of a flow carry the same one."""
    work.run("CREATE OR REPLACE TEMP TABLE id_sets (ids BIGINT, kind VARCHAR, h BIGINT, value VARCHAR)")
    find_sets(work)
    parts = [sql for column, sql in _PARTS.items() if work.has(column)]
    if not parts:
        return
    placeholders = ", ".join(f"'{value}'" for value in PLACEHOLDERS)
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
        work.run("""
            INSERT INTO seed_sets
            SELECT ids, s, MIN(record_id) AS record_id FROM keys WHERE ids IS NOT NULL GROUP BY ids, s
        """)


_RESERVED = ", ".join(f"'{kind}'" for kind in RESERVED)
_PARTS = {
    "ids": f"""
        SELECT q.ids AS ids, q.kind AS kind, q.value AS value
        FROM (
            SELECT p.ids AS ids, substr(p.pair, 1, instr(p.pair, '=') - 1) AS kind,
                   substr(p.pair, instr(p.pair, '=') + 1) AS value
            FROM (
                SELECT f.ids AS ids, unnest(list_distinct(string_split(r.ids, chr(10)))) AS pair
                FROM id_firsts AS f JOIN records AS r ON r.record_id = f.record_id
                WHERE r.ids IS NOT NULL
            ) AS p
            WHERE instr(p.pair, '=') > 1
        ) AS q
        WHERE q.kind NOT IN ({_RESERVED})""",
    "message_key": """
        SELECT f.ids AS ids, 'key' AS kind, r.message_key AS value
        FROM id_firsts AS f JOIN records AS r ON r.record_id = f.record_id
        WHERE r.message_key IS NOT NULL""",
}
