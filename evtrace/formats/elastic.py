"""Hits of Elasticsearch and OpenSearch: search answers, arrays of hits, or a hit a line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evtrace.formats import Sample
from evtrace.formats.documents import Element, Node, as_object
from evtrace.formats.sql import extended, object_of

NAME = "elastic"
SHAPE = "document"
UNIT = "hit"
INNER = None
SAMPLES = (
    '{"took":3,"timed_out":false,"hits":{"total":{"value":2},"hits":[\n'
    ' {"_index":"logs-2026.11.20","_id":"a1","_source":{"@timestamp":"2026-11-20T14:02:11.513Z","order":null}},\n'
    ' {"_index":"logs-2026.11.20","_id":"a2","_source":{"message":"charged","elastic":1}}]}}\n',
    '{"_index":"logs","_id":"a1","_score":1,"_source":{"message":"order placed"}}\n'
    '{"_index":"logs","_id":"a2","_source":{}}\n',
)

_ANSWER = re.compile(r'"hits"\s*:\s*\{.{0,400}?"hits"\s*:\s*\[', re.DOTALL)
_HITS = re.compile(r'\s*\[\s*\{\s*"_(?:index|id|source)"')


def detect(sample: Sample) -> float:
    head = sample.text[:20_000]
    whole = head.lstrip()[:1] == "{" and _ANSWER.search(head) is not None
    if whole or _HITS.match(head):
        return 0.94
    return 0.94 * sample.share_of_objects("_index", "_source")


def elements(root: Node) -> Iterator[Element]:
    hits = root if root.kind == "array" else root.at("hits", "hits")
    return map(Element, hits.elements() if hits.kind == "array" else (root,))


def doc() -> str:
    """SQL. A hit without _source (only asked-for `fields`) stays as it is."""
    place = {"_id": "json_extract(element, '$._id')", "_index": "json_extract(element, '$._index')"}
    source = extended("json_extract(element, '$._source')", {"elastic": f"CAST({object_of(place)} AS JSON)"})
    has_source = "json_type(element, '$._source') = 'OBJECT'"
    return f"CASE WHEN {has_source} THEN {source} ELSE {as_object('element')} END"
