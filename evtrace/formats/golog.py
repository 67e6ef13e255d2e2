"""Go's log package: `2026/11/20 14:02:11.513000 file.go:23: message`, also with a pid or level."""

from __future__ import annotations

from evtrace.formats import Sample, headers

NAME = "golog"
SHAPE = "text"
UNIT = "line"
INNER = None
SAMPLES = (
    "2026/11/20 14:02:11 order placed order_id=order-8123\n",
    "2026/11/20 14:02:11.513204 outbox.go:88: publish failed: broken pipe\ngoroutine 7 [running]:\nmain.run()\n",
)
START = headers.START

PATTERN = (
    r"^(?:\[(?P<pid>\d+)\] )?(?P<time>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})?) "
    r"(?:(?P<logger>[\w./-]+\.go:\d+): )?(?:\[?(?P<level>"
    + headers.ANY_LEVEL
    + r")\b\]?:? +)?(?P<message>.*)"
)


def detect(sample: Sample) -> float:
    return 0.9 * headers.share(sample, PATTERN)


def doc(text: str) -> str:
    return headers.doc(text, PATTERN)
