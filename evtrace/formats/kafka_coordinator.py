"""The formatters of Kafka 4 for __consumer_offsets and __transaction_state: {"key", "value"} objects in JSON.

The console consumer puts nothing between the objects; with newlines added they are read as well.
"""

from __future__ import annotations

import re

from evtrace.formats import Sample, coordinator
from evtrace.formats.documents import whole

NAME = "kafka-coordinator"
SHAPE = "document"
UNIT = "element"
INNER = None
FANS_OUT = True
SAMPLES = (
    '{"key":{"type":1,"data":{"group":"billing","topic":"orders-eu-0","partition":1}},"value":{"version":4,"data":{"offset":7,'
    '"leaderEpoch":0,"metadata":"","commitTimestamp":1795183331513}}}{"key":{"type":1,"data":{"group":"billing","topic":'
    '"orders-eu-0","partition":1}},"value":null}\n',
    '{"key":{"type":2,"data":{"group":"billing"}},"value":{"version":3,"data":{"generation":3,"protocol":"range","leader":"c-1",'
    '"currentStateTimestamp":1795183331513,"members":[{"memberId":"c-1","assignment":"AAMAAAABAAZvcmRlcnMAAAACAAAAAAAAAAH/////"}]}}}\n'
    '{"key":{"version":2,"data":{"group":"billing"}},"value":null}\n',
    '{"key":{"type":0,"data":{"transactionalId":"tx-1"}},"value":{"version":1,"data":{"transactionStatus":1}}}\n',
)

_KNOWN = re.compile(
    r'\s*\{"key":\{"(?:type|version)":"?\d+"?,"data":\{[^{}]*"(?:group|groupId|transactionalId)"'
)


def detect(sample: Sample) -> float:
    return 0.97 if _KNOWN.match(sample.text) else 0.0


elements = whole


def steps() -> tuple[dict[str, str], ...]:
    key = "CAST(json_extract(element, '/key') AS VARCHAR)"
    value = "CASE WHEN json_type(element, '/value') = 'OBJECT' THEN CAST(json_extract(element, '/value') AS VARCHAR) END"
    return {"ck": key, "cv": value}, coordinator.steps("ck", "cv")


def doc() -> str:
    other = "CASE WHEN json_type(element) = 'OBJECT' THEN CAST(element AS VARCHAR) END"
    return f"CASE WHEN ck IS NOT NULL THEN {coordinator.doc({})} ELSE {other} END"
