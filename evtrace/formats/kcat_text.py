"""kcat -f with the pattern of its own help, `Topic t [p] at offset o: ts T: key k: headers h: value`, or a short one.

The short one is `T t[p]@o key=k headers=h value`. Timestamp, key and headers may be left out of either.
"""

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
    '1795183331513 orders-eu[0]@7 key=order-8123 headers=ce_id=e-17,tag=a b {"order_id":"order-8123"}\norders-eu[0]@8 {"n":1}\n',
)
_LONG = r"Topic \S+ \[-?\d+\] at offset \d+: "
_SHORT = r"(?:\d{13} )?[\w.-]+\[\d+\]@\d+ "
START = "^(?:" + _LONG + "|" + _SHORT + r"|% |%\d\|\d)"

_RECORD = (
    r"(?s)^Topic (?P<topic>\S+) \[(?P<partition>-?\d+)\] at offset (?P<offset>\d+):(?: ts (?P<ts>-?\d+):)?(?: key (?P<key>.*?):)?"
    r"(?: headers (?P<headers>.*?):)? (?P<payload>.*)$"
)
_BRIEF = (
    r"(?s)^(?:(?P<ts>\d{13}) )?(?P<topic>[\w.-]+)\[(?P<partition>\d+)\]@(?P<offset>\d+)(?: key=(?P<key>\S*))?"
    r"(?: headers=(?:(?P<headers>.*?) (?P<json>[{\[\"].*)|(?P<listed>\S*)(?: (?P<rest>.*))?)| (?P<payload>.*))$"
)
_GROUPS = list(re.compile(_RECORD).groupindex)
_FIRST = re.compile("^(?:" + _LONG + "|" + _SHORT + ")")
_KNOWN = re.compile(START)


def detect(sample: Sample) -> float:
    lines = sample.lines[:200]
    is_some = any(_FIRST.match(line) for line in lines)
    return 0.9 + 0.06 * sample.share(_KNOWN.match(line) is not None for line in lines) if is_some else 0.0


def steps(text: str) -> tuple[dict[str, str], ...]:
    told = {
        "headers": "COALESCE(nullif(brief.headers, ''), brief.listed)",
        "payload": "concat(brief.json, brief.rest, brief.payload)",
    }
    taken = ", ".join(f"'{name}': {told.get(name, f'brief.{name}')}" for name in _GROUPS)
    return (
        {
            "long": groups(text, _RECORD, _GROUPS),
            "brief": groups(text, _BRIEF, list(re.compile(_BRIEF).groupindex)),
        },
        {"cells": f"CASE WHEN long.topic <> '' THEN long ELSE {{{taken}}} END"},
        {"listed": "rtrim(cells.headers)"},
    )


def doc(text: str) -> str:
    record = object_of({
        "recordKind": "'publish'", "topic": "cells.topic", "partition": "cells.partition", "offset": "cells.offset",
        "tstype": "'unknown'", "CreateTime": "nullif(nullif(cells.ts, ''), '-1')", "key": "nullif(cells.key, '')",
        "headers": f"CAST({headers('listed', '=')} AS JSON)", "payload": "nullif(cells.payload, '')",
    })  # fmt: skip
    line = object_of({"recordKind": "'log'", "message": f"ltrim({text}, '% ')"})
    return f"CASE WHEN cells.topic <> '' THEN {record} WHEN regexp_matches({text}, '\\S') THEN {line} END"
