"""Jaeger's UI and API JSON: traces of spans, their processes listed apart."""

from __future__ import annotations

import re

from evtrace.formats import Sample, documents
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

_KEYS = tuple(re.compile(pattern) for pattern in (r'"traceID"\s*:', r'"spans"\s*:\s*\[', r'"spanID"\s*:'))


def detect(sample: Sample) -> float:
    head = sample.text[:20_000]
    return 0.95 if head.lstrip()[:1] in "{[" and all(key.search(head) for key in _KEYS) else 0.0


def items(docs: str) -> str:
    key = "replace(replace(COALESCE(json_extract_string(s, '$.processID'), ''), '~', '~0'), '/', '~1')"
    process = f"json_extract(t, '/processes/' || {key})"
    merged = extended(
        f"json_set(s, '$.tags', COALESCE({_tags('s')}, CAST('{{}}' AS JSON)))",
        {
            "service": "json_extract(COALESCE(p, json_extract(s, '$.process')), '$.serviceName')",
            "process": _tags("COALESCE(p, json_extract(s, '$.process'))"),
        },
    )
    span = let(process, "p", f"CAST({merged} AS JSON)")
    of_trace = f"list_transform(json_extract(t, '$.spans[*]'), lambda s: {span})"
    traces = (
        "CASE WHEN json_type(root, '$.data') = 'ARRAY' THEN json_extract(root, '$.data[*]') "
        f"WHEN json_type(root) = 'ARRAY' THEN {documents.listed('$[*]')} ELSE [root] END"
    )
    return documents.units(docs, f"flatten(list_transform({traces}, lambda t: {of_trace}))")


def _tags(owner: str) -> str:
    """SQL: the array of tags as an object (JSON); NULL where there are none."""
    read = f'from_json(json_extract({owner}, \'$.tags\'), \'[{{"key":"VARCHAR","value":"JSON"}}]\')'
    pairs = f"list_transform({read}, lambda x: {{'k': COALESCE(x.key, ''), 'v': x.value}})"
    return let(pairs, "ps", f"CAST({object_from_pairs('ps')} AS JSON)")
