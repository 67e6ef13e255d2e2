"""kafka-console-consumer with its print options: labelled fields, then headers, key and value.

The order is fixed: timestamp, partition, offset, delivery, epoch, headers, key, value; each may be left out, and
what separates them may be chosen. Before Kafka 2.7 a bare partition came last and there was neither offset nor headers.
"""

from __future__ import annotations

import re

from evtrace.formats import Sample, bracketed
from evtrace.formats.record_headers import are_headers, headers, may_be_headers
from evtrace.formats.sql import groups, literal, object_of

NAME = "kafka-console"
SHAPE = "text"
UNIT = "line"
INNER = None
SAMPLES = (
    "CreateTime:1795183331513\tPartition:0\tOffset:7\tce_id:e-17,ce_type:OrderPlaced,note:a, b\torder-8123\t"
    '{"order_id":"order-8123"}\nLogAppendTime:1795183331514\tPartition:0\tOffset:8\tNO_HEADERS\tnull\tnull\n'
    "Processed a total of 2 messages\n",
    'CreateTime:1795183331513\torder-8123\t{\n  "event_id": "e-17"\n}\nCreateTime:1795183331514\torder-8124\t{"event_id":"e-18"}\n',
    'CreateTime:1795183331513\torder-8123\t{"event_id":"e-17"}\t2\n',
    'NO_TIMESTAMP | Partition:1 | Offset:3 | Delivery:2 | Epoch:58 | h1:v1;h2:v2 | k | {"event_id":"e-17"}\n',
    'Partition:1\tOffset:3\t{"event_id":"e-17"}\n',
)

_LABELLED = (
    r"(?:CreateTime|LogAppendTime|NoTimestampType):-?\d+|NO_TIMESTAMP\b|Partition:\d+[^\w]|Offset:\d+[^\w]"
)
_DONE = r"Processed a total of \d+ messages"
_LOG = r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\] [A-Z]+ "
START = "^(?:" + _LABELLED + "|" + _DONE + "|" + _LOG + ")"

_SEPARATOR = r"[^\w\"{\[]{1,8}|<\w{1,12}>"
_LABELS = (
    r"(?s)^(?:(?P<time>CreateTime|LogAppendTime|NoTimestampType):(?P<ts>-?\d+)|(?P<no>NO_TIMESTAMP))?"
    + "".join(
        rf"(?:(?P<sep_{number}>{_SEPARATOR})??{label}:(?:NOT_PRESENT|(?P<{label.lower()}>-?\d+)))?"
        for number, label in enumerate(("Partition", "Offset", "Delivery", "Epoch"))
    )
    + r"(?P<rest>.*)$"
)
_GROUPS = list(re.compile(_LABELS).groupindex)
#: What separates key from value where only the timestamp is labelled.
_ANY_SEPARATOR = r"^(\t| \| |\s*(?:::|[|;,#~])\s*|<\w{1,12}>| +)"
#: Headers may go on over lines (a stack trace) and hold what separates fields; a JSON value ends the doubt.
_WHOLE = (
    r"(?s)^(?P<headers>NO_HEADERS|[A-Za-z_$][\w$.-]*:.*?)\x1f(?P<key>[^\x1f\n]*)\x1f(?P<value>[{\[\"].*)$"
)
_KEY_AND_JSON = r"(?s)^([^\s{}\[\]\"]{1,200}?)\s*(?:[|;,#~:=]|->|=>|\s)\s*(\{\s*\".*\}|\[\s*[\[{\"].*\])$"

_FIRST = re.compile(START)
_LABEL = re.compile(r"^(?:" + _LABELLED + ")")


def detect(sample: Sample) -> float:
    lines = sample.lines[:200]
    labelled = sum(_LABEL.match(line) is not None for line in lines)
    if not labelled or labelled * 40 < len(lines):
        return 0.0
    head = any(_FIRST.match(line) for line in lines[:3])
    return 0.95 if head else 0.6


def skip(text: str) -> str:
    return f"regexp_full_match({text}, '{_DONE}\\s*')"


def steps(text: str) -> tuple[dict[str, str], ...]:
    rest = "CASE WHEN starts_with(labels.rest, sep) THEN substr(labels.rest, length(sep) + 1) ELSE labels.rest END"
    ended = (
        f"CASE WHEN starts_with(sep, '<') THEN regexp_replace({rest}, '<\\w{{1,12}}>$', '') ELSE {rest} END"
    )
    told = " ".join(f"nullif(labels.sep_{number}, '')," for number in range(4))
    guessed = f"nullif(regexp_extract(labels.rest, {literal(_ANY_SEPARATOR)}, 1), '')"
    return (
        {
            "labels": groups(text, _LABELS, _GROUPS),
            "logged": groups(
                f"split_part({text}, chr(10), 1)", bracketed.PATTERN, ["time", "level", "message", "logger"]
            ),
        },
        {"sep": f"COALESCE({told} {guessed}, chr(9))"},
        {"rest": f"replace({ended}, sep, chr(31))"},
        {
            "cells": "string_split(rest, chr(31))",
            "whole": groups("rest", _WHOLE, ["headers", "key", "value"]),
        },
        {
            "many": "len(cells)",
            "is_old": "labels.time <> '' AND labels.partition = '' AND len(cells) > 2 AND regexp_full_match(cells[-1], '\\d+')",
        },
        _parts(),
        {
            "listed": "replace(listed_, chr(31), sep)",
            "body": "replace(body_, chr(31), sep)",
            "pair": groups("body_", _KEY_AND_JSON, ["k", "v"]),
        },
    )


def _parts() -> dict[str, str]:
    """Headers, key and value, by what the first field looks like and how many there are."""
    first = f"many > 2 AND {may_be_headers('cells[1]')} OR many = 2 AND {are_headers('cells[1]')}"
    rest = "array_to_string(cells[{}:{}], chr(31))"
    return {
        "listed_": f"CASE WHEN whole.value <> '' THEN whole.headers WHEN {first} THEN cells[1] ELSE '' END",
        "key_": f"CASE WHEN whole.value <> '' THEN whole.key WHEN many > 2 AND ({first}) THEN cells[2] WHEN many > 1 AND NOT ({first}) THEN cells[1] END",
        "body_": (
            f"CASE WHEN whole.value <> '' THEN whole.value WHEN many > 2 AND ({first}) THEN {rest.format(3, '')} WHEN many = 2 THEN cells[2] "
            f"WHEN is_old THEN {rest.format(2, '-2')} WHEN many > 2 THEN {rest.format(2, '')} ELSE rest END"
        ),
    }


def doc(text: str) -> str:
    is_json = "many = 1 AND pair.k <> '' AND json_valid(pair.v)"
    record = object_of({
        "recordKind": "'publish'",
        "tstype": "CASE labels.time WHEN 'CreateTime' THEN 'create' WHEN 'LogAppendTime' THEN 'logappend' ELSE 'unknown' END",
        "CreateTime": "CASE WHEN labels.time = 'CreateTime' THEN labels.ts END",
        "LogAppendTime": "CASE WHEN labels.time = 'LogAppendTime' THEN labels.ts END",
        "partition": "CASE WHEN is_old THEN cells[-1] ELSE nullif(labels.partition, '') END",
        "offset": "nullif(labels.offset, '')",
        "delivery": "nullif(labels.delivery, '')",
        "epoch": "nullif(labels.epoch, '')",
        "headers": f"CAST({headers('listed')} AS JSON)",
        "key": f"CASE WHEN {is_json} THEN pair.k ELSE nullif(key_, 'null') END",
        "payload": f"CASE WHEN {is_json} THEN pair.v ELSE nullif(body, 'null') END",
    })  # fmt: skip
    line = object_of({
        "recordKind": "'log'", "time": "logged.time", "level": "logged.level", "logger": "nullif(logged.logger, '')",
        "message": "logged.message", "stack": f"nullif(substr({text}, length(split_part({text}, chr(10), 1)) + 2), '')",
    })  # fmt: skip
    return f"CASE WHEN logged.time <> '' THEN {line} WHEN regexp_matches({text}, '\\S') THEN {record} END"
