"""CloudWatch Logs: answers of filter- and get-log-events, subscription payloads, Insights results."""

from __future__ import annotations

import re

from evtrace.formats import Sample, documents
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

_KINDS = (
    re.compile(r'"events"\s*:\s*\[.{0,4000}?"ingestionTime"\s*:', re.DOTALL),
    re.compile(r'"logEvents"\s*:\s*\['),
    re.compile(r'"results"\s*:\s*\[\s*\[\s*\{\s*"(?:field|value)"'),
)


def detect(sample: Sample) -> float:
    head = sample.text[:20_000]
    is_one = head.lstrip()[:1] == "{" and any(kind.search(head) for kind in _KINDS)
    return 0.94 if is_one else 0.0


def items(docs: str) -> str:
    cells = 'from_json(r, \'[{"field":"VARCHAR","value":"JSON"}]\')'
    pairs = f"list_transform({cells}, lambda c: {{'k': COALESCE(c.field, ''), 'v': c.value}})"
    rows = let(pairs, "ps", f"CAST({object_from_pairs('ps')} AS JSON)")
    elements = (
        "CASE WHEN json_type(root, '$.logEvents') = 'ARRAY' THEN json_extract(root, '$.logEvents[*]') "
        "WHEN json_type(root, '$.events') = 'ARRAY' THEN json_extract(root, '$.events[*]') "
        "WHEN json_type(root, '$.results') = 'ARRAY' THEN "
        f"list_transform(json_extract(root, '$.results[*]'), lambda r: {rows}) ELSE [root] END"
    )
    about = "json_extract(root, ['$.logGroup', '$.logStream', '$.owner', '$.messageType'])"
    names = {"logGroup": "about[1]", "logStream": "about[2]", "owner": "about[3]", "messageType": "about[4]"}
    element = f"CASE WHEN json_type(element) = 'OBJECT' THEN {extended('element', names)} ELSE {documents.as_object('element')} END"
    return documents.units(docs, elements, element, about=about)
