"""Redis's server log: `pid:role day month year time mark text`."""

from __future__ import annotations

from evtrace.formats import Sample, headers

NAME = "redis_log"
SHAPE = "text"
UNIT = "line"
INNER = None
SAMPLES = (
    "5552:C 21 Nov 2026 02:39:01.545 # Configuration loaded\n5552:M 21 Nov 2026 02:39:01.546 * Ready to accept connections\n"
    "5552:signal-handler (1795228751) Received SIGTERM scheduling shutdown...\n",
)

_DAY = r"(?P<day>\d\d) (?P<month>[A-Z][a-z]{2}) (?P<year>\d{4}) (?P<clock>\d\d:\d\d:\d\d(?:\.\d{1,6})?)"
PATTERN = r"^(?P<pid>\d+):(?P<role>[XCSM]) " + _DAY + r" (?P<mark>[.\-*#]) (?P<message>.*)"
SIGNAL = r"^(?P<pid>\d+):(?P<role>signal-handler) \((?P<time>\d+)\) (?P<message>.*)"
START = headers.START[:-1] + r"|\d+:[XCSM] \d\d [A-Z][a-z]{2} \d{4} |\d+:signal-handler \()"

_LEVELS = (
    "CASE m.mark WHEN '#' THEN 'warning' WHEN '*' THEN 'notice' WHEN '-' THEN 'verbose' ELSE 'debug' END"
)
#: The day is told in an order that few others use.
_TIME = "m.year || ' ' || m.month || ' ' || m.day || ' ' || m.clock"


def detect(sample: Sample) -> float:
    return 0.97 * headers.share(sample, PATTERN, SIGNAL, start=START)


def doc(text: str) -> str:
    return headers.doc(text, PATTERN, SIGNAL, also={"broker": "'redis'", "level": _LEVELS, "time": _TIME})
