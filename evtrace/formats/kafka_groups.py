"""kafka-consumer-groups --describe (also kafka-python's and rpk's): tables of committed and end offsets.

The tables tell no time. A time in a line of its own above one (from `date`, from a script) is taken for it.
"""

from __future__ import annotations

import re

from evtrace.formats import Sample, bracketed
from evtrace.formats.sql import groups, lines_of, literal, object_of

NAME = "kafka-groups"
SHAPE = "table"
UNIT = "line"
INNER = None
FANS_OUT = True
SAMPLES = (
    "\nConsumer group 'billing' has no active members.\n\n"
    "GROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             CONSUMER-ID     HOST            CLIENT-ID\n"
    "billing         orders-eu-0     0          7               9               2               -               -               -\n"
    "billing         orders-eu-0     1          -               3               -               -               -               -\n",
    "2026-11-20T14:02:11Z\n\nWarning: Consumer group 'billing' is rebalancing.\n\n"
    "GROUP           TOPIC           PARTITION  LEADER-EPOCH    CURRENT-OFFSET  LOG-END-OFFSET  LAG             CONSUMER-ID HOST            CLIENT-ID\n"
    "billing         orders          0          0               7               9               2               c-1-3f2a    /127.0.0.1      c-1\n",
    "  GROUP    TOPIC   PARTITION  LAG  LAG %    COMMITTED OFFSET  LATEST OFFSET  CONSUMER ID\n"
    "  billing  orders  0          2    0.09     7                 9              -\n",
    "GROUP           COORDINATOR (ID)          ASSIGNMENT-STRATEGY  STATE                #MEMBERS\n"
    "billing         127.0.0.1:9092  (1)       range                Stable               2\n",
    "GROUP                          TOPIC                          PARTITION  NEW-OFFSET     \n"
    "billing                        orders                         0          0              \n",
    "Deletion of requested consumer groups ('billing', 'stock') was successful.\n",
)

#: A header: names in capitals, one of which only such tables have.
_HEADER = r"^\s*(?:GROUP|TOPIC)\s+(?:[A-Z#][A-Z #()%-]*\s+)*(?:PARTITION|CONSUMER-ID|COORDINATOR \(ID\)|STATE)\b[A-Z #()%-]*$"
#: What rpk writes above its table, and what a deletion of offsets says.
_GROUP_ABOVE = r"^(?:GROUP\s+|Request succeeded for deleting offsets from group )(\S+?)\.?\s*$"
_FACT = r"^(?:GROUP|COORDINATOR|STATE|BALANCER|MEMBERS|TOTAL-LAG|ERROR)\s+\S+\s*$"
_STATE = r"^(?:Warning: |Error: )?(?:Consumer|Share|The consumer) group '(?P<group>.*)' (?P<state>has no active members|is rebalancing|does not exist)\.\s*$"
_DELETED = r"^Deletion of requested consumer groups \((?P<groups>.*)\) was successful\.\s*$"
_DATE = (
    r"(\d{4}-\d\d-\d\d[T _]\d\d[:-]\d\d[:-]\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?"
    r"|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (?:[A-Z]{3,4} )?\d{4}|\b1\d{9}(?:\.\d{1,9}|\d{3})?\b)"
)
_UNIX = r"^[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d+) (\d\d:\d\d:\d\d) (?:([A-Z]{3,4}) )?(\d{4})$"

_IS_HEADER = re.compile(_HEADER)
_IS_DELETED = re.compile(_DELETED)


def detect(sample: Sample) -> float:
    if sample.lines and _IS_DELETED.match(sample.lines[0]):
        return 0.97
    headers = sum(_IS_HEADER.match(line) is not None for line in sample.lines[:400])
    return (
        0.97
        if headers and (headers * 200 >= len(sample.lines[:400]) or _IS_HEADER.match(sample.lines[0]))
        else 0.0
    )


def rows(path: str, sample: Sample) -> str:
    """SQL: every line of the file, with what is known from the lines above it."""
    flagged = f"""
        SELECT line, text, regexp_matches(text, {literal(_HEADER)}) AS is_header, regexp_matches(text, {literal(_FACT)}) AS is_fact,
               {groups("text", bracketed.PATTERN, ["time", "level", "message", "logger"])} AS logged,
               {groups("text", _STATE, ["group", "state"])} AS told,
               nullif(regexp_extract(text, {literal(_GROUP_ABOVE)}, 1), '') AS group_above
        FROM ({lines_of(path)})"""
    dated = f"""
        SELECT *, told.state = '' AND NOT is_header AND (text = '' OR starts_with(text, ' ') OR starts_with(text, chr(9))) AS is_space,
               CASE WHEN is_header THEN NULL WHEN logged.time <> '' THEN logged.time
                    WHEN regexp_extract(text, {literal(_DATE)}, 1) <> '' AND NOT regexp_matches(text, '\\s{{2,}}\\d+\\s{{2,}}')
                    THEN {_time()} END AS time
        FROM ({flagged})"""
    above = f"""
        SELECT *, last_value(CASE WHEN is_header THEN text END IGNORE NULLS) OVER (ORDER BY line) AS header,
               last_value(time IGNORE NULLS) OVER (ORDER BY line) AS seen,
               last_value(group_above IGNORE NULLS) OVER (ORDER BY line) AS named_above
        FROM ({dated})"""
    split = f"""
        SELECT *, list_transform(columns, lambda c: trim(c)) AS names,
               CASE WHEN len(words) = len(columns) THEN words ELSE {_by_place()} END AS cells
        FROM (SELECT *, regexp_extract_all(header, '\\S+(?: \\S+)*(?:\\s{{2,}}|\\s*$)') AS columns,
                     string_split_regex(trim(text), '\\s+') AS words, length(header) - length(ltrim(header)) AS margin
              FROM ({above}))"""
    named = f"SELECT *, {', '.join(f'{_cell(*names)} AS {name}' for name, names in _COLUMNS.items())} FROM ({split})"
    is_skipped = (
        f"is_header OR regexp_full_match(text, '\\s*') OR is_fact OR ({_is_below()}) "
        f"OR (time IS NOT NULL AND logged.time = '' AND NOT {_IS_ROW})"
    )
    return f"""
        SELECT line, CAST(NULL AS INTEGER) AS item, text, CASE WHEN NOT skipped THEN {_doc()} END AS doc, skipped
        FROM (SELECT *, {is_skipped} AS skipped FROM ({named}))"""


_COLUMNS = {
    "group_cell": ("GROUP",),
    "topic": ("TOPIC",),
    "partition_cell": ("PARTITION",),
    "committed": ("CURRENT-OFFSET", "COMMITTED OFFSET"),
    "end_offset": ("LOG-END-OFFSET", "LATEST OFFSET"),
    "new_offset": ("NEW-OFFSET",),
    "start_offset": ("START-OFFSET",),
    "lag": ("LAG",),
    "leader_epoch": ("LEADER-EPOCH",),
    "member": ("CONSUMER-ID", "CONSUMER ID", "MEMBER-ID"),
    "host": ("HOST",),
    "client": ("CLIENT-ID",),
    "state": ("STATE",),
    "status": ("STATUS",),
    "coordinator": ("COORDINATOR (ID)",),
    "protocol": ("ASSIGNMENT-STRATEGY",),
    "members": ("#MEMBERS",),
    "partitions": ("#PARTITIONS",),
    "assignment": ("CURRENT-ASSIGNMENT", "ASSIGNMENT"),
}
#: The line is a row of the table above it: its numbers are numbers.
_NUMBERS = ("partition_cell", "committed", "end_offset", "new_offset", "start_offset")
_IS_ROW = (
    "(len(cells) = len(names) AND (list_contains(names, 'PARTITION') AND partition_cell IS NOT NULL AND topic IS NOT NULL AND "
    + " AND ".join(f"({name} IS NULL OR regexp_full_match({name}, '\\d+'))" for name in _NUMBERS)
    + " OR group_cell IS NOT NULL AND NOT list_contains(names, 'PARTITION') AND (members IS NULL OR regexp_full_match(members, '\\d+'))))"
)


def _cell(*names: str) -> str:
    """SQL: the cell below one of these names; NULL where it is `-`, not known."""
    places = ", ".join(f"list_position(names, {literal(name)})" for name in names)
    return f"nullif(nullif(cells[COALESCE({places})], '-'), '')"


def _by_place() -> str:
    """SQL: the cells by where the header's names begin; a value may hold blanks."""
    start = "margin + 1 + COALESCE(list_sum(list_transform(columns[:i - 1], lambda c: length(c))), 0)"
    width = "CASE WHEN i = len(columns) THEN length(text) ELSE length(columns[i]) END"
    return f"list_transform(range(1, len(columns) + 1), lambda i: trim(substr(text, CAST({start} AS BIGINT), {width})))"


def _time() -> str:
    """SQL: the time in the line, written as readings know it."""
    found = f"regexp_extract(text, {literal(_DATE)}, 1)"
    iso = f"regexp_replace({found}, '[T _](\\d\\d)-(\\d\\d)-(\\d\\d)', 'T\\1:\\2:\\3')"
    return f"trim(regexp_replace({iso}, {literal(_UNIX)}, '\\5 \\1 \\2 \\3 \\4'))"


def _is_below() -> str:
    """SQL: a line that goes on from a log line above the tables."""
    return f"is_space AND logged.time = '' AND NOT {_IS_ROW}"


def _doc() -> str:
    log = object_of(
        {
            "recordKind": "'log'",
            "time": "logged.time",
            "level": "logged.level",
            "logger": "nullif(logged.logger, '')",
            "message": "logged.message",
        }
    )
    state = object_of({
        "recordKind": "CASE told.state WHEN 'is rebalancing' THEN 'group' WHEN 'has no active members' THEN 'gauge' ELSE 'log' END",
        "group": "told.group", "seen": "seen", "message": "trim(text)",
    })  # fmt: skip
    text = object_of({"recordKind": "'log'", "seen": "seen", "message": "trim(text)"})
    is_damaged = "header IS NOT NULL AND regexp_matches(text, '\\S\\s{2,}\\S')"
    return (
        f"CASE WHEN logged.time <> '' THEN {log} WHEN told.state <> '' THEN {state} WHEN regexp_matches(text, {literal(_DELETED)}) THEN {_deleted()} WHEN {_IS_ROW} THEN {_row()} "
        f"WHEN {is_damaged} THEN NULL ELSE {text} END"
    )


def _deleted() -> str:
    """A deleted group has no position any more."""
    listed = f"regexp_extract(text, {literal(_DELETED)}, 1)"
    one = object_of({"group": "one"})
    each = f"list_transform(regexp_extract_all({listed}, '[^'', ]+'), lambda one: CAST({one} AS JSON))"
    return object_of(
        {"recordKind": "'offset_removed'", "seen": "seen", "message": "trim(text)", "@each": each}
    )


def _row() -> str:
    about = {
        "group": "COALESCE(group_cell, named_above)", "topic": "topic", "partition": "partition_cell", "member": "member",
        "host": "host", "client": "client", "leaderEpoch": "leader_epoch", "seen": "seen",
    }  # fmt: skip
    commit = object_of({"recordKind": "'commit'", "offset": "committed", "lag": "lag"})
    end = object_of({"recordKind": "'end_offset'", "offset": "end_offset"})
    both = f"list_filter([CASE WHEN committed IS NOT NULL THEN {commit} END, CASE WHEN end_offset IS NOT NULL THEN {end} END], lambda one: one IS NOT NULL)"
    each = f"CASE WHEN committed IS NOT NULL OR end_offset IS NOT NULL THEN CAST({both} AS JSON[]) END"
    kind = "CASE WHEN new_offset IS NOT NULL THEN 'reset' WHEN starts_with(status, 'Success') THEN 'offset_removed' ELSE 'gauge' END"
    return object_of({
        "recordKind": kind, **about, "offset": "COALESCE(new_offset, start_offset)", "state": "COALESCE(state, status)",
        "coordinator": "coordinator", "protocol": "protocol", "members": "members", "partitions": "partitions",
        "assignment": "assignment", "lag": "CASE WHEN committed IS NULL THEN lag END", "@each": each,
    })  # fmt: skip
