"""Ingest single JSON documents of many shapes and sizes; print time and peak memory of each process.

python benchmarks/documents.py [--sizes 1 4 16 31] [--shapes jaeger otlp_logs …]
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ingest import timed

_START_NS = 1_795_183_331_513_000_000
_SERVICES = ("orders", "billing", "stock", "shipping")


def _hex(number: int, digits: int) -> str:
    return f"{number * 0x9E3779B97F4A7C15 % 16**digits:0{digits}x}"


def event(n: int) -> dict[str, Any]:
    """About 330 bytes, as a service would log it."""
    return {
        "timestamp": f"2026-11-20T{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}.{n % 1000:03}Z", "level": "info",
        "service": _SERVICES[n % 4], "event_id": _hex(n, 16), "event_type": "OrderPlaced", "topic": "orders",
        "partition": n % 6, "offset": n // 6, "correlation_id": _hex(n // 10, 16),
        "payload": {"order_id": f"order-{n // 10}", "amount": n % 1000 / 10, "note": None, "tags": ["a", "b"]},
    }  # fmt: skip


def _attribute(key: str, value: object) -> dict[str, Any]:
    kind = "intValue" if isinstance(value, int) else "stringValue"
    return {"key": key, "value": {kind: str(value)}}


def otlp_log(n: int) -> dict[str, Any]:
    return {
        "timeUnixNano": str(_START_NS + n * 1_000_000), "severityNumber": 9, "body": {"stringValue": f"charged order-{n // 10}"},
        "attributes": [_attribute("order.id", f"order-{n // 10}"), _attribute("attempt", n % 3)],
        "traceId": _hex(n // 10, 32), "spanId": _hex(n, 16),
    }  # fmt: skip


def otlp_span(n: int) -> dict[str, Any]:
    return {
        "traceId": _hex(n // 10, 32), "spanId": _hex(n, 16), "parentSpanId": _hex(n - 1, 16) if n % 10 else "",
        "name": "orders publish", "kind": 4, "startTimeUnixNano": str(_START_NS + n * 1_000_000),
        "endTimeUnixNano": str(_START_NS + n * 1_000_000 + 5000),
        "attributes": [_attribute("messaging.system", "kafka"), _attribute("messaging.kafka.offset", n)],
    }  # fmt: skip


def jaeger_span(n: int) -> dict[str, Any]:
    return {
        "traceID": _hex(n // 10, 32), "spanID": _hex(n, 16), "operationName": "orders publish", "startTime": _START_NS // 1000 + n,
        "references": [{"refType": "CHILD_OF", "traceID": _hex(n // 10, 32), "spanID": _hex(n - 1, 16)}], "duration": 120,
        "tags": [{"key": "span.kind", "type": "string", "value": "producer"}, {"key": "n", "type": "int64", "value": n}],
        "logs": [], "processID": f"p{n % 4}",
    }  # fmt: skip


def jaeger_trace(n: int, *, spans: int) -> dict[str, Any]:
    tags = [{"key": "hostname", "type": "string", "value": "node-1"}]
    processes = {f"p{i}": {"serviceName": name, "tags": tags} for i, name in enumerate(_SERVICES)}
    return {
        "traceID": _hex(n, 32), "spans": [jaeger_span(n * spans + i) for i in range(spans)], "processes": processes
    }  # fmt: skip


def zipkin_span(n: int) -> dict[str, Any]:
    return {
        "traceId": _hex(n // 10, 32), "id": _hex(n, 16), "parentId": _hex(n - 1, 16), "kind": "PRODUCER", "name": "send",
        "timestamp": _START_NS // 1000 + n, "duration": 120, "localEndpoint": {"serviceName": _SERVICES[n % 4]},
        "tags": {"order": f"order-{n // 10}"},
    }  # fmt: skip


def cloud_event(n: int) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": _hex(n, 16), "source": "/shop", "type": "OrderPlaced",
        "time": "2026-11-20T14:02:11Z", "data": event(n)["payload"]
    }  # fmt: skip


def hit(n: int) -> dict[str, Any]:
    return {"_index": "logs-2026.11.20", "_id": _hex(n, 16), "_score": 1.0, "_source": event(n)}


def loki_value(n: int) -> list[str]:
    return [
        str(_START_NS + n),
        f"level=info msg=charged order_id=order-{n // 10} trace_id={_hex(n // 10, 32)}",
    ]


def cloudwatch_event(n: int) -> dict[str, Any]:
    return {
        "logStreamName": "billing/1", "timestamp": _START_NS // 1_000_000 + n, "ingestionTime": _START_NS // 1_000_000 + n,
        "message": json.dumps(event(n)), "eventId": str(n),
    }  # fmt: skip


def insight(n: int) -> list[dict[str, str]]:
    at = "2026-11-20 14:02:11.513"
    return [{"field": "@timestamp", "value": at}, {"field": "@message", "value": f"charged order-{n}"}]


#: shape → what stands before the elements, between which brackets, and one element.
SHAPES: dict[str, tuple[str, Callable[[int], object], str]] = {
    "array": ("[", event, "]"),
    "object_data": ('{"total":1,"data":[', event, '],"next":null}'),
    "object_events": ('{"events":[', event, "]}"),
    "by_partition": ('{"eventSource":"aws:kafka","records":{"orders-0":[', event, "]}}"),
    "concatenated": ("", event, ""),
    "cloudevents": ("[", cloud_event, "]"),
    "elastic": ('{"took":3,"hits":{"total":{"value":2},"hits":[', hit, "]}}"),
    "elastic_array": ("[", hit, "]"),
    "loki": ('{"status":"success","data":{"resultType":"streams","result":[{"stream":{"app":"billing"},"values":[', loki_value, "]}]}}"),
    "cloudwatch": ('{"events":[', cloudwatch_event, '],"searchedLogStreams":[]}'),
    "cloudwatch_insights": ('{"results":[', insight, '],"status":"Complete"}'),
    "otlp_logs": ('{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"billing"}}]},'
                  '"scopeLogs":[{"scope":{"name":"shop"},"logRecords":[', otlp_log, "]}]}]}"),
    "otlp_spans": ('{"resourceSpans":[{"resource":{},"scopeSpans":[{"spans":[', otlp_span, "]}]}]}"),
    "otlp_resources": ('{"resourceLogs":[', lambda n: {"resource": {}, "scopeLogs": [{"logRecords": [otlp_log(n)]}]}, "]}"),
    "jaeger": ('{"data":[', lambda n: jaeger_trace(n, spans=10), "]}"),
    "jaeger_one_trace": ('{"data":[{"traceID":"9f1c6a0f3b7d4e2a","spans":[', jaeger_span, '],"processes":{"p0":{"serviceName":"orders"}}}]}'),
    "zipkin": ("[", zipkin_span, "]"),
    "zipkin_traces": ("[", lambda n: [zipkin_span(n * 10 + i) for i in range(10)], "]"),
    "large_elements": ('{"data":[', lambda n: {**event(n), "lines": [event(n + i) for i in range(40)]}, "]}"),
}  # fmt: skip


def write(path: Path, shape: str, *, size_bytes: int, is_pretty: bool = False) -> int:
    """Write a document of that size; return how many elements it has."""
    before, make, after = SHAPES[shape]
    with path.open("w") as file:
        file.write(before)
        written = len(before) + len(after)
        for n in itertools.count():
            text = _element(
                make(n), is_pretty=is_pretty, separator="" if shape == "concatenated" else ",", n=n
            )
            if written + len(text) > size_bytes:
                break
            file.write(text)
            written += len(text)
        file.write(after)
    return n


def _element(value: object, *, is_pretty: bool, separator: str, n: int) -> str:
    text = json.dumps(value, indent=2) if is_pretty else json.dumps(value, separators=(",", ":"))
    return (separator if n else "") + ("\n" if is_pretty else "") + text


def rows(folder: Path, shapes: list[str], sizes: list[int], *, is_pretty: bool) -> Iterator[str]:
    for shape in shapes:
        cells = []
        for size in sizes:
            path, store = folder / f"{shape}.json", folder / "evtrace.duckdb"
            write(path, shape, size_bytes=size << 20, is_pretty=is_pretty)
            store.unlink(missing_ok=True)
            command = [sys.executable, "-m", "evtrace", "ingest", str(path), "--store", str(store), "--quiet"]
            try:
                seconds, memory = timed(command)
                cells.append(f"{seconds:.1f} s, {memory:.0f} MiB")
            except SystemExit:
                cells.append("failed")
        yield f"| {shape} | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 4, 16, 31], help="MiB")
    parser.add_argument("--shapes", nargs="+", default=list(SHAPES), choices=list(SHAPES))
    parser.add_argument("--pretty", action="store_true", help="over many lines")
    chosen = parser.parse_args()
    print(f"| shape | {' | '.join(f'{size} MiB' for size in chosen.sizes)} |")
    print("|---" * (len(chosen.sizes) + 1) + "|")
    with tempfile.TemporaryDirectory() as folder:
        for row in rows(Path(folder), chosen.shapes, chosen.sizes, is_pretty=chosen.pretty):
            print(row, flush=True)


if __name__ == "__main__":
    main()
