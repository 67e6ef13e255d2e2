"""Lines that begin with a time of day and no date: level, logger, trace and span by name, message."""

from __future__ import annotations

from evtrace.formats import Sample, headers

NAME = "timeonly"
SHAPE = "text"
UNIT = "line"
INNER = None
SAMPLES = (
    "14:02:11.513 INFO  o.s.OrderServiceImpl#532 TraceID: 9f1c6a0f3b7d4e2a8c5b1d0e7f6a9b3c "
    "SpanID: 2b4d6f8a0c1e3f57 [getOrder][Get order][OrderId: order-8123, status: 1]\n",
    "14:02:11 WARN payment refused order=order-8123\n",
    "[14:02:11 INF] Published OrderPlaced to orders\n",
)
START = headers.START

_TIME = r"^\[?(?P<time_of_day>" + headers.CLOCK + r")\]?[ \t]+\[?(?P<level>" + headers.LEVEL + r")\]?:?\s+"
TRACED = _TIME + r"(?P<logger>\S+) TraceID: (?P<trace_id>\w*) SpanID: (?P<span_id>\w*) ?(?P<message>.*)"
LEVELLED = _TIME + r"(?P<message>.*)"


def detect(sample: Sample) -> float:
    return 0.9 * headers.share(sample, LEVELLED)


def doc(text: str) -> str:
    return headers.doc(text, TRACED, LEVELLED)
