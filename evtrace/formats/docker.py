"""Docker's json-file driver: {"log", "stream", "time"} a line."""

from __future__ import annotations

from evtrace.formats import Sample, jsonl

NAME = "docker"
SHAPE = "line"
UNIT = "line"
INNER = "log"
SAMPLES = (
    '{"log":"14:02:11.513 INFO order placed\\n","stream":"stdout","time":"2026-11-20T14:02:11.513204Z"}\n'
    '{"log":"\\tat com.example.Order\\n","stream":"stderr","attrs":{"tag":"shop"},"time":"2026-11-20T14:02:11.6Z"}\n',
)

doc = jsonl.doc
skip = jsonl.skip


def detect(sample: Sample) -> float:
    return 0.95 * sample.share_of_objects("log", "stream", "time")
