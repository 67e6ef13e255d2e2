"""What `docker compose logs` puts before each line: `service-1  | text`, with -t also the time."""

from __future__ import annotations

import re

from evtrace.formats import Sample
from evtrace.formats.sql import groups, let, literal, object_of

NAME = "compose"
SHAPE = "line"
UNIT = "line"
INNER = "log"
SAMPLES = (
    "billing-1  | 2026-11-20 14:02:11,513 INFO shop.billing: charged order_id=order-8123\n"
    'orders-1   | {"level":"info","event":"order placed"}\nbilling-1  | \n',
    "billing-1  | 2026-11-20T14:02:11.513204871Z INFO charged\n",
)

_LINE = (
    r"^(?P<container>[A-Za-z0-9][\w.-]*?) +\| ?"
    r"(?:(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z) )?(?P<log>.*)"
)
_KNOWN = re.compile(_LINE)


def detect(sample: Sample) -> float:
    """A table on a terminal has such bars too, but not one name again and again before the first."""
    names = [found["container"] for line in sample.lines[:50] if (found := _KNOWN.match(line))]
    sure = 0.95 if any(re.search(r"[-_]\d+$", name) for name in names) else 0.4
    return sure * len(names) / max(1, len(sample.lines[:50]))


def doc(text: str) -> str:
    values = {"container": "m.container", "time": "nullif(m.time, '')", "log": "m.log"}
    read = let(groups(text, _LINE, list(_KNOWN.groupindex)), "m", object_of(values))
    return f"CASE WHEN regexp_matches({text}, {literal(_LINE)}) THEN {read} END"


def skip(text: str) -> str:
    return "FALSE"
