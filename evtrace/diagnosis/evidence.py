"""Loads what the store holds about one flow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from evtrace.diagnosis.find import VALUE_FIELDS
from evtrace.diagnosis.problems import Problem
from evtrace.results import Evidence, Identity
from evtrace.store import Store

_RECORDS = """
SELECT record_id, source_id, event_id, correlation_id, line, ts, kind, service, level, message, error, trace_id, span_id, causation_id,
       parent_span_id, hop, payload,
       COALESCE(CONTAINS(message, $id), FALSE) OR COALESCE(CONTAINS(ids, $id), FALSE)
       OR COALESCE(CONTAINS(payload, $id), FALSE) OR COALESCE(CONTAINS(attributes, $id), FALSE)
       OR COALESCE($id IN (event_id, correlation_id, causation_id, trace_id, span_id, message_key), FALSE) AS names_id
FROM records
WHERE record_id IN (SELECT UNNEST($records::BIGINT[]))
ORDER BY ts, record_id
"""

# the flow's number is written into the SQL: as a parameter it would not help to skip what cannot hold it
_EVENTS = "SELECT * FROM events WHERE flow_id = {flow_id} ORDER BY published_ts, event_no"
_DELIVERIES = """
SELECT * FROM deliveries WHERE flow_id = {flow_id}
ORDER BY event_no, COALESCE(received_ts, done_ts), COALESCE(attempt, 1), delivery_id
"""
_EDGES = "SELECT * FROM edges WHERE flow_id = {flow_id} ORDER BY child_no, confidence DESC, parent_no, rule"
_MEMBERS = "SELECT record_id, event_no FROM record_flows WHERE flow_id = {flow_id} ORDER BY record_id"
_IDENTITIES = (
    "SELECT kind, value, record_id FROM bare_identities WHERE flow_id = {flow_id} AND kind <> 'link'"
)
_FLOW = "SELECT * FROM flows WHERE flow_id = {flow_id}"

#: Kinds of id that the machinery makes; people know a flow by the others.
_TECHNICAL = ("key", "correlation", "trace", "causation", "event", "slot", "span", "message")


@dataclass(frozen=True)
class Material:
    """One flow as the store has it."""

    flow: dict[str, Any]
    identities: tuple[Identity, ...]
    events: tuple[dict[str, Any], ...]
    deliveries: tuple[dict[str, Any], ...]
    edges: tuple[dict[str, Any], ...]
    records: dict[int, dict[str, Any]]  # by record_id, in time order
    event_of: dict[int, int | None]  # record_id → event_no
    sources: dict[int, str]  # source_id → uri
    with_text: bool
    beside: dict[int, dict[str, Any]] = field(
        default_factory=dict
    )  # records that no flow holds, by record_id
    cut_off: dict[int, tuple[int, str]] = field(
        default_factory=dict
    )  # delivery_id → the record that tells what cut it off, and what did

    def evidence(self, record_id: int | None) -> Evidence | None:
        """Where a record can be read again."""
        record = None
        if record_id is not None:
            record = self.records.get(record_id) or self.beside.get(record_id)
        if record is None:
            return None
        text = (record["message"] or record["payload"] or record["error"]) if self.with_text else None
        return Evidence(self.sources.get(record["source_id"], "?"), record["line"], text)

    def records_by_event(self) -> dict[int | None, list[dict[str, Any]]]:
        """The records of each event, in time order; None: of the flow only."""
        grouped: dict[int | None, list[dict[str, Any]]] = defaultdict(list)
        for record_id, record in self.records.items():
            grouped[self.event_of[record_id]].append(record)
        return grouped


def load(store: Store, flow_id: int, value: str, *, with_text: bool) -> Material:
    """Load a flow; `value` is the id asked for, `with_text` keeps the text of the evidence."""
    members = dict(store.rows(_of(_MEMBERS, flow_id)))
    events = tuple(store.dicts(_of(_EVENTS, flow_id)))
    deliveries = tuple(store.dicts(_of(_DELIVERIES, flow_id)))
    for row in (*events, *deliveries):  # what shows an event may be linked to it alone
        if row["record_id"] is not None:
            members.setdefault(row["record_id"], row["event_no"])
    (flow,) = store.dicts(_of(_FLOW, flow_id))
    records = {record["record_id"]: record for record in _records(store, value, sorted(members))}
    return Material(
        flow=flow,
        identities=_identities(store, flow_id, records),
        events=events,
        deliveries=deliveries,
        edges=tuple(store.dicts(_of(_EDGES, flow_id))),
        records=records,
        event_of=members,
        sources=dict(store.rows("SELECT source_id, uri FROM sources ORDER BY source_id")),
        with_text=with_text,
    )


def with_records(store: Store, material: Material, problems: Iterable[Problem]) -> Material:
    """The same with the records that candidates rest on and that belong to no flow, such as what a tool told."""
    wanted = {
        number
        for problem in problems
        for number in (problem.record_id, problem.other_id)
        if number is not None
    }
    return with_beside(store, material, wanted)


def with_beside(store: Store, material: Material, record_ids: Iterable[int]) -> Material:
    """The same with these records, wherever they belong."""
    missing = sorted(set(record_ids) - material.records.keys() - material.beside.keys())
    if not missing:
        return material
    found = {record["record_id"]: record for record in _records(store, "", missing)}
    return replace(material, beside=material.beside | found)


def _of(sql: str, flow_id: int) -> str:
    return sql.format(flow_id=int(flow_id))


def _records(store: Store, value: str, record_ids: list[int]) -> list[dict[str, Any]]:
    done = store.con.execute(_RECORDS, {"id": value, "records": record_ids})
    names = [column[0] for column in done.description or ()]
    return [dict(zip(names, row, strict=True)) for row in done.fetchall()]


def _identities(store: Store, flow_id: int, records: dict[int, dict[str, Any]]) -> tuple[Identity, ...]:
    shared = {kind for (kind,) in store.rows("SELECT kind FROM id_kinds WHERE NOT joins ORDER BY kind")}
    rows = store.rows(_of(_IDENTITIES, flow_id))
    found = {
        Identity(kind, records[n][VALUE_FIELDS[kind]] if value is None else value) for kind, value, n in rows
    }
    return tuple(sorted(found, key=lambda i: (kind_order(i.kind), i.kind in shared, i.kind, i.value)))


def kind_order(kind: str) -> int:
    """Where a kind of id sorts: those of the business first, then from the widest to the narrowest."""
    return _TECHNICAL.index(kind) + 1 if kind in _TECHNICAL else 0
