"""pulsar-client consume: messages on two lines, and its own log, which names topic and subscription."""

from __future__ import annotations

import re

from evtrace.formats import Sample, headers, logback
from evtrace.formats.sql import let, lines_of, literal, named_groups, object_from_pairs, object_of

NAME = "pulsar_consume"
SHAPE = "table"
UNIT = "line"
INNER = None
SAMPLES = (
    "2026-11-20T14:02:11,513+0000 [pulsar-client-io-1-1] INFO  org.apache.pulsar.client.impl.ConsumerImpl - [orders][billing] "
    "Subscribed to topic on localhost/127.0.0.1:6650 -- consumer: 0\n----- got message -----\n"
    'key:[order-8123], properties:[event_id=e-1, note=a,b==], content:{"amount": 3}\n',
    "----- got message -----\npublishTime:[1795183331513], eventTime:[0], key:[null], properties:[], content:Hello\nPulsar\n",
)

_MARK = r"^-{4,5} got message -{4,5}$"
_START = r"^(?:-{4,5} got message -{4,5}$|" + headers.START[4:]
_MESSAGE = (
    r"(?s)^-{4,5} got message -{4,5}\n(?:publishTime:\[(?P<publish_time>\d+)\], )?(?:eventTime:\[(?P<event_time>\d+)\], )?"
    r"key:\[(?P<key>.*?)\], properties:\[(?P<properties>.*?)\], content:(?P<content>.*)$"
)
_SUBSCRIBED = r" - \[([^\]]+)\]\s?\[([^\]]+)\] Subscribed to topic"
_PROPERTY = r"(?:^|, )([^=, ]+)=((?:[^,]|,[^ ])*)"


def detect(sample: Sample) -> float:
    return 0.97 if any(re.match(_MARK, line) for line in sample.lines[:200]) else 0.0


def rows(path: str, sample: Sample) -> str:
    """SQL: each message and each log line, with the topic and the subscription that were named before."""
    begins = f"regexp_matches(text, {literal(_START)})"
    numbered = f"SELECT line, text, SUM(CASE WHEN {begins} THEN 1 ELSE 0 END) OVER (ORDER BY line) AS no FROM ({lines_of(path)})"
    units = f"""
        SELECT MIN(line) AS line, rtrim(string_agg(text, chr(10) ORDER BY line), chr(10)) AS text,
               COUNT(*) FILTER (text <> '') AS filled, COUNT(*) AS lines
        FROM ({numbered}) GROUP BY no, CASE WHEN no = 0 THEN line END"""
    told = f"""
        SELECT *, last_value(nullif(regexp_extract(text, {literal(_SUBSCRIBED)}, 1), '') IGNORE NULLS) OVER (ORDER BY line) AS topic,
               last_value(nullif(regexp_extract(text, {literal(_SUBSCRIBED)}, 2), '') IGNORE NULLS) OVER (ORDER BY line) AS subscription
        FROM ({units})"""
    read = f"CASE WHEN regexp_matches(text, {literal(_MESSAGE)}) THEN {_message()} ELSE {logback.doc('text')} END"
    return f"""
        SELECT line, CAST(NULL AS INTEGER) AS item, text, {read} AS doc, filled = 0 AS skipped,
               greatest(filled - 1, 0) AS parts, lines - greatest(filled, 1) AS blanks
        FROM ({told}) ORDER BY line"""


def _message() -> str:
    names, values = (f"regexp_extract_all(m.properties, {literal(_PROPERTY)}, {group})" for group in (1, 2))
    pairs = f"list_transform(list_zip({names}, {values}), lambda p: {{'k': p[1], 'v': p[2]}})"
    members = {
        "got": "'message'",
        "publish_time": "nullif(m.publish_time, '')",
        "event_time": "nullif(nullif(m.event_time, ''), '0')",
        "topic": "topic",
        "subscription": "subscription",
        "key": "nullif(m.key, 'null')",
        "properties": f"CAST({let(pairs, 'ps', object_from_pairs('ps'))} AS JSON)",
        "content": "m.content",
    }
    return let(named_groups("text", _MESSAGE), "m", object_of(members))
