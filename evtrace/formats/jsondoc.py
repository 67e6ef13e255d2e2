"""Any other JSON document: one object, an array, an envelope of records, or objects without line ends."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator

from evtrace.formats import Sample
from evtrace.formats.documents import NOTHING, Element, Node, as_object, json_or_null, roots
from evtrace.formats.sql import extended

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
_IDENTITY = re.compile(
    r"(?:.*id|type|name|key|subject|topic|specversion|source|level|severity|@?timestamp|time|ts)$",
    re.IGNORECASE | re.DOTALL,
)
#: What stands beside the records is told with each of them up to this length, else once.
_LARGEST_TOLD = 4 << 10
AROUND = {"document": json_or_null("document"), "record_key": json_or_null("record_key")}

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
    if len(lines) == 1 and sample.whole and _is_envelope(lines[0]):
        return 0.7
    envelopes = sample.share(_ENVELOPE.match(line) is not None for line in lines[:50])
    arrays = sample.share(line[:1] == "[" and _is_json(line) for line in lines[:50])
    return 0.7 * max(envelopes, arrays)


def elements(root: Node) -> Iterator[Element]:
    if root.kind == "array":
        yield from map(_record, root.elements())
        return
    members = list(root.members())
    name = _envelope(members)
    if name is None:
        yield Element(root)
        return
    rest = _object([member for member in members if member[0] != name])
    is_told = len(rest) <= _LARGEST_TOLD
    for key, node in members:
        if key == name:
            yield from _held(node, rest if is_told else "")
    if not is_told:  # what is long is not told again with each of them
        yield Element(Node(rest.encode(), 0, len(rest.encode())))


def doc() -> str:
    return told("element")


def told(record: str) -> str:
    """SQL: the record with what stands around it."""
    around = extended(record, {"document": "document", "record_key": "record_key"})
    is_around = "document IS NOT NULL OR record_key IS NOT NULL"
    return f"CASE WHEN ({is_around}) AND json_type({record}) = 'OBJECT' THEN {around} ELSE {as_object(record)} END"


def _held(node: Node, rest: str) -> Iterator[Element]:
    """The records in an envelope, be it a list or lists by key (partition, queue)."""
    yield from (_record(record, rest) for record in node.elements())
    for key, records in node.members():
        yield from (_record(record, rest, json.dumps(key)) for record in records.elements())


def _record(node: Node, rest: str = "", key: str = "") -> Element:
    """A record; it may stand in a pair with the name that it goes by."""
    pair = list(itertools.islice(node.elements(), 3))
    if [one.kind for one in pair] == ["text", "object"]:
        return Element(pair[1], (rest, pair[0].raw.decode("utf-8", "replace")))
    return Element(node, (rest, key) if rest or key else None)


def _is_envelope(text: str) -> bool:
    return any(_envelope(list(root.members())) for root in roots(text.encode("utf-8", "replace")))


def _envelope(members: list[tuple[str, Node]]) -> str | None:
    """The name of the member that holds the records; None where the document is one thing."""
    holds = {name for name, node in members if name in (*_SURE, *_UNSURE) and _holds_records(node)}
    is_identified = any(_IDENTITY.match(name) for name, _ in members)
    names = _SURE if is_identified else (*_SURE, *_UNSURE)
    return next((name for name in names if name in holds), None)


def _holds_records(node: Node) -> bool:
    lists = (node,) if node.kind == "array" else (inner for _, inner in node.members())
    firsts = (first for inner in lists for first in itertools.islice(inner.elements(), 1))
    return next(firsts, NOTHING).kind == "object"


def _object(members: list[tuple[str, Node]]) -> str:
    """These members as an object; empty text where there are none."""
    told = (f"{json.dumps(name)}:{node.raw.decode('utf-8', 'replace')}" for name, node in members)
    return f"{{{','.join(told)}}}" if members else ""


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
