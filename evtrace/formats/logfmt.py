"""logfmt: the whole line is key=value pairs, values with blanks in quotes."""

from __future__ import annotations

import re

from evtrace.formats import Sample
from evtrace.formats.sql import let, literal, object_from_pairs

NAME = "logfmt"
SHAPE = "line"
UNIT = "line"
INNER = None
SAMPLES = (
    'ts=2026-11-20T14:02:11.513Z level=info msg="order placed" order_id=order-8123 retry=false\n'
    'ts=2026-11-20T14:02:12.001Z level=error msg="said \\"no\\"" err="card expired" empty= alone\n',
)

_KEY = r'[^\s="]+'
_PAIR = _KEY + r'(?:=(?:"(?:[^"\\]|\\.)*"|[^\s"]*))?'
#: Words alone are true, but a line of words only is no logfmt: two pairs at least, the first in front.
_LINE = r"^\s*[A-Za-z_@][^\s=\"]*=(?:\"(?:[^\"\\]|\\.)*\"|[^\s\"]*)(?:\s+" + _PAIR + r")*\s*$"
_PAIRS = re.compile(r'(?:^|\s)[A-Za-z_@][^\s="]*=')
_WHOLE = re.compile(_LINE)


def detect(sample: Sample) -> float:
    return 0.9 * sample.share(_is_logfmt(line) for line in sample.lines[:50])


def doc(text: str) -> str:
    found = f"regexp_extract_all({text}, {literal(_PAIR)})"
    key = "split_part(f, '=', 1)"
    value = "CASE WHEN contains(f, '=') THEN substr(f, strpos(f, '=') + 1) ELSE 'true' END"
    pairs = f"list_transform(fs, lambda f: {{'k': {key}, 'v': {_unquoted(value)}}})"
    built = let(found, "fs", let(pairs, "ps", object_from_pairs("ps")))
    return f"CASE WHEN regexp_matches({text}, {literal(_LINE)}) THEN {built} END"


def skip(text: str) -> str:
    return "FALSE"


def _unquoted(value: str) -> str:
    escapes = {r"\n": "chr(10)", r"\t": "chr(9)", r"\"": "'\"'", r"\\": r"'\'"}
    inside = "v[2:-2]"
    for escape, meant in escapes.items():
        inside = f"replace({inside}, '{escape}', {meant})"
    return let(value, "v", f"CASE WHEN v[1] = '\"' AND length(v) > 1 THEN {inside} ELSE v END")


def _is_logfmt(line: str) -> bool:
    return len(line) < 20_000 and len(_PAIRS.findall(line)) > 1 and _WHOLE.match(line) is not None
