"""Python's logging: `time LEVEL name: message` and `time - name - LEVEL - message`."""

from __future__ import annotations

from evtrace.formats import Sample, headers

NAME = "pylog"
SHAPE = "text"
UNIT = "line"
INNER = None
SAMPLES = (
    "2026-11-20 14:02:11,513 INFO shop.orders: order placed order_id=order-8123\n",
    "2026-11-20 14:02:11,513 - shop.billing - ERROR - charge failed\nTraceback (most recent call last):\n"
    '  File "/app/billing.py", line 12, in charge\n    raise ValueError("card expired")\nValueError: card expired\n',
    "[2026-11-20 14:02:11,513: WARNING/MainProcess] Task shop.ship[6f0a8b7c] retry in 5s\n",
)
START = headers.START

_TIME = r"(?P<time>" + headers.TIME + r")"
_LEVEL = r"(?P<level>" + headers.LEVEL + r")"
SPACED = r"^" + _TIME + r"\s+" + _LEVEL + r"\s+(?P<logger>[A-Za-z_][\w.\-]*)\s*(?::| -) (?P<message>.*)"
DASHED = r"^" + _TIME + r" - (?P<logger>[^\s-][^\s]*) - " + _LEVEL + r" - (?P<message>.*)"
CELERY = r"^\[" + _TIME + r": " + _LEVEL + r"/(?P<thread>[^\]]+)\] (?P<message>.*)"


def detect(sample: Sample) -> float:
    return 0.92 * headers.share(sample, SPACED, DASHED, CELERY)


def doc(text: str) -> str:
    return headers.doc(text, SPACED, DASHED, CELERY)
