"""What `kubectl logs` adds with --prefix and --timestamps: `[pod/name/container] time text`."""

from __future__ import annotations

import re

from evtrace.formats import Sample, headers
from evtrace.formats.sql import groups, let, literal, object_of

NAME = "kubectl"
SHAPE = "line"
UNIT = "line"
INNER = "log"
SAMPLES = (
    '[pod/billing-6f7d-x2/server] {"level":"info","event":"charged"}\n[pod/billing-6f7d-x2/server] done\n',
    "[pod/billing-6f7d-x2/server] 2026-11-20T14:02:11.513204871Z order placed order_id=order-8123\n",
    "2026-11-20T14:02:11.513204871Z 2026-11-20 14:02:11,513 INFO shop.orders: order placed\n"
    '2026-11-20T14:02:12.000000001Z {"level":"info"}\n',
)

_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}(?:Z|[+-]\d\d:\d\d)"
_LINE = (
    r"^(?:\[(?:pod/)?(?P<pod>[^/\]\s]+)/(?P<container>[^/\]\s]+)\] (?:(?P<time>" + _TIME + r")(?: |$))?"
    r"|(?P<time_2>" + _TIME + r")(?: |$))(?P<log>.*)"
)
_NAMES = ["pod", "container", "time", "time_2", "log"]
_PREFIXED = re.compile(r"^\[pod/[^/\]\s]+/[^/\]\s]+\] ")
#: A time alone is kubectl's when the application's own line begins behind it.
_TIMED = re.compile(r"^" + _TIME + r" (?:" + headers.START[1:] + r"|" + headers.LEVEL + r"\b.*\d\d:\d\d)")


def detect(sample: Sample) -> float:
    lines = sample.lines[:50]
    prefixed = 0.97 * sample.share(_PREFIXED.match(line) is not None for line in lines)
    return max(prefixed, 0.9 * sample.share(_TIMED.match(line) is not None for line in lines))


def doc(text: str) -> str:
    values = {
        "pod": "nullif(m.pod, '')",
        "container": "nullif(m.container, '')",
        "time": "COALESCE(nullif(m.time, ''), nullif(m.time_2, ''))",
        "log": "m.log",
    }
    read = let(groups(text, _LINE, _NAMES), "m", object_of(values))
    return f"CASE WHEN regexp_matches({text}, {literal(_LINE)}) THEN {read} END"


def skip(text: str) -> str:
    return "FALSE"
