"""Links the records of a store: events, deliveries, edges, flows and the ids that find them."""

from __future__ import annotations

import json
from contextlib import nullcontext, suppress
from dataclasses import dataclass

from evtrace.links import (
    causation,
    commits,
    deliveries,
    edge_rows,
    edges,
    events,
    flow_rows,
    flows_of_records,
    identities,
    messages,
    observations,
    places_of_logs,
    placing,
    scope,
    spans,
    unnamed,
)
from evtrace.links.keys import has_key, kind_of_space
from evtrace.links.work import DecisionFlipped, Declared, N, Work
from evtrace.store import SqlError, Store

_LINKED, _CONDITIONS = "linked_rows", "linked_under"
_DECISIONS = ("causation_spaces", "reader_pairs", "trigger_model", "subscriptions")


@dataclass(frozen=True)
class LinkSummary:
    """What one run of linking left in the store."""

    records: int  # records that are new since the last run
    flows: int
    events: int
    deliveries: int
    edges: int
    relinked: str | None  # why everything had to be linked again; None: only what was new


def link(store: Store, *, declared: Declared = Declared()) -> LinkSummary:
    """Link the records that are not linked yet, and the flows they touch. All or nothing."""
    store.make_ready_for_all_records()
    first_row = int(store.meta(_LINKED) or 0)
    relinked = _changed(store, declared) if first_row else None
    try:
        _run(Work(store, declared, 0 if relinked else first_row))
    except DecisionFlipped as flip:
        relinked = flip.reason
        _run(Work(store, declared, 0))
    return LinkSummary(
        records=store.next_row() - first_row,
        flows=_count(store, "flows"),
        events=_count(store, "stored_events"),
        deliveries=_count(store, "stored_deliveries"),
        edges=_count(store, "stored_edges"),
        relinked=relinked,
    )


def _changed(store: Store, declared: Declared) -> str | None:
    """Why the links that are there cannot be built on. Nothing promises that hash() outlives a version."""
    text = store.meta(_CONDITIONS)
    old, new = json.loads(text or "{}"), _conditions(store, declared)
    if old.get("duckdb") != new["duckdb"]:
        return f"linked by DuckDB {old.get('duckdb')}, this is {new['duckdb']}"
    return "other kinds of ids are declared" if old != new else None


def _conditions(store: Store, declared: Declared) -> dict[str, object]:
    version = store.value("SELECT version() AS version")
    return {"duckdb": version, "join": sorted(declared.join), "never": sorted(declared.never)}


def _count(store: Store, table: str) -> int:
    count: int = store.value(f"SELECT COUNT(*) AS n FROM {table}")
    return count


def _run(work: Work) -> None:
    rows = work.store.next_row()
    has_news = rows > work.first_row or work.fresh
    others = _working_tables(work)
    try:
        with work.store.in_any_order(), nullcontext() if _is_first(work) else work.store.transaction():
            if has_news:
                work = _find(work)
            with work.store.transaction():
                if has_news:
                    _write(work)
                work.store.set_meta(_LINKED, str(rows))
                work.store.set_meta(_CONDITIONS, json.dumps(_conditions(work.store, work.declared)))
    except BaseException:
        with suppress(SqlError):  # what went wrong counts, not that tidying up fails after it
            _forget(work, others)
        raise
    _forget(work, others)


def _is_first(work: Work) -> bool:
    """True: no links are there that a failure could spoil.

    Then only writing them is one transaction: tables dropped inside one keep their memory to its end.
    """
    return not int(work.store.meta(_LINKED) or 0)


def _find(work: Work) -> Work:
    """Everything that is to be written, as working tables."""
    with work.store.transaction():
        if work.fresh:
            _clear(work)
        unnamed.name(work)
    spaces = causation.spaces(work)
    _keep_spaces(work, spaces)
    work = scope.find(work, spaces)
    flows_of_records.find(work, spaces)
    if not has_key(work, "event_no"):
        messages.name(work)
        placing.build(work)
    messages.build(work)
    if has_key(work, "sp"):
        spans.build(work)
    events.build(work)
    observations.build(work)
    deliveries.build(work)
    commits.end_handlings(work)
    places_of_logs.build(work)
    deliveries.take_errors(work)
    edges.build(work)
    return work


def _write(work: Work) -> None:
    events.insert(work)
    deliveries.insert(work)
    edge_rows.insert(work)
    flow_rows.insert_records(work)
    flow_rows.insert_flows(work)
    identities.insert(work)
    _check_fans(work)


def _clear(work: Work) -> None:
    for table in (*scope.TABLES, "id_kinds", "gluing"):
        work.run(f"DELETE FROM {table}")
    for name in _DECISIONS:
        work.store.execute("DELETE FROM meta WHERE name = ?", [name])


def _keep_spaces(work: Work, spaces: dict[int, str]) -> None:
    """What the key spaces mean for rules and identities, as tables."""
    work.run("""
        CREATE OR REPLACE TEMP TABLE causation_kinds (src INTEGER, kind VARCHAR);
        CREATE OR REPLACE TEMP TABLE flow_causation (src INTEGER);
        CREATE OR REPLACE TEMP TABLE unproven_causation (src INTEGER)
    """)
    for source, space in sorted(spaces.items()):
        if space == causation.UNPROVEN:
            work.store.execute("INSERT INTO unproven_causation VALUES (?)", [source])
        elif space != "span":
            work.store.execute("INSERT INTO flow_causation VALUES (?)", [source])
            work.store.execute("INSERT INTO causation_kinds VALUES (?, ?)", [source, kind_of_space(space)])


def _check_fans(work: Work) -> None:
    """A gluing value whose flows have been joined by other ids may join them after all: look at all again."""
    if work.fresh or not work.any("SELECT 1 AS one FROM duckdb_tables() WHERE table_name = 'old_fans'"):
        return
    if work.any(f"""
        SELECT o.h
        FROM old_fans AS o
        JOIN gluing AS g ON g.h = o.h
        JOIN (
            SELECT i.h AS h, COUNT(DISTINCT i.flow_id) AS n
            FROM bare_identities AS i
            SEMI JOIN seed_flows AS f ON f.flow_id = i.flow_id
            GROUP BY i.h
        ) AS x ON x.h = o.h
        WHERE x.n < o.n AND g.fan <= 2 * {N}
    """):
        raise DecisionFlipped("an id that ran over many flows now runs over few")


def _working_tables(work: Work) -> set[str]:
    rows = work.store.rows("SELECT table_name FROM duckdb_tables() WHERE database_name = 'temp'")
    return {name for (name,) in rows}


def _forget(work: Work, others: set[str]) -> None:
    """Drop the working tables: they hold as much memory as the store."""
    for view in ("obs", "keys", "message_rows", "event_rows", "delivery_rows", "hands"):
        work.run(f"DROP VIEW IF EXISTS {view}")
    for name in sorted(_working_tables(work) - others):
        work.run(f'DROP TABLE "{name}"')
