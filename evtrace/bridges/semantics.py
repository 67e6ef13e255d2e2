"""What a span says: OpenTelemetry's messaging conventions, and evtrace's own names for what they lack."""

from __future__ import annotations

from dataclasses import dataclass

#: https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
_MESSAGING = "span_kind <> 'internal'"


@dataclass(frozen=True)
class Attribute:
    """A name, the SQL of its value over told_spans (NULL: absent) and what kind of value it is."""

    key: str
    value: str
    kind: str = "string"  # string, int, double or bool


def _of_kafka(value: str) -> str:
    return f"CASE WHEN broker = 'kafka' THEN {value} END"


ATTRIBUTES = (
    Attribute("messaging.system", f"CASE WHEN {_MESSAGING} THEN broker END"),
    Attribute("messaging.operation.type", "CASE span_kind WHEN 'producer' THEN 'send' WHEN 'consumer' THEN 'process' END"),
    Attribute("messaging.operation.name", "CASE span_kind WHEN 'producer' THEN 'send' WHEN 'consumer' THEN 'process' END"),
    Attribute("messaging.destination.name", "channel"),
    Attribute("messaging.destination.partition.id", "CAST(part AS VARCHAR)"),
    Attribute("messaging.kafka.offset", _of_kafka("pos"), "int"),
    Attribute("messaging.kafka.message.key", _of_kafka("message_key")),
    Attribute("messaging.consumer.group.name", "grp"),
    Attribute("messaging.client.id", "consumer"),
    Attribute("messaging.message.id", "message_id"),
    Attribute("messaging.message.conversation_id", "correlation_id"),
    Attribute("cloudevents.event_type", f"CASE WHEN {_MESSAGING} THEN event_type END"),
    Attribute("thread.name", "worker"),
    Attribute("error.type", "CASE WHEN status = 'error' THEN COALESCE(outcome, 'error') END"),
    Attribute("exception.message", "error"),
    Attribute("evtrace.flow_id", "flow_id", "int"),
    Attribute("evtrace.event_id", "event_id"),
    Attribute("evtrace.position", "CASE WHEN broker IS DISTINCT FROM 'kafka' THEN pos END", "int"),
    Attribute("evtrace.message_key", "CASE WHEN broker IS DISTINCT FROM 'kafka' THEN message_key END"),
    Attribute("evtrace.attempt", "CASE WHEN attempt > 1 THEN attempt END", "int"),
    Attribute("evtrace.copies", "CASE WHEN copies > 1 THEN copies END", "int"),
    Attribute("evtrace.cause.rule", "rule"),
    Attribute("evtrace.cause.confidence", "confidence", "double"),
    Attribute("evtrace.cause.kind", "CASE WHEN edge_kind <> 'causes' THEN edge_kind END"),
    Attribute("evtrace.undated", "CASE WHEN is_undated THEN TRUE END", "bool"),
    Attribute("evtrace.end_not_seen", "CASE WHEN is_open THEN TRUE END", "bool"),
    Attribute("evtrace.trace_id", "read_trace_id"),
    Attribute("evtrace.source", "uri"),
    Attribute("evtrace.line", "line", "int"),
    Attribute("evtrace.verdict", "CASE WHEN parent_span_id IS NULL THEN verdict END"),
)  # fmt: skip
