"""Orders a flow's events into a story: causes before effects, siblings by time, each event once."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from evtrace.diagnosis.evidence import Material
from evtrace.results import ChainEvent, CutOff, DeliveryStep, LogLine, ParentEdge

Row = dict[str, Any]

_TELLING = ("warn", "error", "fatal")
_LATE = 2**63  # undated events come last


def story_order(material: Material) -> list[int]:
    """The event numbers in the order of the story: depth first, entries and siblings by time."""
    begun = {event["event_no"]: _begun(event) for event in material.events}
    children: dict[int, list[int]] = defaultdict(list)
    effects = set()
    for edge in material.edges:
        parent, child = edge["parent_no"], edge["child_no"]
        if parent in begun and child in begun and parent != child:
            children[parent].append(child)
            effects.add(child)
    entries = [number for number in begun if number not in effects]
    # a cycle has no entry: whatever is left is entered at its earliest event
    order: dict[int, None] = {}
    for number in (*sorted(entries, key=begun.__getitem__), *sorted(begun, key=begun.__getitem__)):
        _walk(number, children, begun, order)
    return list(order)


def _begun(event: Row) -> tuple[int, int]:
    at = event["published_ts"]
    return (_LATE if at is None else at, event["event_no"])


def _walk(
    entry: int, children: dict[int, list[int]], begun: dict[int, tuple[int, int]], order: dict[int, None]
) -> None:
    """Depth first without recursion, for a chain may be ten thousand events long."""
    waiting = [entry]
    while waiting:
        number = waiting.pop()
        if number not in order:
            order[number] = None
            waiting.extend(sorted(children[number], key=begun.__getitem__, reverse=True))


def chain_of(material: Material) -> tuple[ChainEvent, ...]:
    """The steps of the flow, numbered from 1."""
    order = story_order(material)
    events = {event["event_no"]: event for event in material.events}
    steps = {number: step for step, number in enumerate(order, start=1)}
    parents = _grouped(material.edges, "child_no")
    deliveries = _grouped(material.deliveries, "event_no")
    records = material.records_by_event()
    return tuple(
        ChainEvent(
            step=steps[number],
            at=events[number]["published_ts"],
            end_at=events[number]["end_ts"],
            copies=events[number]["copies"] or 1,
            trace_id=_first(records.get(number, []), "trace_id"),
            hop=_first(records.get(number, []), "hop"),
            parents=tuple(_parent(edge, steps) for edge in parents[number] if edge["parent_no"] in steps),
            deliveries=tuple(_delivery(material, row) for row in deliveries[number]),
            logs=telling_lines(material, records.get(number, [])),
            records=len(records.get(number, [])),
            evidence=material.evidence(events[number]["record_id"]),
            payload_chars=max(
                (len(one["payload"]) for one in records.get(number, []) if one["payload"]), default=None
            ),
            **{name: events[number][name] for name in _COPIED},
        )
        for number in order
    )


_COPIED = (
    "event_id",
    "event_type",
    "kind",
    "service",
    "instance",
    "channel",
    "part",
    "pos",
    "message_key",
    "schema_version",
    "outcome",
    "error",
)


def _grouped(rows: tuple[Row, ...], column: str) -> dict[int, list[Row]]:
    grouped: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row[column]].append(row)
    return grouped


def _first(records: list[Row], column: str) -> str | None:
    return next((record[column] for record in records if record[column]), None)


def _parent(edge: Row, steps: dict[int, int]) -> ParentEdge:
    return ParentEdge(
        event_id=edge["parent_event_id"],
        step=steps[edge["parent_no"]],
        rule=edge["rule"],
        confidence=edge["confidence"],
        kind=edge["kind"] or "causes",
        rivals=edge["rivals"] or 0,
        agrees=tuple((edge["evidence"] or "").split()),
    )


def _delivery(material: Material, row: Row) -> DeliveryStep:
    return DeliveryStep(
        grp=row["grp"],
        consumer=row["consumer"],
        service=row["service"],
        attempt=row["attempt"] or 1,
        received_at=row["received_ts"],
        done_at=row["done_ts"],
        outcome=row["outcome"],
        error=row["error"],
        observers=row["observers"] or 1,
        evidence=material.evidence(row["record_id"]),
        cut_off=_cut_off(material, row["delivery_id"]),
    )


def _cut_off(material: Material, delivery_id: int) -> CutOff | None:
    if delivery_id not in material.cut_off:
        return None
    record_id, what = material.cut_off[delivery_id]
    record, evidence = (
        material.records.get(record_id) or material.beside[record_id],
        material.evidence(record_id),
    )
    assert evidence is not None  # the record is in hand
    return CutOff(what, record["ts"], record["message"], evidence)


def telling_lines(material: Material, records: list[Row]) -> tuple[LogLine, ...]:
    """The log lines worth reading: warnings, errors, and those that name the queried id."""
    return tuple(
        _line(material, record)
        for record in records
        if record["kind"] in ("log", "process")
        and (record["message"] or record["error"])
        and (record["level"] in _TELLING or (record["kind"] == "log" and record["names_id"]))
    )


def _line(material: Material, record: Row) -> LogLine:
    evidence = material.evidence(record["record_id"])
    assert evidence is not None  # the record is in hand
    return LogLine(
        at=record["ts"],
        level=record["level"],
        service=record["service"],
        message=record["message"] or record["error"],
        names_id=record["names_id"],
        evidence=evidence,
    )
