"""What logs of text have in common: how a record begins, what the lines after the first mean."""

from __future__ import annotations

import re
from functools import lru_cache

from evtrace.formats import Sample
from evtrace.formats.sql import groups, let, literal, object_from_pairs, object_of

CLOCK = r"\d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
DATE = r"\d{4}[-/.]\d\d[-/.]\d\d"
ZONE = r"(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d)\b)?"
TIME = DATE + r"[T _]" + CLOCK + ZONE
LEVEL = (
    r"(?:TRACE|DEBUG|INFO|INFORMATION|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL|SEVERE|FINE|FINER|FINEST|CONFIG"
    r"|ALERT|EMERG|PANIC|VERBOSE|DPANIC|ERR|INF|WRN|DBG|TRC|FTL|VRB)"
)
ANY_LEVEL = (
    r"(?i:trace|debug|info|information|notice|warn|warning|error|fatal|critical|severe|fine|finer|finest|config"
    r"|alert|emerg|panic|verbose|dpanic|crit|err|inf|wrn|dbg|trc|ftl|vrb)"
)

STARTS = (
    r"\[?" + DATE + r"[T _]\d\d:\d\d",
    r"\[?\d\d:\d\d:\d\d[.,\] ]",
    r"(?:\[\d+\] )?\d{4}/\d\d/\d\d \d\d:\d\d:\d\d",
    r"(?:<\d{1,3}>)?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d ",
    r"<\d{1,3}>",
    r"[IWEF]\d{4} \d\d:\d\d:\d\d",
    r"%\d\|\d+\.\d+\|[A-Z_]+\|",  # librdkafka on the standard error of a program that uses it
    r'\{"',
)
#: A record begins here: any header that a log of text is known to have, so that mixed logs come apart
#: too, or a JSON object that lies between the lines.
START = "^(?:" + "|".join(STARTS) + ")"
#: The same for logs whose lines begin with their level.
LEVEL_START = "^(?:" + "|".join((*STARTS, LEVEL + r"[:\s\]]", r"\[" + ANY_LEVEL + r"\]")) + ")"

#: What is done with a header no format of its own claims.
ANYTHING = (
    r"^\[?(?P<time>" + TIME + r")\]?[ \t|,;:-]*(?:[\[(<|]?(?P<level>" + ANY_LEVEL + r")\b[\])>|]?[ \t:|-]*)?"
    r"(?P<message>.*)"
)

#: The line of a stack trace that names the error: the first of Java's, the last of Python's; a name
#: that says nothing counts where a frame follows.
_ERROR = (
    r"(?m)^((?:[A-Za-z_$][\w$]*[./:]+)*[A-Za-z_$]*(?:Exception|Error|Throwable|Interrupt|Failure)\b[^\n]*"
    r"|panic: [^\n]*|(?:[A-Za-z_$][\w$]*\.)+[A-Za-z_$][\w$]*(?:: [^\n]*)?\n\s+at )"
)
#: What lies at the bottom of a trace of Java's or .NET's; the last of them began it.
_ROOT = r"(?m)^\s*(?:Caused by:|--->) (?:\(Inner Exception #\d+\) )?([^\n]*)"
_VALUE = r'(?:"(?:[^"\\]|\\.)*"|(?:[^\s,;\[\](){}"]|\[[^\]\n]*\])+)'
#: key=value, and [key: value, key: value]. Without groups, as these cost RE2 more than all the rest.
_FIELD = r"(?:^|[\s,;\[({|])[A-Za-z_][\w.\-]*=" + _VALUE + r"|[\[,] ?[A-Za-z][\w.-]*: ?[^\[\],]*[^\[\],\s]"


_GROUP = re.compile(r"\bm\.(\w+)")


def share(sample: Sample, *patterns: str, start: str = START) -> float:
    """The share of the records in the sample whose first line has one of these headers.

    Lines that begin no record count a little: where hardly any line does, the text is something else.
    """
    lines = sample.lines[:200]
    heads = [line for line in lines if _compiled(start).search(line)]
    known = sum(any(_compiled(pattern).search(line) for pattern in patterns) for line in heads)
    if not heads or known * 50 < len(lines):
        return 0.0
    return known / len(heads) * (0.9 + 0.1 * len(heads) / len(lines))


def doc(text: str, *patterns: str, also: dict[str, str] | None = None) -> str:
    """SQL: the record `text` as a JSON object by the first pattern that fits its first line.

    `also` adds members, as SQL over `head` (the first line), `m` (the groups of the pattern) and `t`
    (the whole text); they win over the groups of the same name. What it says of a group that a pattern
    does not have is left out there.
    """
    read = [_read(pattern, also or {}) for pattern in patterns]
    anyway = f"COALESCE({', '.join([*read, _read(ANYTHING, {}), _unread()])})"
    embedded = f"CASE WHEN t[1] = '{{' AND json_valid(t) THEN t ELSE {let('split_part(t, chr(10), 1)', 'head', anyway)} END"
    return let(text, "t", f"CASE WHEN regexp_matches(t, '\\S') THEN {embedded} END")


def fields(message: str) -> str:
    """SQL: what `message` says as key=value or [key: value], as a JSON object (VARCHAR); NULL if nothing."""
    found = f"regexp_extract_all({message}, {literal(_FIELD)})"
    bare = f"list_transform({found}, lambda f: ltrim(f, ' ,;[({{|' || chr(9)))"
    cut = "least(nullif(strpos(f, '='), 0), nullif(strpos(f, ':'), 0))"
    split = f"list_transform({bare}, lambda f: {{'k': substr(f, 1, {cut} - 1), 'v': ltrim(substr(f, {cut} + 1))}})"
    pairs = f"list_transform({split}, lambda p: {{'k': p.k, 'v': {_unquoted('p.v')}}})"
    has_some = f"contains({message}, '=') OR contains({message}, ':')"
    return f"CASE WHEN {has_some} THEN {let(pairs, 'ps', object_from_pairs('ps'))} END"


def _unquoted(value: str) -> str:
    inside = rf"""replace(replace({value}[2:-2], '\"', '"'), '\\', '\')"""
    is_quoted = f"{value}[1] = '\"' AND {value}[-1] = '\"' AND length({value}) > 1"
    return f"CASE WHEN {is_quoted} THEN {inside} ELSE {value} END"


def stack() -> str:
    """SQL over `t`: the lines after the first; NULL if there are none."""
    return "nullif(rtrim(substr(t, length(head) + 2), chr(10)), '')"


def error() -> str:
    """SQL over `t`: the line that names the exception: what caused it in the end, else the one that was thrown."""
    below = "substr(t, length(head) + 2)"
    root = f"nullif(regexp_extract_all({below}, {literal(_ROOT)}, 1)[-1], '')"
    thrown = f"split_part(regexp_extract_all({below}, {literal(_ERROR)}, 1)[1], chr(10), 1)"
    return f"CASE WHEN contains(t, chr(10)) THEN COALESCE({root}, {thrown}) END"


def _read(pattern: str, also: dict[str, str]) -> str:
    names = list(_compiled(pattern).groupindex)
    merged: dict[str, list[str]] = {}
    for name in names:
        merged.setdefault(re.sub(r"_\d$", "", name), []).append(f"nullif(m.{name}, '')")
    values = {name: _first(found) for name, found in merged.items()}
    if "message" in values:
        values["message"] = "m.message"
        values |= {"fields": f"CAST({fields('m.message')} AS JSON)"}
    values |= {"error": error(), "stack": stack()}
    values |= {name: value for name, value in also.items() if set(_GROUP.findall(value)) <= set(names)}
    matched = f"regexp_matches(head, {literal(pattern)})"
    return f"CASE WHEN {matched} THEN {let(groups('head', pattern, names), 'm', object_of(values))} END"


def _first(values: list[str]) -> str:
    return values[0] if len(values) == 1 else f"COALESCE({', '.join(values)})"


def _unread() -> str:
    return object_of({"message": "head", "error": error(), "stack": stack()})


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
