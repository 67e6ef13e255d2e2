"""Kafka's log4j pattern: `[time] LEVEL message (logger)`, also with the message over several lines."""

from __future__ import annotations

from evtrace.formats import Sample, headers

NAME = "bracketed"
SHAPE = "text"
UNIT = "line"
INNER = None
SAMPLES = (
    "[2026-11-20 14:02:11,513] INFO [GroupCoordinator 0]: Stabilized group billing generation 3 "
    "(__consumer_offsets-7) (kafka.coordinator.group.GroupCoordinator)\n",
    "[2026-11-20 14:02:11,513] INFO [Consumer clientId=c-1, groupId=billing] Reconciling assignment\n"
    "\tAssigned partitions:                       [orders-0]\n"
    " (org.example.consumer.Membership)\n",
    "[2026-11-20 14:02:12,007] ERROR [main] Exiting (kafka.Kafka$)\njava.io.IOException: disk\n\tat a.B.c(B.java:1)\n",
)
START = headers.START

PATTERN = (
    r"^\[(?P<time>" + headers.TIME + r")\]\s+(?P<level>" + headers.LEVEL + r")\s+"
    r"(?P<message>.*?)(?:\s\((?P<logger>[A-Za-z_][\w.$]*)\))?\s*$"
)
_LOGGER_BELOW = r"nullif(regexp_extract(t, '\n \(([A-Za-z_][\w.$]*)\)\s*$', 1), '')"


def detect(sample: Sample) -> float:
    return 0.93 * headers.share(sample, PATTERN)


def doc(text: str) -> str:
    return headers.doc(text, PATTERN, also={"logger": f"COALESCE(nullif(m.logger, ''), {_LOGGER_BELOW})"})
