"""Which records a run links: the new ones and the whole flows that they touch."""

from __future__ import annotations

from evtrace.links import business, commits, keys, names, seeds, spans
from evtrace.links.hashes import hashed, slot
from evtrace.links.work import LINKED_KINDS, Work

TABLES = (
    "stored_events",
    "event_details",
    "stored_deliveries",
    "stored_edges",
    "record_flows",
    "flows",
    "stored_identities",
    "id_cores",
    "flow_problems",
    "flow_causes",
)


def find(work: Work, spaces: dict[int, str]) -> Work:
    """Hash the keys of the scope and remove the links of the flows that it touches."""
    work = keys.fill(work, scoped=False)
    keys.build(work, scoped=False, spaces=spaces)
    if work.fresh:
        return _read_ids(work)
    _touched(_read_ids(work))
    if work.any("SELECT flow_id FROM touched"):
        _widen(work)
        work = keys.fill(work, scoped=True)
        keys.build(work, scoped=True, spaces=spaces)
    return _read_ids(work)


def _read_ids(work: Work) -> Work:
    names.build(work)
    seeds.build(work)
    business.build(work)
    spans.targets(work)
    return work


def _touched(work: Work) -> None:
    """Flows found by an id of the new records that joins: not by gluing values or kinds that only identify."""
    columns = [c for c in ("ev", "ca", "co", "tr", "sp", "slot") if keys.has_key(work, c)]
    ids = [f"SELECT {c} AS h FROM keys WHERE {c} IS NOT NULL" for c in columns]
    ids += ["SELECT h FROM id_sets", "SELECT h FROM span_targets"]
    work.run(f"""
        CREATE OR REPLACE TEMP TABLE new_ids AS
        SELECT x.h AS h FROM ({" UNION ".join(ids)}) AS x ANTI JOIN gluing AS g ON g.h = x.h;
        CREATE OR REPLACE TEMP TABLE touched AS
        SELECT DISTINCT i.flow_id AS flow_id
        FROM bare_identities AS i
        SEMI JOIN new_ids AS n ON n.h = i.h
        ANTI JOIN (SELECT kind FROM id_kinds WHERE NOT joins) AS k ON k.kind = i.kind
    """)
    if keys.has_key(work, "slot"):
        kinds = ", ".join(f"'{kind}'" for kind in LINKED_KINDS)
        work.run(f"""
            INSERT INTO touched
            SELECT DISTINCT f.flow_id
            FROM records AS r
            JOIN record_flows AS f ON f.record_id = r.record_id
            SEMI JOIN new_ids AS n ON n.h = {slot("r.channel", "r.part", "r.pos")}
            ANTI JOIN touched AS t ON t.flow_id = f.flow_id
            WHERE r.kind IN ({kinds}) AND r.kind <> 'log'
        """)
    _touched_by_links(work)
    commits.touch(work)


def _touched_by_links(work: Work) -> None:
    """A span that links to another trace touches the flow of that trace."""
    if not work.any("SELECT h FROM span_targets"):
        return
    work.run(f"""
        INSERT INTO touched
        SELECT DISTINCT f.flow_id
        FROM records AS r
        JOIN record_flows AS f ON f.record_id = r.record_id
        SEMI JOIN span_targets AS s ON s.h = {hashed("r.trace_id || ':' || r.span_id", "link")}
        ANTI JOIN touched AS t ON t.flow_id = f.flow_id
    """)


def _widen(work: Work) -> None:
    work.run("""
        CREATE OR REPLACE TEMP TABLE scope AS
        SELECT record_id FROM keys
        UNION
        SELECT r.record_id FROM record_flows AS r SEMI JOIN touched AS t ON t.flow_id = r.flow_id
    """)
    work.run("""
        CREATE OR REPLACE TEMP TABLE old_fans AS
        SELECT i.h AS h, COUNT(DISTINCT i.flow_id) AS n
        FROM bare_identities AS i
        SEMI JOIN gluing AS g ON g.h = i.h
        SEMI JOIN touched AS t ON t.flow_id = i.flow_id
        GROUP BY i.h
    """)
    for table in TABLES:
        work.run(f"DELETE FROM {table} WHERE flow_id IN (SELECT flow_id FROM touched)")
