"""The words of the project that code shares: kinds of record and roles of a field."""

from __future__ import annotations

KINDS = (
    "publish",
    "receive",
    "ack",
    "nack",
    "commit",
    "assign",
    "revoke",
    "reset",
    "dead_letter",
    "drop",
    "rebalance",
    "end_offset",
    "gauge",
    "process",
    "log",
)

#: What a field can mean. Each role but `duration`, `operation` and the `ids` fills the column of the
#: same name in the table records; `operation` decides `kind`, `duration` gives `end_ts`.
ROLES = (
    "ts",
    "end_ts",
    "duration",
    "operation",
    "service",
    "producer",
    "instance",
    "worker",
    "broker",
    "cluster",
    "channel",
    "part",
    "pos",
    "pos_text",
    "grp",
    "consumer",
    "event_id",
    "event_type",
    "message_key",
    "version",
    "event_ts",
    "publish_ts",
    "correlation_id",
    "causation_id",
    "trace_id",
    "span_id",
    "parent_span_id",
    "span_links",
    "attempt",
    "redelivered",
    "hop",
    "routed",
    "outcome",
    "error",
    "level",
    "message",
    "schema_ref",
    "schema_version",
    "payload",
    "origin",
)

LEVELS = ("trace", "debug", "info", "warn", "error", "fatal")

NS_PER_S = 1_000_000_000

#: How the logs of brokers say that a client is gone; the line names the client.
CONNECTION_CLOSED = r"(?i)\bclos(ing|ed)\b.*\bconnection\b|\bconnection\b.*\b(closed|lost|reset)\b"
