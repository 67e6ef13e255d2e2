"""Stores made of records written down as dicts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from evtrace.links import Declared, LinkSummary, link
from evtrace.store.engine import Store

Record = dict[str, Any]


class Logs:
    """A store in memory that takes records as dicts."""

    def __init__(self) -> None:
        self.store = Store.memory()

    def add(self, *records: Record) -> Logs:
        insert(self.store, records)
        return self

    def link(self, **declared: frozenset[str]) -> LinkSummary:
        return link(self.store, declared=Declared(**declared))

    def edges(self) -> set[tuple[str, str, str]]:
        """Cause, effect and rule of every edge."""
        return set(self.store.rows("SELECT parent_event_id, child_event_id, rule FROM edges"))

    def flows(self) -> list[set[int]]:
        """The records of each flow."""
        flows: dict[int, set[int]] = {}
        for record_id, flow_id in self.store.rows("SELECT record_id, flow_id FROM record_flows ORDER BY ALL"):
            flows.setdefault(flow_id, set()).add(record_id)
        return list(flows.values())


def insert(store: Store, records: Iterable[Record]) -> None:
    """Append records; every value of `span_links` and `origin` may be given as plain data."""
    rows = [{"source_id": 1, "kind": "log"} | record for record in records]
    store.ensure_record_columns(sorted({name for row in rows for name in row}))
    names = [name for name, *_ in store.rows("DESCRIBE record_rows")]
    store.append("record_rows", [[_plain(row.get(name)) for name in names] for row in rows])


def _plain(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list | dict) else value


S = 1_000_000_000
MS = 1_000_000


def published(event_id: str, at: int, service: str, **more: Any) -> dict[str, Any]:
    return {"kind": "publish", "event_id": event_id, "ts": at * MS, "service": service} | more


def received(event_id: str, at: int, service: str, **more: Any) -> dict[str, Any]:
    return {"kind": "receive", "event_id": event_id, "ts": at * MS, "service": service} | more


def span(span_id: str, at: int, service: str, **more: Any) -> dict[str, Any]:
    usual = {"kind": "process", "trace_id": "t1", "span_id": span_id, "ts": at * MS, "service": service}
    return usual | {"end_ts": (at + 10) * MS, "message": f"work {span_id}"} | more


TABLES = (
    "events",
    "deliveries",
    "edges",
    "record_flows",
    "flows",
    "identities",
    "id_kinds",
    "gluing",
    "id_cores",
)


def tables(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that linking writes, in one order."""
    return {name: sorted(store.rows(f"SELECT * FROM {name}"), key=repr) for name in TABLES}
