"""Exports for process mining, read back by pm4py, and by readers a few lines long."""

from __future__ import annotations

import json
import os
import re
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

import evtrace
from tests.bridges.told import causes, exported

_XES = "{http://www.xes-standard.org/}"

#: The shape of an OCEL 2.0 document: what its parts are called, and of which type they are.
_TEXTS = {"type": "object", "required": ["name", "value"], "properties": {"name": {"type": "string"}}}
_RELATIONS = {
    "type": "object",
    "required": ["objectId", "qualifier"],
    "additionalProperties": {"type": "string"},
}
_TYPE = {
    "type": "object",
    "required": ["name", "attributes"],
    "properties": {
        "name": {"type": "string"},
        "attributes": {
            "type": "array",
            "items": {
                "required": ["name", "type"],
                "properties": {"type": {"enum": ["string", "time", "integer", "float", "boolean"]}},
            },
        },
    },
}
_OCEL = {
    "type": "object",
    "required": ["objectTypes", "eventTypes", "objects", "events"],
    "properties": {
        "objectTypes": {"type": "array", "items": _TYPE},
        "eventTypes": {"type": "array", "items": _TYPE},
        "objects": {
            "type": "array",
            "items": {
                "required": ["id", "type"],
                "properties": {
                    "attributes": {"type": "array", "items": _TEXTS | {"required": ["name", "value", "time"]}}
                },
            },
        },
        "events": {
            "type": "array",
            "items": {
                "required": ["id", "type", "time"],
                "properties": {
                    "attributes": {"type": "array", "items": _TEXTS},
                    "relationships": {"type": "array", "items": _RELATIONS},
                },
            },
        },
    },
}


def _pm4py() -> ModuleType:
    try:
        import pm4py
    except ImportError:
        if os.environ.get("EVTRACE_CI"):
            raise
        pytest.skip("pm4py is not installed")
    return pm4py  # type: ignore[no-any-return]  # it ships no types


def _truth(store_path: str) -> dict[str, tuple[str, int]]:
    """Activity id → what is done, and when it begins."""
    with evtrace.open(store_path) as logs:
        events = logs.sql("SELECT 'e' || event_no, event_type, published_ts FROM events").rows
        deliveries = logs.sql(
            "SELECT 'd' || d.delivery_id, e.event_type || ' → ' || COALESCE(d.grp, d.service), COALESCE(d.received_ts, d.done_ts) "
            "FROM deliveries AS d JOIN events AS e ON e.event_no = d.event_no"
        ).rows
    return {key: (name, ts) for key, name, ts in (*events, *deliveries) if ts is not None}


def _ns(moment: str) -> int:
    whole, part = re.fullmatch(r"(.*)\.(\d{9})Z", moment).groups()  # type: ignore[union-attr]  # or the test fails here
    return int(datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp()) * 1_000_000_000 + int(part)


def test_ocel_has_the_activities(store_path: str, tmp_path: Path) -> None:
    document = json.loads(exported(store_path, "ocel", tmp_path / "flows.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, _OCEL)
    truth = _truth(store_path)
    assert {event["id"]: (event["type"], _ns(event["time"])) for event in document["events"]} == truth
    assert {event["type"] for event in document["events"]} == {
        kind["name"] for kind in document["eventTypes"]
    }
    objects = {one["id"]: one["type"] for one in document["objects"]}
    assert len(objects) == len(document["objects"])
    assert set(objects.values()) == {kind["name"] for kind in document["objectTypes"]}
    for event in document["events"]:
        related = [objects[relation["objectId"]] for relation in event["relationships"]]
        assert related.count("flow") == 1
    _check_causes(document, store_path)


def _check_causes(document: dict[str, Any], store_path: str) -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for event in document["events"]:
        told = {one["name"]: one["value"] for one in event["attributes"]}
        if event["id"].startswith("e") and "caused_by" in told:
            found[told["event_id"]] |= set(told["caused_by"].split())
    assert found == causes(store_path)


def test_orders_are_objects(kafka_path: str, tmp_path: Path) -> None:
    document = json.loads(exported(kafka_path, "ocel", tmp_path / "flow.json", "order-8101").read_text())
    orders = [one["id"] for one in document["objects"] if one["type"] == "order"]
    assert orders == ["order:order-8101"]
    (placed,) = [event for event in document["events"] if event["type"] == "OrderPlaced"]
    assert {relation["objectId"] for relation in placed["relationships"]} >= {"order:order-8101"}


def test_xes_has_the_flows(store_path: str, tmp_path: Path) -> None:
    log = ElementTree.parse(exported(store_path, "xes", tmp_path / "flows.xes")).getroot()
    truth, seen = _truth(store_path), {}
    for trace in log.iter(f"{_XES}trace"):
        moments = []
        for event in trace.iter(f"{_XES}event"):
            told = {one.get("key"): one.get("value") for one in event}
            moments.append(int(told["evtrace:ts"] or 0))
            assert (told["time:timestamp"] or "").endswith("+00:00")
            seen.setdefault(told["concept:instance"], (told["concept:name"], moments[-1]))
        assert moments == sorted(moments)
    assert seen == truth


def test_pm4py_reads_ocel(kafka_path: str, tmp_path: Path) -> None:
    pm4py = _pm4py()
    log = pm4py.read_ocel2_json(str(exported(kafka_path, "ocel", tmp_path / "flows.json")))
    truth = {
        key: (name, ts // 1000) for key, (name, ts) in _truth(kafka_path).items()
    }  # it keeps microseconds
    read = {
        row["ocel:eid"]: (row["ocel:activity"], row["ocel:timestamp"].value // 1000)
        for _, row in log.events.iterrows()
    }
    assert read == truth
    assert {"flow", "order"} <= set(log.objects["ocel:type"])


def test_pm4py_reads_xes(kafka_path: str, tmp_path: Path) -> None:
    pm4py = _pm4py()
    log = pm4py.read_xes(str(exported(kafka_path, "xes", tmp_path / "flows.xes")), show_progress_bar=False)
    assert log["case:concept:name"].nunique() == 80
    truth = {name for name, _ in _truth(kafka_path).values()}
    assert set(log["concept:name"]) == truth
    begun = log.drop_duplicates("concept:instance")
    for _, row in begun.iterrows():
        assert row["time:timestamp"].value // 1_000_000 == _truth_ms(row)


def _truth_ms(row: Any) -> int:
    return int(row["evtrace:ts"]) // 1_000_000


def test_vector_clocks_know_every_cause(store_path: str, tmp_path: Path) -> None:
    """By ShiViz's own expression: the clock of a cause is before that of its effect, and hosts count by ones."""
    text = exported(store_path, "shiviz", tmp_path / "flows.log").read_text(encoding="utf-8")
    found: dict[str, set[str]] = defaultdict(set)
    lines = 0
    for execution in re.split(r"^=== .* ===\n", text, flags=re.MULTILINE)[1:]:
        clocks: dict[str, dict[str, int]] = {}
        last: dict[str, int] = defaultdict(int)
        for match in re.finditer(r"(?P<event>.*)\n(?P<host>\S*) (?P<clock>{.*})", execution):
            lines += 1
            clock = json.loads(match["clock"])
            assert clock[match["host"]] == last[match["host"]] + 1
            last[match["host"]] += 1
            if match["event"].startswith(("publishes", "does")):
                event_id = re.search(r"\((.+?)\)", match["event"])[1]  # type: ignore[index]  # or the test fails here
                for other, earlier in clocks.items():
                    if all(clock.get(host, 0) >= count for host, count in earlier.items()):
                        found[event_id].add(other)
                clocks[event_id] = clock
    with evtrace.open(store_path) as logs:
        assert lines == len(
            logs.sql("SELECT event_no FROM events UNION ALL SELECT delivery_id FROM deliveries").rows
        )
    for event_id, parents in causes(store_path).items():
        assert parents - {event_id} <= found[event_id]
