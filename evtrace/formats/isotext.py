"""Text whose records begin with an ISO time, often a level, in an order no other format knows."""

from __future__ import annotations

from evtrace.formats import Sample, headers

NAME = "isotext"
SHAPE = "text"
UNIT = "line"
INNER = None
SAMPLES = (
    "2026-11-20T14:02:11.513Z INFO order placed order_id=order-8123\n",
    "2026-11-20 14:02:11.513 INFO  service=billing traceId=9f1c6a0f3b7d4e2a - charged topic=orders offset=4\n",
    "2026-11-20 14:02:11 | ERROR | shop.billing:charge:12 - declined\n",
    "2026-11-20T14:02:11: version 2.0.11 starting\n",
)
START = headers.START

#: Fields of the context stand before the message, a dash between them.
CONTEXT = (
    r"^\[?(?P<time>"
    + headers.TIME
    + r")\]?\s+(?P<level>"
    + headers.LEVEL
    + r")\s+(?P<context>(?:[A-Za-z_][\w.\-]*=\S*\s+)+)- (?P<message>.*)"
)
_LEVELLED = r"^\[?" + headers.TIME + r"\]?[ \t|,;:-]*[\[(<|]?" + headers.ANY_LEVEL + r"\b"


def detect(sample: Sample) -> float:
    """A level makes it sure; a time alone may also be anything that was given a time by a tool."""
    return 0.2 * headers.share(sample, headers.ANYTHING) + 0.4 * headers.share(sample, _LEVELLED)


def doc(text: str) -> str:
    fields = {"fields": f"CAST({headers.fields('m.context || m.message')} AS JSON)", "context": "NULL"}
    return headers.doc(text, CONTEXT, also=fields)
