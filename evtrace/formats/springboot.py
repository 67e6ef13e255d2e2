"""Spring Boot's console pattern: time, level, [app,trace,span], pid --- [thread] logger : message."""

from __future__ import annotations

from evtrace.formats import Sample, headers

NAME = "springboot"
SHAPE = "text"
UNIT = "line"
INNER = None
SAMPLES = (
    "2026-11-20T14:02:11.513Z  INFO 4711 --- [order-service] [nio-8080-exec-1] "
    "[9f1c6a0f3b7d4e2a8c5b1d0e7f6a9b3c-2b4d6f8a0c1e3f57] c.e.shop.OrderController : order placed orderId=order-8123\n",
    "2026-11-20 14:02:11.513  INFO [order-service,9f1c6a0f3b7d4e2a,2b4d6f8a0c1e3f57,true] 4711 --- "
    "[ntainer#0-0-C-1] c.e.shop.PaymentListener      : received PaymentTaken\n",
    "2026-11-20T14:02:11.513+01:00 ERROR 4711 --- [ntainer#0-0-C-1] o.s.k.l.KafkaMessageListenerContainer    : "
    "Error handler threw an exception\n\njava.lang.IllegalStateException: order-8123 is closed\n"
    "\tat com.example.shop.Orders.close(Orders.java:42)\n"
    "2026-11-20T14:02:12.000+01:00  INFO 4711 --- [ntainer#0-0-C-1] c.e.shop.Orders : next\n",
)
START = headers.START

_CORRELATION = r"\[(?P<service>[^\],]*),(?P<trace_id>[0-9a-fA-F]*),(?P<span_id>[0-9a-fA-F]*)(?:,\w*)*\]\s+"
_CORRELATION_3 = r"\[\s*(?:(?P<trace_id_3>[0-9a-fA-F]{16,32})-(?P<span_id_3>[0-9a-fA-F]{16}))?\s*\]\s+"
PATTERN = (
    r"^(?P<time>" + headers.TIME + r")\s+(?P<level>" + headers.LEVEL + r")\s+(?:" + _CORRELATION + r")?"
    r"(?P<pid>\d+|\$\{[^}]*\}) --- (?:\[(?P<service_2>[^\]]*)\] )??\[\s*(?P<thread>[^\]]*)\]\s+(?:"
    + _CORRELATION_3
    + r")?"
    r"(?P<logger>[^\s\[]\S*)\s*: (?P<message>.*)"
)


def detect(sample: Sample) -> float:
    return 0.96 * headers.share(sample, PATTERN)


def doc(text: str) -> str:
    return headers.doc(text, PATTERN)
