"""The formatters of Kafka 4 for __consumer_offsets and __transaction_state: {"key", "value"} objects in JSON.

The console consumer puts nothing between the objects; with newlines added they are read as well.
"""

from __future__ import annotations

import re

from evtrace.formats import Sample, coordinator

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


def items(docs: str) -> str:
    """SQL. Objects one after the other in one text come apart: no text inside them looks like their border."""
    border = "regexp_replace(doc, '\\}\\s*\\{(\\s*\"key\"\\s*:)', '}' || chr(30) || '{\\1', 'g')"
    listed = f"SELECT line, string_split({border}, chr(30)) AS found FROM {docs}"
    each = f"SELECT line, unnest(found) AS raw, CAST(generate_subscripts(found, 1) AS INTEGER) AS item FROM ({listed})"
    read = f"SELECT line, item, NOT regexp_matches(raw, '\\S') AS skipped, CASE WHEN json_valid(raw) THEN raw END AS doc FROM ({each})"
    parts = (
        "SELECT *, CAST(json_extract(doc, '/key') AS VARCHAR) AS ck, "
        f"CASE WHEN json_type(doc, '/value') = 'OBJECT' THEN CAST(json_extract(doc, '/value') AS VARCHAR) END AS cv FROM ({read})"
    )
    steps = ", ".join(f"{value} AS {name}" for name, value in coordinator.steps("ck", "cv").items())
    made = f"CASE WHEN ck IS NOT NULL THEN {coordinator.doc({})} WHEN json_type(doc) = 'OBJECT' THEN doc END"
    return f"SELECT line, item, CASE WHEN NOT skipped THEN {made} END AS doc, skipped FROM (SELECT *, {steps} FROM ({parts}))"
