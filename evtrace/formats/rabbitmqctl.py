"""Tables that rabbitmqctl prints: `list_queues` with any columns, once or again and again."""

from __future__ import annotations

import re

from evtrace.formats import Sample
from evtrace.formats.sql import let, lines_of, literal, object_from_pairs

NAME = "rabbitmqctl"
SHAPE = "table"
UNIT = "row"
INNER = None
SAMPLES = (
    "Timeout: 60.0 seconds ...\nListing queues for vhost / ...\nname\tmessages_ready\tmessages_unacknowledged\n"
    "audit\t1\t0\nbilling.retry\t0\t0\n",
    "2026-11-20T14:02:11Z\nname\tmessages\tconsumers\nbilling\t3\t1\n\n2026-11-20T14:02:16Z\nname\tmessages\tconsumers\n"
    "billing\t0\t1\n",
)

_HEADER = r"^[a-z_]+(?:\t[a-z_]+)*\t?$"
_NAMED = r"(?:^|\t)name(?:\t|$)"
_FIGURES = r"(?:^|\t)(?:messages|consumers|message_bytes|messages_[a-z_]+)(?:\t|$)"
_TITLE = r"^(?:Listing|Timeout: |Asking|\.\.\.)"
_VHOST = r"^Listing queues for vhost (.+) \.\.\.$"
#: A line that holds a time and nothing else: people print the date before each table.
_TIME = r"^(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*(?: ?(?:UTC|Z|[+-]\d\d:?\d\d))?|\d{10}(?:\.\d+)?)$"


def detect(sample: Sample) -> float:
    return 0.95 if any(_is_header(line) for line in sample.lines[:20]) else 0.0


def _is_header(line: str) -> bool:
    return all(re.search(pattern, line) for pattern in (_HEADER, _NAMED, _FIGURES))


def rows(path: str, sample: Sample) -> str:
    """SQL: each row with the names above it, the virtual host and the time told before it."""
    is_header = " AND ".join(f"regexp_matches(text, {literal(p)})" for p in (_HEADER, _NAMED, _FIGURES))
    told = f"""
        SELECT line, text, {is_header} AS is_header, regexp_matches(text, {literal(_TIME)}) AS is_time,
               nullif(regexp_extract(text, {literal(_VHOST)}, 1), '') AS vhost
        FROM ({lines_of(path)})"""
    above = f"""
        SELECT line, text, text = '' OR is_header OR is_time OR regexp_matches(text, {literal(_TITLE)}) AS skipped,
               last_value(CASE WHEN is_header THEN text END IGNORE NULLS) OVER (ORDER BY line) AS names,
               last_value(CASE WHEN is_time THEN text END IGNORE NULLS) OVER (ORDER BY line) AS time,
               last_value(vhost IGNORE NULLS) OVER (ORDER BY line) AS vhost
        FROM ({told})"""
    return f"SELECT line, CAST(NULL AS INTEGER) AS item, text, CASE WHEN NOT skipped THEN {_row()} END AS doc, skipped FROM ({above}) ORDER BY line"


def _row() -> str:
    """SQL: the cells by their names; NULL where they are more or less than these. Whole numbers become numbers."""
    value = r"CASE WHEN regexp_full_match(c, '-?\d{1,18}') THEN CAST(CAST(c AS BIGINT) AS JSON) ELSE to_json(c) END"
    cells = f"list_transform(list_zip(ns, cs), lambda p: {{'k': p[1], 'v': {let('p[2]', 'c', value)}}})"
    also = "[{'k': 'time', 'v': to_json(time)}, {'k': 'vhost', 'v': to_json(vhost)}]"
    pairs = f"list_filter(list_concat({cells}, {also}), lambda p: CAST(p.v AS VARCHAR) <> 'null')"
    row = f"CASE WHEN len(ns) = len(cs) THEN {let(pairs, 'ps', object_from_pairs('ps'))} END"
    return let(
        "string_split(rtrim(names, chr(9)), chr(9))", "ns", let("string_split(text, chr(9))", "cs", row)
    )
