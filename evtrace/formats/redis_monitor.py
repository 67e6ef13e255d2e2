"""Redis MONITOR: every command that the server got, with its time and client."""

from __future__ import annotations

import re

from evtrace.formats import Sample
from evtrace.formats.escapes import unescaped
from evtrace.formats.sql import let, lines_of, literal, object_from_pairs, object_of

NAME = "redis_monitor"
SHAPE = "table"
UNIT = "command"
INNER = None
SAMPLES = (
    'OK\n1795228743.045813 [0 127.0.0.1:54632] "XADD" "orders" "*" "event_id" "e-1" "note" "say \\"hi\\" \\xc3\\xbc"\n'
    '1795228743.061435 [0 127.0.0.1:54698] "XREADGROUP" "GROUP" "billing" "worker-1" "STREAMS" "orders" ">"\n'
    '1795228743.067689 [0 127.0.0.1:54708] "XACK" "orders" "billing" "1795228743045-0" "1795228743049-0"\n',
)

_LINE = r'^\d{9,11}\.\d{3,9} \[\d+ [^\]]*\] "[A-Za-z0-9._|-]+"'
_ARGUMENT = r'"((?:[^"\\]|\\.)*)"'


def detect(sample: Sample) -> float:
    return 0.97 * sample.share(
        re.match(_LINE, line) is not None or line == "OK" for line in sample.lines[:50]
    )


def rows(path: str, sample: Sample) -> str:
    """SQL: a row a command; XACK and XDEL one for each entry that they name."""
    read = f"""
        SELECT line, text, regexp_matches(text, {literal(_LINE)}) AS is_command,
               list_transform(regexp_extract_all(text, {literal(_ARGUMENT)}, 1), lambda a: {unescaped("a")}) AS q
        FROM ({lines_of(path)})"""
    told = f"""
        SELECT line, text, is_command, q, upper(q[1]) AS name,
               unnest(CASE upper(q[1]) WHEN 'XACK' THEN q[4:] WHEN 'XDEL' THEN q[3:] ELSE [CAST(NULL AS VARCHAR)] END) AS entry_id,
               unnest(CASE upper(q[1]) WHEN 'XACK' THEN range(1, len(q) - 2) WHEN 'XDEL' THEN range(1, len(q) - 1) ELSE [1] END) AS item
        FROM ({read})"""
    return f"""
        SELECT line, CAST(item AS INTEGER) AS item, text, CASE WHEN is_command THEN {_doc()} END AS doc,
               text = '' OR text = 'OK' AS skipped
        FROM ({told}) ORDER BY line, item"""


_DONE_TO_STREAM = (
    "XADD",
    "XACK",
    "XDEL",
    "XTRIM",
    "XLEN",
    "XRANGE",
    "XREVRANGE",
    "XPENDING",
    "XCLAIM",
    "XAUTOCLAIM",
    "XSETID",
)


def _doc() -> str:
    is_of_stream = " OR ".join(f"name = '{one}'" for one in _DONE_TO_STREAM)
    place = "list_position(q, 'STREAMS')"
    stream = (
        f"CASE WHEN {is_of_stream} THEN q[2] WHEN name IN ('XGROUP', 'XINFO') THEN q[3] "
        f"WHEN name IN ('XREADGROUP', 'XREAD') AND {place} > 0 THEN q[{place} + 1] END"
    )
    group = "CASE WHEN name IN ('XACK', 'XPENDING', 'XCLAIM', 'XAUTOCLAIM', 'XREADGROUP') THEN q[3] WHEN name = 'XGROUP' THEN q[4] END"
    consumer = "CASE WHEN name IN ('XREADGROUP', 'XCLAIM', 'XAUTOCLAIM') THEN q[4] END"
    given = r"CASE WHEN name = 'XADD' THEN list_filter(q, lambda a, i: i > 2 AND regexp_matches(a, '^\d+-\d+$'))[1] END"
    values = {
        "command": "CASE WHEN name = 'XGROUP' THEN name || ' ' || upper(q[2]) ELSE name END",
        "time": "regexp_extract(text, '^([0-9.]+) ', 1)",
        "client": r"regexp_extract(text, '^[0-9.]+ \[\d+ ([^\]]*)\]', 1)",
        "stream": stream,
        "group": group,
        "consumer": consumer,
        "entry_id": f"COALESCE(entry_id, {given})",
        "list": "CASE WHEN name IN ('LPUSH', 'RPUSH', 'LPUSHX', 'RPUSHX', 'PUBLISH', 'SPUBLISH') THEN q[2] END",
        "value": "CASE WHEN name IN ('LPUSH', 'RPUSH', 'LPUSHX', 'RPUSHX', 'PUBLISH', 'SPUBLISH') THEN q[3] END",
        "fields": f"CASE WHEN name = 'XADD' THEN CAST({_fields()} AS JSON) END",
        "arguments": "CASE WHEN name <> 'XADD' THEN to_json(q[2:]) END",
    }
    return object_of(values)


def _fields() -> str:
    """SQL: the names and values that XADD adds stand behind the id, which stands behind the options."""
    place = r"list_position(list_transform(q, lambda a, i: i > 2 AND regexp_matches(a, '^(\*|\d+-(\d+|\*)|\d{10,})$')), TRUE)"
    pairs = "list_transform(range(p + 1, len(q), 2), lambda i: {'k': q[i], 'v': q[i + 1]})"
    return let(place, "p", f"CASE WHEN p > 0 THEN {let(pairs, 'ps', object_from_pairs('ps'))} END")
