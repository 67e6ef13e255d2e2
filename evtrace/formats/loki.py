"""Loki: query answers with streams of [time, line], and the JSON lines of logcli."""

from __future__ import annotations

import re

from evtrace.formats import Sample, documents
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

_ANSWER = re.compile(r'"resultType"\s*:\s*"streams"|"result"\s*:\s*\[\s*\{\s*"stream"\s*:')


def detect(sample: Sample) -> float:
    if sample.text.lstrip()[:1] == "{" and _ANSWER.search(sample.text[:20_000]):
        return 0.95
    return 0.95 * sample.share_of_objects("labels", "line", "timestamp")


def items(docs: str) -> str:
    entry = object_of(
        {
            "timestamp": "json_extract(v, '$[0]')",
            "line": "json_extract(v, '$[1]')",
            "labels": "json_extract(s, '$.stream')",
            "metadata": "json_extract(v, '$[2]')",
        }
    )
    of_stream = f"list_transform(json_extract(s, '$.values[*]'), lambda v: CAST({entry} AS JSON))"
    streams = f"flatten(list_transform(json_extract(root, '$.data.result[*]'), lambda s: {of_stream}))"
    is_answer = "json_type(root, '$.data.result') = 'ARRAY'"
    return documents.units(docs, f"CASE WHEN {is_answer} THEN {streams} ELSE [root] END")
