"""kcat -J: one message a line; headers come as a flat array of names and values."""

from __future__ import annotations

from evtrace.formats import Sample, jsonl
from evtrace.formats.sql import let, object_from_pairs

NAME = "kcat"
SHAPE = "line"
UNIT = "line"
INNER = None
SAMPLES = (
    '{"topic":"orders","partition":0,"offset":7,"tstype":"create","ts":1795183331513,"broker":1,"headers":'
    '["correlation-id","c-1","tag",null,"correlation-id","c-2"],"key":"order-8123","payload":"{\\"type\\":\\"OrderPlaced\\"}"}\n'
    '{"topic":"orders","partition":0,"offset":8,"tstype":"unknown","key":null,"payload":null}\n',
)


def skip(text: str) -> str:
    """kcat's own lines, where its standard error was kept too."""
    return f"starts_with({text}, '% ')"


def detect(sample: Sample) -> float:
    return 0.95 * sample.share_of_objects("topic", "partition", "offset", "key", "payload")


def doc(text: str) -> str:
    """SQL; of headers with the same name the first stays."""
    flat = "from_json(json_extract(e, '$.headers'), '[\"VARCHAR\"]')"
    pairs = "list_transform(range(1, len(hs), 2), lambda i: {'k': COALESCE(hs[i], ''), 'v': hs[i + 1]})"
    told = let(flat, "hs", let(pairs, "ps", f"COALESCE({object_from_pairs('ps')}, '{{}}')"))
    merged = f"CAST(json_set(e, '$.headers', CAST({told} AS JSON)) AS VARCHAR)"
    return let(
        jsonl.doc(text), "e", f"CASE WHEN json_type(e, '$.headers') = 'ARRAY' THEN {merged} ELSE e END"
    )
