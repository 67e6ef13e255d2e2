"""What AWS Lambda's runtimes write: START, END and REPORT of each invocation, and the function's lines between.

Node.js writes `time TAB request TAB level TAB message`, Python `[level] TAB time TAB request TAB message`.
"""

from __future__ import annotations

from evtrace.formats import Sample, headers

NAME = "lambda"
SHAPE = "text"
UNIT = "line"
INNER = None
SAMPLES = (
    "2026-11-20T14:02:11.513Z\t8f5f3f5a-1111-4222-8333-444455556666\tERROR\tInvoke Error\tdeclined order-8123\n",
    "[ERROR]\t2026-11-20T14:02:11.513Z\t8f5f3f5a-1111-4222-8333-444455556666\tdeclined order-8123\n",
    "2026-11-20T14:02:11.513Z START RequestId: 8f5f3f5a-1111-4222-8333-444455556666 Version: $LATEST\n"
    "2026-11-20T14:02:11.812Z 8f5f3f5a-1111-4222-8333-444455556666 Task timed out after 3.00 seconds\n"
    "2026-11-20T14:02:11.813Z END RequestId: 8f5f3f5a-1111-4222-8333-444455556666\n"
    "2026-11-20T14:02:11.813Z REPORT RequestId: 8f5f3f5a-1111-4222-8333-444455556666\tDuration: 301.12 ms\n",
)
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_TIME = r"(?P<time>" + headers.TIME + r")"
_REQUEST = r"(?P<lambda_request_id>" + _UUID + r")"
_LEVEL = r"(?P<level>" + headers.LEVEL + r")"
NODE = r"^" + _TIME + r"\s+" + _REQUEST + r"\s+" + _LEVEL + r"\s+(?P<message>.*)"
PYTHON = r"^\[" + _LEVEL + r"\]\s+" + _TIME + r"\s+" + _REQUEST + r"\s+(?P<message>.*)"
PLATFORM = r"^(?:" + _TIME + r"\s+)?(?P<message>(?:START|END|REPORT) RequestId: " + _REQUEST + r".*)"
TIMEOUT = r"^(?:" + _TIME + r"\s+)?" + _REQUEST + r" (?P<message>Task timed out after .*)"
START = (
    "^(?:"
    + "|".join((*headers.STARTS, r"\[" + headers.LEVEL + r"\]\s+\d{4}-", r"(?:START|END|REPORT) RequestId: "))
    + ")"
)


def detect(sample: Sample) -> float:
    return 0.97 * headers.share(sample, NODE, PYTHON, PLATFORM, TIMEOUT, start=START)


def doc(text: str) -> str:
    return headers.doc(text, NODE, PYTHON, PLATFORM, TIMEOUT)
