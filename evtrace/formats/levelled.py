"""Lines that begin with a level and no time: `ERROR:shop:message`, `[INFO] message`, `WARN message`."""

from __future__ import annotations

from evtrace.formats import Sample, headers

NAME = "levelled"
SHAPE = "text"
UNIT = "line"
INNER = None
SAMPLES = (
    "INFO:shop.orders:order placed order_id=order-8123\nERROR:shop.billing:declined\nTraceback (most recent call last):\n"
    "ValueError: card expired\n",
    "[INFO] order placed\n[WARN] retry 2\n",
    "INFO:     Started server process [4711]\n",
)
START = headers.LEVEL_START

NAMED = r"^(?P<level>" + headers.LEVEL + r"):(?P<logger>[A-Za-z_][\w.\-]*):(?P<message>.*)"
PLAIN = (
    r"^(?:\[(?P<level>"
    + headers.ANY_LEVEL
    + r")\]|(?P<level_2>"
    + headers.LEVEL
    + r")[:\s])[:\s]*(?P<message>.*)"
)


def detect(sample: Sample) -> float:
    return 0.5 * headers.share(sample, NAMED, PLAIN, start=START)


def doc(text: str) -> str:
    return headers.doc(text, NAMED, PLAIN)
