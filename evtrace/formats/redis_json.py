"""Entries of Redis streams as JSON: what `redis-cli --json` answers to XRANGE, XREAD and XREADGROUP."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator

from evtrace.formats import Sample
from evtrace.formats.documents import NOTHING, Element, Node, json_or_null
from evtrace.formats.sql import let, object_from_pairs, object_of

NAME = "redis_json"
SHAPE = "document"
UNIT = "entry"
INNER = None
SAMPLES = (
    '[["1795228743045-0",["event_id","e-1","type","OrderPlaced"]],["1795228743049-0",["event_id","e-2","note",null]]]\n',
    '{"orders":[["1795228743045-0",["event_id","e-1"]],["1795228743049-0",["event_id","e-2"]]],"audit":[]}\n',
    '[["orders",[["1795228743045-0",{"event_id":"e-1"}]]]]\n',
)

#: The name of the stream, where it is told.
AROUND = {"stream": f"json_extract_string({json_or_null('stream')}, '$')"}

_ENTRY_ID = re.compile(r"\d+-\d+$")
_ENTRY = r'\[\s*"\d{10,}-\d+"\s*,\s*[\[{n]'
_BEGIN = re.compile(
    r"\s*(?:\[\s*"
    + _ENTRY
    + r'|\{\s*"[^"]*"\s*:\s*\[\s*'
    + _ENTRY
    + r'|\[\s*\[\s*"[^"]*"\s*,\s*\[\s*'
    + _ENTRY
    + ")"
)


def detect(sample: Sample) -> float:
    lines = sample.lines[:20]
    of_lines = sample.share(_BEGIN.match(line) is not None for line in lines)
    return 0.95 * (
        of_lines if len(lines) > 1 and of_lines > 0.5 else bool(_BEGIN.match(sample.text[:20_000]))
    )


def elements(root: Node) -> Iterator[Element]:
    """An entry beside others of one stream has its stream's name with it."""
    for stream, entries in root.members():
        yield from _of_stream(entries, json.dumps(stream))
    for node in root.elements():
        first, second = ([*itertools.islice(node.elements(), 2), NOTHING, NOTHING])[:2]
        if _ENTRY_ID.match(first.told() or ""):
            yield Element(node)
        elif next(second.elements(), NOTHING).kind == "array":
            yield from _of_stream(second, first.raw.decode("utf-8", "replace"))


def _of_stream(entries: Node, stream: str) -> Iterator[Element]:
    return (Element(entry, (stream,)) for entry in entries.elements())


def doc() -> str:
    pairs = "list_transform(range(1, len(vs), 2), lambda i: {'k': COALESCE(vs[i], ''), 'v': vs[i + 1]})"
    listed = let(pairs, "ps", object_from_pairs("ps"))
    flat = let("from_json(json_extract(element, '$[1]'), '[\"VARCHAR\"]')", "vs", listed)
    fields = (
        "CASE json_type(element, '$[1]') WHEN 'OBJECT' THEN json_extract(element, '$[1]') "
        f"WHEN 'ARRAY' THEN CAST({flat} AS JSON) END"
    )
    values = {
        "answer": "'entry'",
        "entry_id": "json_extract_string(element, '$[0]')",
        "stream": "stream",
        "fields": fields,
    }
    return object_of(values)
