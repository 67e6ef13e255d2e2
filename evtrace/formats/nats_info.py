"""NATS JetStream: what its API and `jsz` tell of streams and consumers, as JSON. One answer gives several observations."""

from __future__ import annotations

import re

from evtrace.formats import Sample, documents
from evtrace.formats.sql import object_of

NAME = "nats_info"
SHAPE = "document"
UNIT = "observation"
INNER = None
SAMPLES = (
    '{"type":"io.nats.jetstream.api.v1.consumer_info_response","stream_name":"ORDERS","name":"billing","config":{"ack_policy":'
    '"explicit"},"delivered":{"consumer_seq":5,"stream_seq":3},"ack_floor":{"consumer_seq":1,"stream_seq":1,"last_active":'
    '"2026-11-21T02:40:00.731050409Z"},"num_ack_pending":2,"num_redelivered":2,"num_pending":1}\n',
    '{"type":"io.nats.jetstream.api.v1.stream_info_response","config":{"name":"ORDERS"},"state":{"messages":4,"first_seq":1,'
    '"last_seq":4,"last_ts":"2026-11-21T02:40:00.726275309Z","consumer_count":1}}\n',
    '{\n "now": "2026-11-21T02:40:04.797604697Z",\n "account_details": [{"name": "$G", "stream_detail": [{"name": "ORDERS",\n'
    '  "state": {"messages": 4, "last_seq": 4}, "consumer_detail": [{"stream_name": "ORDERS", "name": "billing",\n'
    '   "delivered": {"stream_seq": 4}, "ack_floor": {"stream_seq": 4}, "num_pending": 0}]}]}]\n}\n',
)

_CONSUMER = re.compile(r'"delivered"\s*:\s*\{.{0,4000}"ack_floor"\s*:\s*\{', re.DOTALL)
_STREAM = re.compile(
    r'"(?:first|last)_seq"\s*:\s*\d+.{0,400}"(?:last_ts|consumer_count|num_subjects)"', re.DOTALL
)


def detect(sample: Sample) -> float:
    head = sample.text[:50_000]
    if head.lstrip()[:1] not in ("{", "["):
        return 0.0
    if not sample.objects:
        return 0.95 * bool(_CONSUMER.search(head) or _STREAM.search(head))
    lines = sample.lines[:50]
    return 0.95 * sample.share(bool(_CONSUMER.search(line) or _STREAM.search(line)) for line in lines)


def items(docs: str) -> str:
    """SQL. A consumer gives its figures and its position, a stream its figures and its end; all else stays as it is."""
    roots = "CASE WHEN json_type(root) = 'ARRAY' THEN json_extract(root, '$[*]') ELSE [root] END"
    told = f"flatten(list_transform({roots}, lambda r: {_of_root('r')}))"
    return documents.units(docs, told)


def _of_root(r: str) -> str:
    found = f"list_concat({_consumers(r)}, {_streams(r)})"
    return f"CASE WHEN len({found}) > 0 THEN {found} ELSE [{r}] END"


def _consumers(r: str) -> str:
    is_one = f"json_exists({r}, '$.delivered') AND json_exists({r}, '$.ack_floor')"
    nested = f"list_concat(json_extract({r}, '$.consumers[*]'), json_extract({r}, '$.account_details[*].stream_detail[*].consumer_detail[*]'))"
    each = f"list_filter([{_figures_of_consumer('c', r)}, {_position('c', r)}], lambda d: d IS NOT NULL)"
    return f"flatten(list_transform(CASE WHEN {is_one} THEN [{r}] ELSE {nested} END, lambda c: {each}))"


def _streams(r: str) -> str:
    is_one = f"json_exists({r}, '$.state.last_seq')"
    nested = f"list_concat(json_extract({r}, '$.streams[*]'), json_extract({r}, '$.account_details[*].stream_detail[*]'))"
    each = f"[{_figures_of_stream('c', r)}, {_end('c', r)}]"
    return f"flatten(list_transform(CASE WHEN {is_one} THEN [{r}] ELSE {nested} END, lambda c: {each}))"


def _time(c: str, r: str, *others: str) -> str:
    """SQL: when it was asked; else, of what changes by one thing only, when that was last seen to happen."""
    asked = [f"json_extract_string({r}, '$.now')", f"json_extract_string({c}, '$.ts')"]
    return f"COALESCE({', '.join((*asked, *others))})"


def _figures_of_consumer(c: str, r: str) -> str:
    values = {
        "observed": "'gauge'",
        "time": _time(c, r),
        "stream": f"json_extract({c}, '$.stream_name')",
        "consumer": f"json_extract({c}, '$.name')",
        "info": c,
    }
    return f"CAST({object_of(values)} AS JSON)"


def _position(c: str, r: str) -> str:
    """SQL: behind the last message that nothing before is owed for; NULL where nothing was acknowledged yet."""
    floor = f"CAST(json_extract({c}, '$.ack_floor.stream_seq') AS BIGINT)"
    values = {
        "observed": "'commit'",
        "time": _time(c, r, f"json_extract_string({c}, '$.ack_floor.last_active')"),
        "stream": f"json_extract({c}, '$.stream_name')",
        "consumer": f"json_extract({c}, '$.name')",
        "next_seq": f"{floor} + 1",
    }
    return f"CASE WHEN {floor} > 0 THEN CAST({object_of(values)} AS JSON) END"


def _name(c: str) -> str:
    return f"COALESCE(json_extract({c}, '$.config.name'), json_extract({c}, '$.name'))"


def _figures_of_stream(c: str, r: str) -> str:
    values = {
        "observed": "'gauge'",
        "time": _time(c, r),
        "stream": _name(c),
        "info": f"json_remove({c}, '$.consumer_detail')",
    }
    return f"CAST({object_of(values)} AS JSON)"


def _end(c: str, r: str) -> str:
    last = f"CAST(json_extract({c}, '$.state.last_seq') AS BIGINT)"
    last_ts = f"CASE WHEN {last} > 0 THEN json_extract_string({c}, '$.state.last_ts') END"
    values = {
        "observed": "'end_offset'",
        "time": _time(c, r, last_ts),
        "stream": _name(c),
        "next_seq": f"{last} + 1",
    }
    return f"CAST({object_of(values)} AS JSON)"
