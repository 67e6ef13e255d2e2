"""Attempts, dead letters and where they came from."""

from __future__ import annotations

from collections.abc import Callable

from evtrace.ingest.readings.texts import last_part

_ACK = "^[$]JS[.]ACK[.](?:[^.]+[.][^.]+[.])?([^.]+)[.]([^.]+)[.]([0-9]+)[.]([0-9]+)[.]([0-9]+)[.]([0-9]+)[.]([0-9]+)"


def _death_count(x: str) -> str:
    """Attempts before this one: a message that expired in a queue was not handed to anybody there.

    Right after it was refused it lies in another queue, whose readers have not tried it yet.
    """
    reason = "COALESCE(json_extract_string(d, '$.reason'), '')"
    refused = f"list_filter(TRY(json_extract({x}, '$[*]')), lambda d: {reason} <> 'expired')"
    counts = f"list_transform({refused}, lambda d: TRY_CAST(json_extract_string(d, '$.count') AS BIGINT))"
    newest = f"COALESCE(TRY(json_extract_string({x}, '/0/reason')), 'expired')"
    return f"CASE WHEN {newest} = 'expired' THEN CAST(list_sum({counts}) + 1 AS INTEGER) END"


def _hop_death(x: str) -> str:
    reason = f"TRY(json_extract_string({x}, '/0/reason'))"
    return f"CASE WHEN {reason} = 'expired' THEN 'retry' WHEN {reason} IS NOT NULL THEN 'dead_letter' END"


def _refused(x: str, *names: str) -> str:
    """Of the newest refusal the first of `names` that says something; to expire in a queue is none."""
    reason = "COALESCE(json_extract_string(d, '$.reason'), '')"
    newest = f"list_filter(TRY(json_extract({x}, '$[*]')), lambda d: {reason} <> 'expired')[1]"
    said = (f"NULLIF(json_extract_string({newest}, '/{name}'), '')" for name in names)
    return f"COALESCE({', '.join(said)}, NULL)"


def _place(x: str) -> str:
    """The last part of an ARN, URI or resource path; a plain name as it is."""
    return f"CASE WHEN contains({x}, ':') OR contains({x}, '/') THEN {last_part(x)} ELSE NULLIF({x}, '') END"


def _js_ack(x: str, group: int) -> str:
    """Parts of a JetStream reply subject (ADR-15): stream, consumer, deliveries, stream and consumer position, time."""
    return f"NULLIF(regexp_extract({x}, '{_ACK}', {group}), '')"


def _number(x: str) -> str:
    """A number as text, or as its bytes, highest first: so Spring writes it into a header."""
    bytes_ = f"list_transform(string_split({x}, ''), lambda c: CAST(unicode(c) AS BIGINT))"
    is_bytes = f"starts_with({x}, chr(0)) AND length({x}) IN (4, 8)"
    return f"COALESCE(TRY_CAST({x} AS BIGINT), CASE WHEN {is_bytes} THEN list_reduce({bytes_}, lambda a, b: a * 256 + b) END)"


READINGS: dict[str, Callable[[str], str]] = {
    "received": lambda x: f"CASE WHEN {x} <> '' THEN 'receive' END",
    "plus_one": lambda x: f"TRY_CAST({x} AS INTEGER) + 1",
    "death_count": _death_count,
    "hop_death": _hop_death,
    "hop_dead_letter": lambda x: f"CASE WHEN {x} <> '' THEN 'dead_letter' END",
    "hop_count": lambda x: f"CASE WHEN TRY_CAST({x} AS INTEGER) > 0 THEN 'retry' END",
    "hop_retry": lambda x: f"CASE WHEN {x} <> '' THEN 'retry' END",
    # Through the default exchange, which has no name, the key names the queue.
    "death_channel": lambda x: _refused(x, "exchange", "routing-keys/0"),
    "death_grp": lambda x: _refused(x, "queue"),
    "origin_channel": _place,
    "origin_part": _number,
    "origin_pos": _number,
    "origin_grp": _place,
    "shard": lambda x: f"TRY_CAST(regexp_extract({x}, '^shardId-([0-9]+)', 1) AS BIGINT)",
    "js_ack_channel": lambda x: _js_ack(x, 1),
    "js_ack_part": lambda x: f"CASE WHEN {_js_ack(x, 4)} IS NOT NULL THEN 0 END",
    "js_ack_grp": lambda x: _js_ack(x, 2),
    "js_ack_attempt": lambda x: f"TRY_CAST({_js_ack(x, 3)} AS INTEGER)",
    "js_ack_pos": lambda x: f"TRY_CAST({_js_ack(x, 4)} AS BIGINT)",
    "js_ack_time": lambda x: f"TRY_CAST({_js_ack(x, 6)} AS BIGINT)",
}
