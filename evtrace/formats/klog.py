"""klog and glog, as in Kubernetes: `I1120 14:02:11.513000   4711 file.go:23] message`; no year."""

from __future__ import annotations

from evtrace.formats import Sample, headers

NAME = "klog"
SHAPE = "text"
UNIT = "line"
INNER = None
SAMPLES = (
    'I1120 14:02:11.513204    4711 controller.go:118] "Reconciled order" order="shop/order-8123" attempt=2\n',
    "E1120 14:02:12.000001       1 broker.go:7] lost connection: broken pipe\n",
)
START = headers.START

PATTERN = (
    r"^(?P<letter>[IWEF])(?P<time_of_year>\d{4} \d\d:\d\d:\d\d(?:\.\d{1,9})?)\s+(?P<pid>\d+)\s+"
    r"(?P<logger>[^\]\s]+)\] (?P<message>.*)"
)
_LEVEL = "CASE m.letter WHEN 'I' THEN 'INFO' WHEN 'W' THEN 'WARN' WHEN 'E' THEN 'ERROR' ELSE 'FATAL' END"


def detect(sample: Sample) -> float:
    return 0.97 * headers.share(sample, PATTERN)


def doc(text: str) -> str:
    return headers.doc(text, PATTERN, also={"level": _LEVEL, "letter": "NULL"})
