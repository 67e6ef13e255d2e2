"""journalctl -o json: one entry a line; a MESSAGE that is no UTF-8 text comes as an array of bytes."""

from __future__ import annotations

from evtrace.formats import Sample, jsonl
from evtrace.formats.sql import let

NAME = "journald"
SHAPE = "line"
UNIT = "line"
INNER = "MESSAGE"
SAMPLES = (
    '{"__REALTIME_TIMESTAMP":"1795183331513204","_HOSTNAME":"node-1","PRIORITY":"6","SYSLOG_IDENTIFIER":"billing",'
    '"MESSAGE":"charged order_id=order-8123"}\n'
    '{"__REALTIME_TIMESTAMP":"1795183331513205","_HOSTNAME":"node-1","PRIORITY":"3","MESSAGE":[195,169,27,91,51]}\n',
)

skip = jsonl.skip


def detect(sample: Sample) -> float:
    return 0.96 * max(
        sample.share_of_objects("__REALTIME_TIMESTAMP"), sample.share_of_objects("MESSAGE", "_HOSTNAME")
    )


def doc(text: str) -> str:
    entry = jsonl.doc(text)
    bytes_ = "TRY_CAST(from_json(json_extract(e, '$.MESSAGE'), '[\"UTINYINT\"]') AS UTINYINT[])"
    told = f"json_set(e, '$.MESSAGE', to_json({let(bytes_, 'bs', _text('bs'))}))"
    is_bytes = "json_type(e, '$.MESSAGE') = 'ARRAY'"
    return let(entry, "e", f"CASE WHEN {is_bytes} THEN CAST({told} AS VARCHAR) ELSE e END")


def _text(numbers: str) -> str:
    """SQL: the bytes as UTF-8 text, or each as a character where they are none."""
    hexed = f"array_to_string(list_transform({numbers}, lambda b: printf('%02x', b)), '')"
    singly = f"array_to_string(list_transform({numbers}, lambda b: chr(b)), '')"
    return f"COALESCE(TRY(decode(unhex({hexed}))), {singly})"
