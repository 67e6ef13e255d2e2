"""RabbitMQ's tracing plugin as JSON lines, and messages of the firehose dumped one a line."""

from __future__ import annotations

from typing import Any

from evtrace.formats import Sample, jsonl
from evtrace.formats.amqp import attempt
from evtrace.formats.sql import let

NAME = "rabbitmq_tracing"
SHAPE = "line"
UNIT = "line"
INNER = None
SAMPLES = (
    '{"channel":1,"connection":"127.0.0.1:41482 -> 127.0.0.1:25673","exchange":"orders","node":"evt@localhost",'
    '"payload":"eyJldmVudF9pZCI6ICJlLTEifQ==","properties":{"message_id":"e-1"},"queue":"none",'
    '"routed_queues":["audit","billing"],"routing_keys":["order.placed"],"timestamp":"2026-11-21T02:42:14.094+00:00",'
    '"type":"published","user":"guest","vhost":"/"}\n',
    '{"routing_key": "deliver.billing", "headers": {"exchange_name": "", "routing_keys": ["billing"], "properties": '
    '{"message_id": "e-2", "headers": {"x-death": [{"count": 1, "queue": "billing", "reason": "rejected"}]}}, '
    '"redelivered": 0, "vhost": "/"}, "payload": "{\\"event_id\\": \\"e-2\\"}"}\n',
)

skip = jsonl.skip


def detect(sample: Sample) -> float:
    written = sample.share_of_objects("exchange", "queue", "routed_queues", "routing_keys", "payload")
    dumped = sum(_is_of_firehose(value) for value in sample.objects) / max(1, len(sample.lines[:50]))
    return 0.95 * max(written, dumped)


def _is_of_firehose(value: dict[str, Any]) -> bool:
    headers = value.get("headers")
    return isinstance(headers, dict) and "exchange_name" in headers and "routing_keys" in headers


def doc(text: str) -> str:
    """SQL; the plugin writes payloads in base64, the firehose tells the queue by its key, neither the attempt."""
    return let(jsonl.doc(text), "e", let(_looked_up("e"), "v", f"CASE WHEN e IS NOT NULL THEN {_told()} END"))


_WRITTEN, _DUMPED = ("/properties/headers", "/headers/properties/headers")


def _looked_up(document: str) -> str:
    pointers = ["/type", "/payload", "/queue", "/routing_key"]
    pointers += [
        f"{place}/{name}" for place in (_WRITTEN, _DUMPED) for name in ("x-death", "x-delivery-count")
    ]
    return f"json_extract_string({document}, [{', '.join(repr(pointer) for pointer in pointers)}])"


def _told() -> str:
    """SQL over `e` (the line) and `v` (what was looked up in it)."""
    decoded = "json_set(e, '$.payload', to_json(COALESCE(TRY(decode(from_base64(v[2]))), v[2])))"
    queue = "nullif(regexp_extract(v[4], '^deliver[.](.*)$', 1), '')"
    plain = f"CASE WHEN v[1] IS NOT NULL THEN {decoded} WHEN v[3] IS NULL AND {queue} IS NOT NULL THEN json_set(e, '$.queue', to_json({queue})) ELSE e END"
    number = attempt(f"COALESCE(v[3], {queue})", "COALESCE(v[5], v[7])", "COALESCE(v[6], v[8])")
    counted = let(number, "n", "CASE WHEN n IS NULL THEN p ELSE json_set(p, '$.attempt', to_json(n)) END")
    return let(f"CAST({plain} AS VARCHAR)", "p", f"CAST({counted} AS VARCHAR)")
