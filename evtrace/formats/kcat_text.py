"""kcat -f with the pattern of its own help: `Topic t [p] at offset o: ts T: key k: headers h: value`."""

from __future__ import annotations

import re

from evtrace.formats import Sample
from evtrace.formats.record_headers import headers
from evtrace.formats.sql import groups, object_of

NAME = "kcat-text"
SHAPE = "text"
UNIT = "line"
INNER = None
SAMPLES = (
    'Topic orders-eu [0] at offset 7: ts 1795183331513: key order-8123: headers ce_id=e-17,tag=a: {"order_id":"order-8123"}\n'
    'Topic orders-eu [0] at offset 8: ts 1795183331514: key : headers : {\n  "n": 1\n}\n% Reached end of topic orders-eu [0] at offset 9\n',
    "Topic orders [1] at offset 7: key order-8123: it: is\n",
)
START = r"^(?:Topic \S+ \[-?\d+\] at offset \d+: |% |%\d\|\d)"

_RECORD = (
    r"(?s)^Topic (?P<topic>\S+) \[(?P<partition>-?\d+)\] at offset (?P<offset>\d+):(?: ts (?P<ts>-?\d+):)?(?: key (?P<key>.*?):)?"
    r"(?: headers (?P<headers>.*?):)? (?P<payload>.*)$"
)
_GROUPS = list(re.compile(_RECORD).groupindex)
_KNOWN = re.compile(START)


def detect(sample: Sample) -> float:
    lines = sample.lines[:200]
    is_some = any(line.startswith("Topic ") and _KNOWN.match(line) for line in lines)
    return 0.9 + 0.06 * sample.share(_KNOWN.match(line) is not None for line in lines) if is_some else 0.0


def steps(text: str) -> tuple[dict[str, str], ...]:
    return ({"cells": groups(text, _RECORD, _GROUPS)}, {"listed": "rtrim(cells.headers)"})


def doc(text: str) -> str:
    record = object_of({
        "recordKind": "'publish'", "topic": "cells.topic", "partition": "cells.partition", "offset": "cells.offset",
        "tstype": "'unknown'", "CreateTime": "nullif(nullif(cells.ts, ''), '-1')", "key": "nullif(cells.key, '')",
        "headers": f"CAST({headers('listed', '=')} AS JSON)", "payload": "nullif(cells.payload, '')",
    })  # fmt: skip
    line = object_of({"recordKind": "'log'", "message": f"ltrim({text}, '% ')"})
    return f"CASE WHEN cells.topic <> '' THEN {record} WHEN regexp_matches({text}, '\\S') THEN {line} END"
