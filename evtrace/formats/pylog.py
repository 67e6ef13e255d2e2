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
    "[2026-11-20 14:02:11,513: INFO/ForkPoolWorker-1] shop.ship[6f0a8b7c-11aa-4c2d-8e3f-112233445566]: packing order-8123\n",
)
START = headers.START

_TIME = r"(?P<time>" + headers.TIME + r")"
_LEVEL = r"(?P<level>" + headers.LEVEL + r")"
SPACED = r"^" + _TIME + r"\s+" + _LEVEL + r"\s+(?P<logger>[A-Za-z_][\w.\-]*)\s*(?::| -) (?P<message>.*)"
DASHED = r"^" + _TIME + r" - (?P<logger>[^\s-][^\s]*) - " + _LEVEL + r" - (?P<message>.*)"
_WORKER = r"^\[" + _TIME + r": " + _LEVEL + r"/(?P<thread>[^\]]+)\] "
CELERY = _WORKER + r"(?P<message>.*)"
#: What a task says itself stands behind its name and id.
CELERY_TASK = (
    _WORKER + r"(?P<celery_task>[A-Za-z_][\w.]*)\[(?P<celery_task_id>[0-9A-Za-z-]{8,64})\]: (?P<message>.*)"
)


def detect(sample: Sample) -> float:
    return 0.92 * headers.share(sample, SPACED, DASHED, CELERY)


def doc(text: str) -> str:
    return headers.doc(text, SPACED, DASHED, CELERY_TASK, CELERY)
