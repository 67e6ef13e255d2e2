"""Zipkin v2 JSON: an array of spans, an array of traces, or one of these a line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evtrace.formats import Sample
from evtrace.formats.documents import Element, Node, as_object

NAME = "zipkin"
SHAPE = "document"
UNIT = "span"
INNER = None
SAMPLES = (
    '[\n  {\n    "traceId": "9f1c6a0f3b7d4e2a",\n    "id": "2b4d6f8a0c1e3f57",\n    "kind": "CONSUMER",\n'
    '    "name": "next-message",\n    "timestamp": 1795183331513204,\n    "localEndpoint": {"serviceName": "billing"}\n  }\n]\n',
    '[[{"traceId":"9f1c6a0f3b7d4e2a","id":"2b4d6f8a0c1e3f57","timestamp":1},{"traceId":"9f1c6a0f3b7d4e2a",'
    '"parentId":"2b4d6f8a0c1e3f57","id":"2b4d6f8a0c1e3f58","duration":7}]]\n',
    '{"traceId":"9f1c6a0f3b7d4e2a","id":"2b4d6f8a0c1e3f57","kind":"PRODUCER","localEndpoint":{"serviceName":"orders"}}\n',
)

_BEGIN = re.compile(r"\s*(?:\[\s*)?(?:\[\s*)?\{")
_TRACE = re.compile(r'"traceId"\s*:\s*"[0-9a-f]{16}(?:[0-9a-f]{16})?"')
_SPAN = re.compile(r'"id"\s*:\s*"[0-9a-f]{16}"')
_OTHER = re.compile(r'"(?:localEndpoint|remoteEndpoint|timestamp|duration)"\s*:')


def detect(sample: Sample) -> float:
    head = sample.text[:20_000]
    return 0.93 if _BEGIN.match(head) and all(p.search(head) for p in (_TRACE, _SPAN, _OTHER)) else 0.0


def elements(root: Node) -> Iterator[Element]:
    """Spans: the root itself, those of an array, those of an array of traces."""
    if root.kind != "array":
        yield Element(root)
    for node in root.elements():
        yield from map(Element, node.elements() if node.kind == "array" else (node,))


def doc() -> str:
    return as_object("element")
