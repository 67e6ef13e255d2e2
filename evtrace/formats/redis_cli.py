"""redis-cli's answers about streams as text, on a terminal or not: XRANGE, XREADGROUP, XPENDING, XINFO.

Raw answers are values line by line, numbered ones say more than is needed here: both are read as the values in
order. What was asked is known where the command stands before the answer, behind a prompt.
"""

from __future__ import annotations

import re

from evtrace.formats import Sample
from evtrace.formats.escapes import unescaped
from evtrace.formats.sql import let, lines_of, literal, object_from_pairs, object_of

NAME = "redis_cli"
SHAPE = "table"
UNIT = "line"
INNER = None
SAMPLES = (
    '1) 1) "1795228743045-0"\n   2) 1) "event_id"\n      2) "e-1"\n      3) "type"\n      4) "OrderPlaced"\n'
    '2) 1) "1795228743049-0"\n   2) 1) "event_id"\n      2) "e-2"\n',
    "1795228743045-0\nevent_id\ne-1\n1795228743049-0\nevent_id\ne-2\n",
    '127.0.0.1:6379> XPENDING orders billing - + 10\n1) 1) "1795228743049-0"\n   2) "worker-2"\n   3) (integer) 61\n'
    "   4) (integer) 2\n",
    '1)  1) "name"\n    2) "billing"\n    3) "consumers"\n    4) (integer) 2\n    5) "pending"\n    6) (integer) 1\n'
    '    7) "last-delivered-id"\n    8) "1795228743049-0"\n    9) "entries-read"\n   10) (integer) 2\n   11) "lag"\n   12) (nil)\n',
    "length\n4\nlast-generated-id\n1795228743055-0\nentries-added\n4\nfirst-entry\n1795228743045-0\nevent_id\ne-1\n"
    "last-entry\n1795228743055-0\nevent_id\ne-2\n",
    "name\tg consumers\t1 pending\t2 last-delivered-id\t2-0 entries-read\t2 lag\t\n",
)

_PROMPT = r"^(?:\$|>|[\w.:-]*:\d+(?:\[\d+\])?(?:\(TX\))?>|redis [^>]*>) ?(\S.*)$"
_NUMBERED = r"^ *(?:\d+\) +)+"
_ID = r"^\d{10,}-\d+$"
_ROW = r"^name\t\S+ consumers\t"
#: Values behind these keys look like entries and are none.
_IDS = ("last-generated-id", "max-deleted-entry-id", "recorded-first-entry-id", "last-delivered-id")
_GROUP_KEYS = ("name", "consumers", "pending", "last-delivered-id", "entries-read", "lag")
_STREAM_KEYS = ("length", "radix-tree-keys", "radix-tree-nodes", *_IDS[:3], "entries-added", "groups")
_NUMBERED_ID = re.compile(r'^ *(?:\d+\) +)+"\d{10,}-\d+"$')


def detect(sample: Sample) -> float:
    lines = sample.lines[:60]
    if any(re.match(_ROW, line) for line in lines):
        return 0.95
    bare = [re.sub(_NUMBERED, "", line).strip('"') for line in lines if not re.match(_PROMPT, line)]
    if not bare or (
        {"name", "last-delivered-id"} - set(bare) and {"length", "last-generated-id"} - set(bare)
    ):
        return 0.95 * _is_entries(lines, bare)
    return 0.95


def _is_entries(lines: list[str], bare: list[str]) -> bool:
    """An answer begins with an id, alone on its line, also behind a command or the name of a stream."""
    first = next((number for number, text in enumerate(bare[:6]) if re.match(_ID, text)), None)
    if first is None:
        return False
    asked = any(re.match(_PROMPT, line) for line in lines)
    return asked or first == 0 or any(_NUMBERED_ID.match(line) for line in lines)


def rows(path: str, sample: Sample) -> str:
    """SQL: one row an entry, a pending entry, a group or a stream."""
    return f"""
        SELECT line, CAST(NULL AS INTEGER) AS item, text, {_doc()} AS doc, what IN ('prompt', 'title', 'last-entry') AS skipped,
               greatest(filled - 1, 0) AS parts, n - greatest(filled, 1) AS blanks
        FROM ({_units(_roles(_values(lines_of(path))))}) ORDER BY line"""


def _values(lines: str) -> str:
    """SQL: each line's value, and the answer it belongs to."""
    bare = f"regexp_replace(text, {literal(_NUMBERED)}, '')"
    quoted = f"""CASE WHEN b[1] = '"' AND b[-1] = '"' AND length(b) > 1 THEN {unescaped("b[2:-2]")}"""
    value = f"{quoted} WHEN b = '(nil)' OR b = '(empty array)' THEN NULL ELSE regexp_replace(b, '^\\(integer\\) ', '') END"
    return f"""
        SELECT line, text, command, {let(bare, "b", value)} AS v,
               SUM(CASE WHEN command IS NOT NULL THEN 1 ELSE 0 END) OVER (ORDER BY line) AS answer,
               last_value(command IGNORE NULLS) OVER (ORDER BY line) AS asked
        FROM (SELECT line, text, nullif(regexp_extract(text, {literal(_PROMPT)}, 1), '') AS command FROM ({lines}))"""


def _roles(values: str) -> str:
    """SQL: what kind of answer it is, and which lines begin something in it."""
    told = f"""
        SELECT *, regexp_matches(v, {literal(_ID)}) AS is_id, lag(v) OVER w AS v0, lead(v) OVER w AS v1, lead(v, 2) OVER w AS v2,
               row_number() OVER w AS no
        FROM ({values}) WINDOW w AS (PARTITION BY answer, command IS NULL ORDER BY line)"""
    kinds = f"""
        SELECT *, MAX(CASE WHEN v = 'last-delivered-id' THEN 1 ELSE 0 END) OVER a AS has_groups,
               MAX(CASE WHEN v = 'last-generated-id' THEN 1 ELSE 0 END) OVER a AS has_stream,
               MAX(CASE WHEN no = 1 AND command IS NULL AND regexp_matches(v, '^\\d+$') AND regexp_matches(v1, {literal(_ID)})
                             AND regexp_matches(v2, {literal(_ID)}) THEN 1 ELSE 0 END) OVER a AS is_summary
        FROM ({told}) WINDOW a AS (PARTITION BY answer)"""
    first = f"MIN(CASE WHEN is_id AND NOT {_among('v0', _IDS)} THEN line END) OVER (PARTITION BY answer)"
    kinds = f"SELECT *, {first} AS first_id FROM ({kinds})"
    return f"""
        SELECT *, CASE WHEN command IS NOT NULL THEN 'prompt' WHEN regexp_matches(text, {literal(_ROW)}) THEN 'row'
                       WHEN is_summary = 1 AND no = 1 THEN 'summary'
                       WHEN has_groups = 1 AND has_stream = 0 AND v = 'name' THEN 'group'
                       WHEN has_stream = 1 AND v = 'length' THEN 'stream'
                       WHEN v = 'last-entry' AND has_stream = 1 THEN 'last-entry'
                       WHEN is_id AND is_summary = 0 AND has_groups * (1 - has_stream) = 0 AND NOT {_among("v0", _IDS)} THEN 'entry'
                       WHEN no = 1 AND first_id > line AND is_summary = 0 AND has_stream = 0 THEN 'title'
                       WHEN first_id IS NULL AND has_groups + has_stream = 0 AND text <> '' THEN 'note' END AS begins
        FROM ({kinds})"""


def _among(value: str, words: tuple[str, ...]) -> str:
    return f"COALESCE({value} IN ({', '.join(literal(word) for word in words)}), FALSE)"


def _units(roles: str) -> str:
    """SQL: the lines of each thing together; its values as a list."""
    numbered = f"SELECT *, SUM(CASE WHEN begins IS NOT NULL THEN 1 ELSE 0 END) OVER (ORDER BY line) AS unit FROM ({roles})"
    return f"""
        SELECT MIN(line) AS line, string_agg(text, chr(10) ORDER BY line) AS text, min_by(COALESCE(begins, 'note'), line) AS what,
               list(v ORDER BY line) AS vs, COUNT(*) FILTER (text <> '') AS filled, COUNT(*) AS n, any_value(asked) AS asked,
               any_value(title) AS title
        FROM (SELECT *, MAX(CASE WHEN begins = 'title' THEN v END) OVER (PARTITION BY answer) AS title FROM ({numbered}))
        GROUP BY unit"""


def _doc() -> str:
    return let(
        "string_split(COALESCE(asked, ''), ' ')",
        "q",
        f"CASE what WHEN 'prompt' THEN NULL WHEN 'title' THEN NULL WHEN 'last-entry' THEN NULL WHEN 'entry' THEN {_entry()} WHEN 'group' THEN {_map(_GROUP_KEYS)} "
        f"WHEN 'row' THEN {_joined_row()} WHEN 'stream' THEN {_map(_STREAM_KEYS)} WHEN 'summary' THEN {_summary()} "
        f"ELSE {object_of({'answer': literal('note'), 'note': 'text'})} END",
    )


_COMMAND = "upper(q[1])"
_STREAM_NAME = (
    f"CASE WHEN starts_with({_COMMAND}, 'XINFO') THEN q[3] WHEN starts_with({_COMMAND}, 'XREAD') THEN NULL "
    f"WHEN starts_with({_COMMAND}, 'X') THEN q[2] END"
)
_GROUP_NAME = (
    f"CASE WHEN {_COMMAND} IN ('XPENDING', 'XCLAIM', 'XAUTOCLAIM') THEN q[3] "
    f"WHEN {_COMMAND} = 'XREADGROUP' THEN q[3] END"
)
_IS_HANDED = f"{_COMMAND} IN ('XREADGROUP', 'XCLAIM', 'XAUTOCLAIM')"


def _about(**values: str) -> str:
    return object_of({"stream": f"COALESCE({_STREAM_NAME}, title)", "group": _GROUP_NAME, **values})


def _entry() -> str:
    """SQL: an id and its fields; behind XPENDING an id, its consumer, how long it is idle, how often it was handed out."""
    whole = r"regexp_matches({}, '^\d+$')"
    is_pending = f"len(vs) = 4 AND {whole.format('vs[3]')} AND {whole.format('vs[4]')}"
    pending = _about(
        answer="'pending'", redelivered="CAST(vs[4] AS BIGINT) > 1", entry_id="vs[1]", consumer="vs[2]", idle_ms="CAST(vs[3] AS BIGINT)", deliveries="CAST(vs[4] AS BIGINT)"
    )  # fmt: skip
    pairs = "list_transform(range(2, len(vs), 2), lambda i: {'k': COALESCE(vs[i], ''), 'v': vs[i + 1]})"
    fields = let(pairs, "ps", object_from_pairs("ps"))
    consumer = f"CASE WHEN {_IS_HANDED} THEN q[4] END"
    entry = _about(
        answer=f"CASE WHEN {_IS_HANDED} THEN 'handed' ELSE 'entry' END",
        entry_id="vs[1]",
        consumer=consumer,
        fields=f"CAST({fields} AS JSON)",
    )
    odd = _about(answer="'entry'", entry_id="vs[1]", values="to_json(vs[2:])")
    return f"CASE WHEN {is_pending} THEN {pending} WHEN len(vs) % 2 = 1 THEN {entry} ELSE {odd} END"


def _map(keys: tuple[str, ...]) -> str:
    """SQL: the values behind the keys; NULL and nothing are both unknown."""
    at = "list_position(vs, {})"
    value = "nullif(vs[{} + 1], '')"
    info = {key: value.format(at.format(literal(key))) for key in keys if key != "name"}
    name = f"CASE WHEN vs[1] = 'name' THEN {value.format('1')} END"
    return object_of(
        {
            "answer": "'gauge'",
            "stream": _STREAM_NAME,
            "group": name,
            "info": f"CAST({object_of({key: _number(key, text) for key, text in info.items()})} AS JSON)",
        }
    )


def _number(key: str, text: str) -> str:
    """SQL: a figure as a number. A lag that cannot be known is a null, not nothing."""
    unknown = "CAST('null' AS JSON)" if key in ("lag", "entries-read") else "NULL"
    return rf"CASE WHEN {text} IS NULL THEN {unknown} ELSE CASE WHEN regexp_matches({text}, '^\d{{1,18}}$') THEN CAST({text} AS JSON) ELSE to_json({text}) END END"


def _joined_row() -> str:
    """SQL: a group on one line, its keys and values joined by tabs and blanks."""

    def of(key: str) -> str:
        return f"nullif(regexp_extract(text, {literal('(?:^| )' + key + chr(9) + '([^ ]*)')}, 1), '')"

    info = {key: _number(key, of(key)) for key in _GROUP_KEYS if key != "name"}
    return object_of({"answer": "'gauge'", "group": of("name"), "info": f"CAST({object_of(info)} AS JSON)"})


def _summary() -> str:
    info = {
        "pending": "CAST(vs[1] AS BIGINT)",
        "smallest": "vs[2]",
        "greatest": "vs[3]",
        "consumers": "to_json(vs[4:])",
    }
    return _about(answer="'gauge'", info=f"CAST({object_of(info)} AS JSON)")
