"""Any other JSON document: one object, an array, an envelope of records, or objects without line ends."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from evtrace.formats import Sample, documents
from evtrace.formats.sql import extended, let, literal

NAME = "jsondoc"
SHAPE = "document"
UNIT = "element"
INNER = None
SAMPLES = (
    '[\n  {"event_id": "e-17", "type": "OrderPlaced"},\n  {"event_id": "e-18"}\n]\n',
    '{"event_id":\n "e-17", "items": [{"sku": "a"}]}\n',
    '{"Records":[{"messageId":"m-1","body":"{}","source":"shop"},{"messageId":"m-2","body":"x"}]}\n',
    '{"source":"shop","records":{"orders-0":[{"topic":"orders","offset":0}],"orders-1":[{"offset":4}]}}\n',
    '{"event_id":"e-17"}{"event_id":"e-18"}{"event_id":"e-19"}\n',
    '{"event_id":\n"e-17"}\n{"event_id":\n"e-18"}\n',
)

#: Envelopes by these names hold records, whatever stands beside them.
_SURE = ("Records", "records", "receivedMessages", "rmqMessagesByQueue")
#: These may as well be part of one thing, such as an order's items; not where the document has an identity.
_UNSURE = (
    "Messages",
    "messages",
    "events",
    "entries",
    "hits",
    "items",
    "data",
    "value",
    "values",
    "results",
    "logs",
)
_IDENTITY = r"(?i)^(?:.*id|type|name|key|subject|topic|specversion|source|@?timestamp|time|ts)$"

_BEGIN = re.compile(r"\s*[\[{]\s*(?:[\"\[{\]}]|-?\d)")
_CERTAIN = re.compile(r'\s*(?:\[\s*)?\{\s*"(?:[^"\\]|\\.)*"\s*:')
_ENVELOPE = re.compile(
    r'\s*\{.{0,2000}?"(?:' + "|".join(_SURE) + r')"\s*:\s*(?:\[\s*\{|\{\s*"[^"]*"\s*:\s*\[\s*\{)', re.DOTALL
)


def detect(sample: Sample) -> float:
    """A JSON object a line is jsonl's, unless it is an envelope."""
    if not _BEGIN.match(sample.text):
        return 0.0
    lines = sample.lines
    if not lines or not _is_json(lines[0]):
        return _of_document(sample)
    envelopes = sample.share(_ENVELOPE.match(line) is not None for line in lines[:50])
    arrays = sample.share(line[:1] == "[" and _is_json(line) for line in lines[:50])
    return 0.7 * max(envelopes, arrays)


def items(docs: str, read: Callable[[str], str] = lambda element: element) -> str:
    """SQL. Objects one after the other in one text are read as an array of them.

    `read` is what a format that knows more of the records makes of each.
    """
    array = "'[' || regexp_replace(doc, '\\}\\s*\\{', '},{', 'g') || ']'"
    joined = f"SELECT line, CASE WHEN NOT json_valid(doc) AND json_valid({array}) THEN {array} ELSE doc END AS doc FROM {docs}"
    return documents.units(f"({joined})", _elements(), _doc(read), about=_about())


def _elements() -> str:
    each = f"list_concat({documents.listed('$[*]', 'held')}, flatten(list_transform(json_keys(held), lambda k: {_keyed()})))"
    return (
        "CASE WHEN json_type(root) = 'ARRAY' THEN json_extract(root, '$[*]') "
        f"WHEN {_envelope()} IS NULL THEN [root] "
        f"ELSE list_transform([json_extract(root, '/' || {_envelope()})], lambda held: {each})[1] END"
    )


def _keyed() -> str:
    """SQL: of records kept by key (partition, queue), each with its key as `record_key`."""
    pointer = "'/' || replace(replace(k, '~', '~0'), '/', '~1')"
    told = extended("x", {"record_key": "k"})
    return (
        f"list_transform(json_extract(json_extract(held, {pointer}), '$[*]'), "
        f"lambda x: CASE WHEN json_type(x) = 'OBJECT' THEN CAST({told} AS JSON) ELSE x END)"
    )


def _envelope() -> str:
    """SQL: the name of the member that holds the records; NULL where the document is one thing."""
    sure = [f"WHEN {_holds(name)} THEN {literal(name)}" for name in _SURE]
    identified = f"len(list_filter(json_keys(root), lambda i: regexp_matches(i, '{_IDENTITY}'))) > 0"
    unsure = [f"WHEN {_holds(name)} THEN {literal(name)}" for name in _UNSURE]
    # An array is looked at no further: each look parses the document, and holds the memory of it.
    looks = f"CASE {' '.join(sure)} WHEN {identified} THEN NULL {' '.join(unsure)} END"
    return f"(CASE WHEN json_type(root) = 'OBJECT' THEN {looks} END)"


def _holds(name: str) -> str:
    path = f"'$.{name}'"
    by_key = f"json_type(root, '$.{name}') = 'OBJECT' AND json_type(json_extract(root, '$.{name}.*[0]')[1]) = 'OBJECT'"
    return (
        f"((json_type(root, {path}) = 'ARRAY' AND json_type(root, '$.{name}[0]') = 'OBJECT') OR ({by_key}))"
    )


def _about() -> str:
    """SQL: what stands beside the records."""
    rest = f"CASE WHEN {_envelope()} IS NOT NULL THEN json_remove(root, '/' || {_envelope()}) END"
    return f"CASE WHEN json_type(root) = 'OBJECT' THEN {rest} END"


def _doc(read: Callable[[str], str]) -> str:
    has_more = "about IS NOT NULL AND CAST(about AS VARCHAR) <> '{}' AND json_type(element) = 'OBJECT'"
    made = let(read("element"), "made", _told())
    return f"CASE WHEN {has_more} THEN {let(read('element'), 'made', extended('made', {'document': 'about'}))} ELSE {made} END"


def _told() -> str:
    told = extended("json_extract(made, '$[1]')", {"record_key": "json_extract_string(made, '$[0]')"})
    return f"CASE WHEN {_is_pair()} THEN {told} ELSE {documents.as_object('made')} END"


def _is_pair() -> str:
    """SQL: the element is a name and the record that goes by it."""
    return (
        "(json_type(made) = 'ARRAY' AND json_array_length(made) = 2 AND json_type(made, '$[0]') = 'VARCHAR' "
        "AND json_type(made, '$[1]') = 'OBJECT')"
    )


def _of_document(sample: Sample) -> float:
    """0.65 for JSON that goes on over its lines, or begins anew behind its end; less when it breaks off."""
    broken = 0.3 if _CERTAIN.match(sample.text) else 0.0
    try:
        _, end = json.JSONDecoder().raw_decode(sample.text.lstrip())
    except RecursionError:
        return 0.0
    except ValueError:
        return broken if sample.whole else 0.5
    rest = sample.text.lstrip()[end:].lstrip()
    return 0.65 if rest[:1] in ("", "{", "[") else broken


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True
