"""Server-sent events: blocks of `event:`, `id:` and `data:` lines between blank lines."""

from __future__ import annotations

import re

from evtrace.formats import Sample
from evtrace.formats.sql import extended, let, lines_of, object_of

NAME = "sse"
SHAPE = "table"
UNIT = "event"
INNER = None
SAMPLES = (
    ":ok\n\nevent: message\n"
    'id: [{"topic":"eqiad.orders","partition":0,"timestamp":1795183331513},{"topic":"codfw.orders","partition":0,"offset":-1}]\n'
    'data: {"type":"OrderPlaced","order_id":"order-8123","note":null}\n\n',
    'data: {"type":"OrderPlaced",\ndata: "order_id":"order-8123"}\n\ndata: plain text\nretry: 10\n\n',
)

_FIELD = re.compile(r"(?:event|id|data|retry):|:")


def detect(sample: Sample) -> float:
    """Each line is a field or a comment; at least one is data with what follows as a value."""
    lines = sample.lines[:50]
    has_data = any(line.startswith(("data:", "event:")) for line in lines)
    return 0.95 * has_data * sample.share(_FIELD.match(line) is not None for line in lines)


def rows(path: str, sample: Sample) -> str:
    """SQL: an event a row, at the line it begins; a block of comments only is skipped."""
    numbered = (
        "SELECT line, text, sum(CASE WHEN text = '' THEN 1 ELSE 0 END) OVER (ORDER BY line) AS block "
        f"FROM ({lines_of(path)})"
    )
    fields = (
        "SELECT line, block, text, split_part(text, ':', 1) AS name, "
        "ltrim(CASE WHEN contains(text, ':') THEN substr(text, strpos(text, ':') + 1) ELSE '' END, ' ') AS value "
        f"FROM ({numbered}) WHERE text <> ''"
    )
    blocks = (
        "SELECT min(line) AS line, "
        "string_agg(CASE WHEN name = 'data' THEN value END, chr(10) ORDER BY line) AS data, "
        "max(CASE WHEN name = 'event' THEN value END) AS event, max(CASE WHEN name = 'id' THEN value END) AS id, "
        "bool_or(name NOT IN ('', 'retry', 'event', 'id')) AS says "
        f"FROM ({fields}) GROUP BY block"
    )
    return (
        f"SELECT line, CAST(NULL AS INTEGER) AS item, CAST(NULL AS VARCHAR) AS text, CASE WHEN data IS NOT NULL THEN {_doc()} END AS doc, "
        f"NOT says AS skipped FROM ({blocks})"
    )


def _doc() -> str:
    """SQL: the data, if an object, with the event's own fields under `sse`; other data as `data`."""
    position = "CASE WHEN json_valid(id) THEN CAST(id AS JSON) ELSE to_json(id) END"
    own = f"CAST({object_of({'event': 'event', 'id': position})} AS JSON)"
    is_object = "json_valid(data) AND regexp_matches(data, '^\\s*\\{')"
    told = f"CASE WHEN {is_object} THEN {extended('data', {'sse': 'own'})} ELSE {object_of({'data': 'data', 'sse': 'own'})} END"
    return let(own, "own", told)
