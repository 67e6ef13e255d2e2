"""Exports for trace viewers, read back: ids, parents and times are those of the store."""

from __future__ import annotations

import base64
import json
import os
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import evtrace
from tests.bridges.told import Seen, Step, check, exported

US = 1_000


def _step(kind: str, told: dict[str, Any]) -> Step:
    reader = told.get("messaging.consumer.group.name") or told["service"]
    is_delivery = kind == "consumer"
    return (
        "delivery" if is_delivery else "event",
        told["evtrace.event_id"],
        reader if is_delivery else "",
        int(told.get("evtrace.attempt", 1)),
    )


def _requests(path: Path) -> list[Any]:
    """Each line as the official class of the protocol, its hex ids made bytes."""
    try:
        from google.protobuf import json_format
        from opentelemetry.proto.trace.v1.trace_pb2 import TracesData
    except ImportError:
        if os.environ.get("EVTRACE_CI"):
            raise
        pytest.skip("opentelemetry-proto is not installed")
    return [
        json_format.ParseDict(_as_bytes(json.loads(line)), TracesData())
        for line in path.open(encoding="utf-8")
    ]


def _as_bytes(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _as_bytes(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_as_bytes(item) for item in value]
    if key in ("traceId", "spanId", "parentSpanId"):
        assert len(value) == (32 if key == "traceId" else 16)
        return base64.b64encode(bytes.fromhex(value)).decode()
    return value


def _plain(value: Any) -> Any:
    return getattr(value, value.WhichOneof("value"))


def test_otlp_is_read_by_the_official_classes(store_path: str, tmp_path: Path) -> None:
    seen = []
    for request in _requests(exported(store_path, "otlp", tmp_path / "flows.jsonl")):
        assert (
            len({span.trace_id for place in request.resource_spans for span in place.scope_spans[0].spans})
            == 1
        )
        for place in request.resource_spans:
            resource = {pair.key: _plain(pair.value) for pair in place.resource.attributes}
            for span in place.scope_spans[0].spans:
                told = {pair.key: _plain(pair.value) for pair in span.attributes}
                kind = {4: "producer", 5: "consumer"}.get(span.kind, "internal")
                told["service"] = resource["service.name"]
                seen.append(Seen(
                    span.trace_id.hex(), span.span_id.hex(), _step(kind, told), span.start_time_unix_nano,
                    span.end_time_unix_nano, span.parent_span_id.hex() or None, tuple(link.span_id.hex() for link in span.links),
                ))  # fmt: skip
                assert all(link.trace_id == span.trace_id for link in span.links)
    check(seen, store_path)


def test_otlp_speaks_the_messaging_conventions(kafka_path: str, tmp_path: Path) -> None:
    told = {}
    for request in _requests(exported(kafka_path, "otlp", tmp_path / "flows.jsonl", "order-8101")):
        for place in request.resource_spans:
            for span in place.scope_spans[0].spans:
                told[span.name] = {pair.key: _plain(pair.value) for pair in span.attributes}
    sent, handled = told["send shop.orders"], told["process shop.orders"]
    assert sent["messaging.system"] == handled["messaging.system"] == "kafka"
    assert (sent["messaging.operation.type"], handled["messaging.operation.type"]) == ("send", "process")
    assert sent["messaging.destination.name"] == "shop.orders"
    assert sent["messaging.kafka.offset"] == handled["messaging.kafka.offset"] == 0
    assert sent["messaging.message.id"] == handled["messaging.message.id"]
    assert "messaging.consumer.group.name" in handled
    assert sent["cloudevents.event_type"] == "OrderPlaced"


def test_failures_are_errors_of_spans(shop_path: str, tmp_path: Path) -> None:
    (request,) = _requests(exported(shop_path, "otlp", tmp_path / "flow.jsonl", "8123"))
    spans = [span for place in request.resource_spans for span in place.scope_spans[0].spans]
    failed = [span for span in spans if span.status.code == 2]
    with evtrace.open(shop_path) as logs:
        errors = logs.sql(
            "SELECT error FROM deliveries WHERE outcome = 'error' AND event_id = 'placed-8123'"
        ).rows
    assert errors
    assert {error for (error,) in errors} <= {span.status.message for span in failed}


def test_jaeger_json_has_the_flows(store_path: str, tmp_path: Path) -> None:
    document = json.loads(exported(store_path, "jaeger", tmp_path / "flows.json").read_text(encoding="utf-8"))
    seen = []
    for trace in document["data"]:
        for span in trace["spans"]:
            told = {tag["key"]: tag["value"] for tag in span["tags"]}
            told["service"] = trace["processes"][span["processID"]]["serviceName"]
            of = defaultdict(list)
            for reference in span["references"]:
                assert reference["traceID"] == span["traceID"] == trace["traceID"]
                of[reference["refType"]].append(reference["spanID"])
            parent = of["CHILD_OF"][0] if of["CHILD_OF"] else None
            start, end = span["startTime"] * US, (span["startTime"] + span["duration"]) * US
            seen.append(
                Seen(
                    trace["traceID"],
                    span["spanID"],
                    _step(told["span.kind"], told),
                    start,
                    end,
                    parent,
                    tuple(of["FOLLOWS_FROM"]),
                )
            )
    check(seen, store_path, precision=US)


def test_zipkin_has_the_flows(store_path: str, tmp_path: Path) -> None:
    spans = json.loads(exported(store_path, "zipkin", tmp_path / "flows.json").read_text(encoding="utf-8"))
    seen = []
    for span in spans:
        told = span["tags"] | {"service": span["localEndpoint"]["serviceName"]}
        start, end = span["timestamp"] * US, (span["timestamp"] + span.get("duration", 0)) * US
        links = tuple(told.get("evtrace.other_causes", "").split())
        seen.append(
            Seen(
                span["traceId"],
                span["id"],
                _step(span.get("kind", "").lower(), told),
                start,
                end,
                span.get("parentId"),
                links,
            )
        )
    check(seen, store_path, precision=US)


def test_chrome_trace_has_the_flows(store_path: str, tmp_path: Path) -> None:
    document = json.loads(exported(store_path, "chrome", tmp_path / "flows.json").read_text(encoding="utf-8"))
    events, zero = document["traceEvents"], int(document["otherData"]["start_unix_nano"])
    services = {event["pid"]: event["args"]["name"] for event in events if event["ph"] == "M"}
    seen = []
    for event in events:
        if event["ph"] == "X":
            told = event["args"] | {"service": services[event["pid"]]}
            start = zero + _ns(event["ts"])
            end = start + (0 if event["dur"] == 0.001 else _ns(event["dur"]))
            seen.append(
                Seen(
                    told["trace_id"],
                    told["span_id"],
                    _step(event["cat"], told),
                    start,
                    end,
                    told.get("parent_span_id"),
                    tuple(told.get("links", ())),
                )
            )
    check(seen, store_path)
    _check_rows(events)
    _check_arrows(events)


def _ns(micros: float) -> int:
    return round(micros * 1000)


def _check_rows(events: list[dict[str, Any]]) -> None:
    """On one row slices stand one after the other."""
    rows = defaultdict(list)
    for event in events:
        if event["ph"] == "X":
            rows[event["pid"], event["tid"]].append((_ns(event["ts"]), _ns(event["ts"]) + _ns(event["dur"])))
    for slices in rows.values():
        assert all(before[1] <= after[0] for before, after in pairwise(sorted(slices)))


def _check_arrows(events: list[dict[str, Any]]) -> None:
    """Every arrow that ends begins once, at the slice of its parent."""
    parents = {
        event["args"]["span_id"]: event["args"].get("parent_span_id")
        for event in events
        if event["ph"] == "X"
    }
    ends = [event["id"].removeprefix("0x") for event in events if event["ph"] == "f"]
    begins = [event["id"].removeprefix("0x") for event in events if event["ph"] == "s"]
    assert sorted(ends) == sorted(begins) == sorted(child for child, parent in parents.items() if parent)


#: Republications are seen by the broker's positions, which a span does not prove.
_CAUSES = """
SELECT DISTINCT parent_event_id, child_event_id FROM edges WHERE parent_event_id <> child_event_id ORDER BY parent_event_id, child_event_id
"""


@pytest.mark.parametrize(("name", "ending"), [("otlp", "jsonl"), ("jaeger", "json"), ("zipkin", "json")])
def test_evtrace_reads_what_it_exported(kafka_path: str, tmp_path: Path, name: str, ending: str) -> None:
    """By evtrace's own readers of other tools' formats: the same events, deliveries, causes."""
    path = exported(kafka_path, name, tmp_path / f"flows.{ending}")
    with evtrace.open(str(tmp_path / "again.duckdb")) as logs:
        summary = logs.ingest(str(path))
        assert (summary.rejects, summary.flows) == (0, 80)
        sent = logs.sql("SELECT event_id, ts FROM records WHERE kind = 'publish'").rows
        spans = dict(logs.sql("SELECT span_id, parent_span_id FROM records").rows)
        causes = logs.sql(_CAUSES).rows
    precision = 1 if name == "otlp" else US
    with evtrace.open(kafka_path) as logs:
        known = logs.sql(_CAUSES).rows
        truth = logs.sql("SELECT event_id, published_ts FROM events").rows
        handled = logs.sql("SELECT delivery_id FROM deliveries").rows
    assert set(causes) <= set(known)
    assert {child for _, child in causes} == {child for _, child in known}
    assert name == "zipkin" or causes == known  # Zipkin's spans have one cause; the others are told in a tag
    assert summary.records == len(truth) + len(handled)
    assert sorted(sent) == sorted((event_id, ts // precision * precision) for event_id, ts in truth)
    assert len(spans) == summary.records
    assert all(parent in spans for parent in spans.values() if parent)


def test_own_span_ids_are_kept(tmp_path: Path) -> None:
    """What was read as a trace is exported under the ids that its viewers know."""
    source = tmp_path / "spans.json"
    trace, first, second = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "00f067aa0ba902b8"
    spans = [
        {"traceId": trace, "id": first, "kind": "SERVER", "name": "post", "timestamp": 1795183331513204, "duration": 900, "localEndpoint": {"serviceName": "orders"}},
        {"traceId": trace, "parentId": first, "id": second, "kind": "SERVER", "name": "charge", "timestamp": 1795183331513300, "duration": 200, "localEndpoint": {"serviceName": "billing"}},
    ]  # fmt: skip
    source.write_text(json.dumps(spans))
    store = str(tmp_path / "spans.duckdb")
    with evtrace.open(store) as logs:
        logs.ingest(str(source))
    again = json.loads(exported(store, "zipkin", tmp_path / "again.json").read_text())
    assert [
        (span["traceId"], span["id"], span.get("parentId"), span["timestamp"], span["duration"])
        for span in again
    ] == [
        (trace, first, None, 1795183331513204, 900),
        (trace, second, first, 1795183331513300, 200),
    ]
