"""Entries of Redis streams as JSON: what `redis-cli --json` answers to XRANGE, XREAD and XREADGROUP."""

from __future__ import annotations

import re

from evtrace.formats import Sample, documents
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


def items(docs: str) -> str:
    """SQL. An entry beside others of one stream has its stream's name with it."""
    is_entry = r"regexp_matches(json_extract_string(e, '$[0]'), '^\d+-\d+$')"
    plain = f"list_filter(json_extract(root, '$[*]'), lambda e: {is_entry})"
    named = "list_filter(json_extract(root, '$[*]'), lambda s: json_type(s, '$[1][0]') = 'ARRAY')"
    of_named = _of_stream("json_extract(s, '$[1][*]')", "json_extract_string(s, '$[0]')")
    keyed = _of_stream(f"json_extract(json_extract(root, {_pointer('s')}), '$[*]')", "s")
    elements = (
        f"CASE WHEN json_type(root) = 'OBJECT' THEN flatten(list_transform(json_keys(root), lambda s: {keyed})) "
        f"ELSE list_concat({_of_stream(plain, 'NULL')}, flatten(list_transform({named}, lambda s: {of_named}))) END"
    )
    return documents.units(docs, elements)


def _pointer(key: str) -> str:
    return f"'/' || replace(replace({key}, '~', '~0'), '/', '~1')"


def _of_stream(entries: str, stream: str) -> str:
    pairs = "list_transform(range(1, len(vs), 2), lambda i: {'k': COALESCE(vs[i], ''), 'v': vs[i + 1]})"
    listed = let(pairs, "ps", object_from_pairs("ps"))
    flat = let("from_json(json_extract(e, '$[1]'), '[\"VARCHAR\"]')", "vs", listed)
    fields = f"CASE json_type(e, '$[1]') WHEN 'OBJECT' THEN json_extract(e, '$[1]') WHEN 'ARRAY' THEN CAST({flat} AS JSON) END"
    values = {
        "answer": "'entry'",
        "entry_id": "json_extract_string(e, '$[0]')",
        "stream": stream,
        "fields": fields,
    }
    return f"list_transform({entries}, lambda e: CAST({object_of(values)} AS JSON))"
