"""CloudWatch Logs: answers of filter- and get-log-events, subscription payloads, Insights results."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evtrace.formats import Sample
from evtrace.formats.documents import NOTHING, Element, Node, as_object, json_or_null
from evtrace.formats.sql import extended, let, object_from_pairs

NAME = "cloudwatch"
SHAPE = "document"
UNIT = "event"
INNER = "message"
SAMPLES = (
    '{\n "events": [\n  {"logStreamName": "billing/1", "timestamp": 1795183331513, "message": "charged order-8123", '
    '"ingestionTime": 1795183332000, "eventId": "381"}\n ],\n "searchedLogStreams": []\n}\n',
    '{"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"/shop/billing","logStream":"billing/1",'
    '"subscriptionFilters":["all"],"logEvents":[{"id":"381","timestamp":1795183331513,"message":"charged"}]}\n',
    '{"results":[[{"field":"@timestamp","value":"2026-11-20 14:02:11.513"},{"field":"@message","value":"charged"}]],'
    '"statistics":{"recordsMatched":1},"status":"Complete"}\n',
)

#: What stands beside the events.
AROUND = {name: json_or_null(name) for name in ("logGroup", "logStream", "owner", "messageType")}

_KINDS = (
    re.compile(r'"events"\s*:\s*\[.{0,4000}?"ingestionTime"\s*:', re.DOTALL),
    re.compile(r'"logEvents"\s*:\s*\['),
    re.compile(r'"results"\s*:\s*\[\s*\[\s*\{\s*"(?:field|value)"'),
)


def detect(sample: Sample) -> float:
    head = sample.text[:20_000]
    is_one = head.lstrip()[:1] == "{" and any(kind.search(head) for kind in _KINDS)
    return 0.94 if is_one else 0.0


def elements(root: Node) -> Iterator[Element]:
    members = dict(root.members())
    around = tuple(members.get(name, NOTHING) for name in AROUND)
    held = (members[name] for name in ("logEvents", "events", "results") if name in members)
    events = next((node for node in held if node.kind == "array"), None)
    return (Element(node, around) for node in (events.elements() if events else (root,)))


def doc() -> str:
    """SQL. A row of Insights is an array of cells."""
    cells = 'from_json(element, \'[{"field":"VARCHAR","value":"JSON"}]\')'
    pairs = f"list_transform({cells}, lambda c: {{'k': COALESCE(c.field, ''), 'v': c.value}})"
    row = let(pairs, "ps", object_from_pairs("ps"))
    event = extended("element", {name: name for name in AROUND})
    return f"CASE json_type(element) WHEN 'ARRAY' THEN {row} WHEN 'OBJECT' THEN {event} ELSE {as_object('element')} END"
