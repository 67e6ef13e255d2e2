"""Jaeger's UI and API JSON: traces of spans, their processes listed apart."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evtrace.formats import Sample
from evtrace.formats.documents import NOTHING, Element, Node, json_or_null
from evtrace.formats.sql import extended, let, object_from_pairs

NAME = "jaeger"
SHAPE = "document"
UNIT = "span"
INNER = None
SAMPLES = (
    '{"data":[{"traceID":"9f1c6a0f3b7d4e2a","spans":[{"traceID":"9f1c6a0f3b7d4e2a","spanID":"2b4d6f8a0c1e3f57",\n'
    '"operationName":"orders publish","references":[{"refType":"CHILD_OF","spanID":"2b4d"}],"startTime":1795183331513204,\n'
    '"duration":120,"tags":[{"key":"span.kind","type":"string","value":"producer"},{"key":"n","type":"int64","value":3}],\n'
    '"logs":[{"timestamp":1,"fields":[]}],"processID":"p1"}],"processes":{"p1":{"serviceName":"orders",\n'
    '"tags":[{"key":"host","type":"string","value":"node-1"}]}}}],"total":0}\n',
)

#: The process that the span names.
AROUND = {"process": json_or_null("process")}

_KEYS = tuple(re.compile(pattern) for pattern in (r'"traceID"\s*:', r'"spans"\s*:\s*\[', r'"spanID"\s*:'))


def detect(sample: Sample) -> float:
    head = sample.text[:20_000]
    return 0.95 if head.lstrip()[:1] in "{[" and all(key.search(head) for key in _KEYS) else 0.0


def elements(root: Node) -> Iterator[Element]:
    data = root if root.kind == "array" else root.at("data")
    for trace in data.elements() if data.kind == "array" else (root,):
        members = dict(trace.members())
        processes = {key: (node,) for key, node in members.get("processes", NOTHING).members()}
        for span in members.get("spans", NOTHING).elements():
            yield Element(span, processes.get(span.at("processID").told() or ""))


def doc() -> str:
    """SQL. A span may hold its process itself."""
    process = "COALESCE(process, json_extract(element, '$.process'))"
    return extended(
        f"json_set(element, '$.tags', COALESCE({_tags('element')}, CAST('{{}}' AS JSON)))",
        {"service": f"json_extract({process}, '$.serviceName')", "process": _tags(process)},
    )


def _tags(owner: str) -> str:
    """SQL: the array of tags as an object (JSON); NULL where there are none."""
    read = f'from_json(json_extract({owner}, \'$.tags\'), \'[{{"key":"VARCHAR","value":"JSON"}}]\')'
    pairs = f"list_transform({read}, lambda x: {{'k': COALESCE(x.key, ''), 'v': x.value}})"
    return let(pairs, "ps", f"CAST({object_from_pairs('ps')} AS JSON)")
