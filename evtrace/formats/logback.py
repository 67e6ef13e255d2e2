"""logback and log4j patterns: time, [thread] and level in either order, logger, message."""

from __future__ import annotations

from evtrace.formats import Sample, headers

NAME = "logback"
SHAPE = "text"
UNIT = "line"
INNER = None
SAMPLES = (
    "14:02:11.513 [main] INFO  com.example.shop.OrderService - order placed orderId=order-8123\n",
    "2026-11-20 14:02:11,513 WARN  [pool-1-thread-3] c.e.shop.Outbox:267 - retrying event_id=e-17\n",
    "2026-11-20T14:02:11,513+0100 [client-io-1-1] INFO  com.example.shop.Consumer - [orders][billing] subscribed\n",
    "2026-11-20 14:02:11.513 ERROR [billing,9f1c6a0f3b7d4e2a,2b4d6f8a0c1e3f57] [worker-2] c.e.shop.Billing: declined\n"
    "com.example.shop.Declined: card\n\tat com.example.shop.Billing.take(Billing.java:7)\n",
)
START = headers.START

_TIME = r"^(?:(?P<time>" + headers.TIME + r")|(?P<time_of_day>" + headers.CLOCK + r"))\s+"
_LEVEL = r"\[?(?P<level>" + headers.LEVEL + r")\]?\s+"
_CORRELATION = (
    r"(?:\[(?P<service>[^\],]*),(?P<trace_id>[0-9a-fA-F]*),(?P<span_id>[0-9a-fA-F]*)(?:,\w*)*\]\s+)?"
)
_LOGGER = r"(?P<logger>[A-Za-z_][\w.$#/<>\[\]-]*(?::\d+)?)(?:\s+-|\s*:)\s+(?P<message>.*)"
THREAD_FIRST = _TIME + r"\[(?P<thread>[^\]]*)\]\s+" + _LEVEL + _CORRELATION + _LOGGER
LEVEL_FIRST = _TIME + _LEVEL + _CORRELATION + r"\[(?P<thread>[^\]]*)\]\s+" + _LOGGER


def detect(sample: Sample) -> float:
    return 0.94 * headers.share(sample, THREAD_FIRST, LEVEL_FIRST)


def doc(text: str) -> str:
    return headers.doc(text, THREAD_FIRST, LEVEL_FIRST)
