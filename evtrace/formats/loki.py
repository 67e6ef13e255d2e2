"""Loki: query answers with streams of [time, line], and the JSON lines of logcli."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evtrace.formats import Sample
from evtrace.formats.documents import Element, Node, as_object, json_or_null
from evtrace.formats.sql import object_of

NAME = "loki"
SHAPE = "document"
UNIT = "line"
INNER = "line"
SAMPLES = (
    '{"status":"success","data":{"resultType":"streams","result":[\n'
    ' {"stream":{"app":"billing","pod":"billing-x2"},"values":[["1795183331513204871","level=info msg=charged"],\n'
    '  ["1795183331600000000","second",{"trace_id":"9f1c"}]]},{"stream":{},"values":[]}],"stats":{}}}\n',
    '{"labels":{"app":"billing"},"line":"level=info msg=charged","timestamp":"2026-11-20T14:02:11.513204871Z"}\n',
)

#: The labels of the stream.
AROUND = {"labels": json_or_null("labels")}

_ANSWER = re.compile(r'"resultType"\s*:\s*"streams"|"result"\s*:\s*\[\s*\{\s*"stream"\s*:')


def detect(sample: Sample) -> float:
    if sample.text.lstrip()[:1] == "{" and _ANSWER.search(sample.text[:20_000]):
        return 0.95
    return 0.95 * sample.share_of_objects("labels", "line", "timestamp")


def elements(root: Node) -> Iterator[Element]:
    streams = root.at("data", "result")
    if streams.kind != "array":
        yield Element(root)
    for stream in streams.elements():
        around = (stream.at("stream"),)
        yield from (Element(value, around) for value in stream.at("values").elements())


def doc() -> str:
    """SQL. An entry of an answer is an array; logcli writes objects."""
    entry = object_of(
        {
            "timestamp": "json_extract(element, '$[0]')",
            "line": "json_extract(element, '$[1]')",
            "labels": "labels",
            "metadata": "json_extract(element, '$[2]')",
        }
    )
    return f"CASE WHEN json_type(element) = 'ARRAY' THEN {entry} ELSE {as_object('element')} END"
