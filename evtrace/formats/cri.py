"""Container runtime logs as Kubernetes keeps them: time, stream, P (part) or F (full), text."""

from __future__ import annotations

import re

from evtrace.formats import Sample
from evtrace.formats.sql import groups, let, literal, object_of

NAME = "cri"
SHAPE = "line"
UNIT = "line"
INNER = "log"
SAMPLES = (
    "2026-11-20T14:02:11.513204871Z stdout F order placed order_id=order-8123\n"
    "2026-11-20T14:02:11.600000000+01:00 stderr P the first half of \n"
    "2026-11-20T14:02:11.600000001+01:00 stderr F a long line\n",
)

_LINE = (
    r"^(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) "
    r"(?P<stream>stdout|stderr) (?P<tag>[PF])(?::\S*)?(?: |$)(?P<log>.*)"
)
_KNOWN = re.compile(_LINE)


def detect(sample: Sample) -> float:
    return 0.98 * sample.share(_KNOWN.match(line) is not None for line in sample.lines[:50])


def doc(text: str) -> str:
    values = {name: f"m.{name}" for name in ("time", "stream", "log")}
    values["partial"] = "CASE WHEN m.tag = 'P' THEN TRUE END"
    read = let(groups(text, _LINE, list(_KNOWN.groupindex)), "m", object_of(values))
    return f"CASE WHEN regexp_matches({text}, {literal(_LINE)}) THEN {read} END"


def skip(text: str) -> str:
    return "FALSE"
