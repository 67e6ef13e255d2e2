"""confluent kafka topic consume: an optional label with timestamp, partition and offset, a tab, key and value."""

from __future__ import annotations

import re

from evtrace.formats import Sample
from evtrace.formats.sql import groups, literal, object_of

NAME = "confluent"
SHAPE = "text"
UNIT = "line"
INNER = None
SAMPLES = (
    'Timestamp:1795183331513 Partition:3 Offset:7\torder-8123\t{"event_id":"e-17"}\nTimestamp:1795183331514 Partition:3 Offset:8\t7\n'
    '% Headers: [correlation-id="c-1" tag="a b"]\n',
    'Partition:3 Offset:7\t{\n  "event_id": "e-17"\n}\nPartition:3 Offset:8\tnone\n',
)

_LABELS = r"(?:Timestamp: ?\d+[ \t])?Partition:\d+ Offset:\d+\t|Timestamp:\d+\t"
_OTHERS = r"Starting Kafka Consumer|Stopping Consumer|% Headers: "
START = "^(?:" + _LABELS + "|" + _OTHERS + ")"
ABOVE = (r"^(?:" + _LABELS + ")",)

_RECORD = (
    r"(?s)^(?:Timestamp: ?(?P<ts>\d+)[ \t])?(?:Partition:(?P<partition>\d+) Offset:(?P<offset>\d+)\t)?"
    r"(?:(?P<key>[^\t\n]*)\t)?(?P<value>.*)$"
)
_GROUPS = list(re.compile(_RECORD).groupindex)
_FIRST = re.compile(r"^(?:" + _LABELS + ")")


def detect(sample: Sample) -> float:
    """A blank between the labels is what tells it from the console consumer."""
    lines = sample.lines[:200]
    return 0.96 if any(_FIRST.match(line) for line in lines[:5]) else 0.0


def skip(text: str) -> str:
    return f"regexp_matches({text}, '^(?:Starting Kafka Consumer|Stopping Consumer)')"


def steps(text: str, record: str = "NULL") -> tuple[dict[str, str], ...]:
    return (
        {"cells": groups(text, _RECORD, _GROUPS), "of": groups(f"COALESCE({record}, '')", _RECORD, _GROUPS)},
    )


def doc(text: str, record: str = "NULL") -> str:
    """SQL; the line of headers that may follow a record is a log line at the record's place."""
    slot = {"partition": "nullif({}.partition, '')", "offset": "nullif({}.offset, '')"}
    made = object_of({
        "recordKind": "'publish'", "tstype": "CASE WHEN cells.ts <> '' THEN 'create' ELSE 'unknown' END",
        "CreateTime": "nullif(cells.ts, '')", **{name: value.format("cells") for name, value in slot.items()},
        "key": "nullif(nullif(cells.key, ''), 'null')", "payload": "cells.value",
    })  # fmt: skip
    headers = object_of({
        "recordKind": "'log'", "recordTime": "nullif(of.ts, '')", **{name: value.format("of") for name, value in slot.items()},
        "message": text,
    })  # fmt: skip
    is_headers = f"starts_with({text}, {literal('% Headers: ')})"
    return f"CASE WHEN {is_headers} THEN {headers} WHEN regexp_matches({text}, '\\S') THEN {made} END"
