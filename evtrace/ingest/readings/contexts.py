"""Trace contexts: W3C, B3, X-Ray, Datadog, Google and Jaeger ids as W3C hex."""

from __future__ import annotations

from collections.abc import Callable


def hex_id(x: str, width: int) -> str:
    """Lower-case hex padded with zeros on the left; NULL for what is no id (empty, all zeros, other text)."""
    bare = f"lower(replace({x}, '-', ''))"
    return (
        f"CASE WHEN regexp_full_match({bare}, '[0-9a-f]{{8,{width}}}') AND NOT regexp_full_match({bare}, '0+') "
        f"THEN lpad({bare}, {width}, '0') END"
    )


def _extract(x: str, pattern: str, group: int) -> str:
    return f"NULLIF(regexp_extract(lower({x}), '{pattern}', {group}), '')"


_TRACEPARENT = "[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})"
_B3 = "^([0-9a-f]{16,32})-([0-9a-f]{16})(?:-[01d])?(?:-([0-9a-f]{16}))?"


def _xray_trace(x: str) -> str:
    return f"replace({_extract(x, '1-([0-9a-f]{8}-[0-9a-f]{24})', 1)}, '-', '')"


def _xray_span(x: str) -> str:
    return f"COALESCE({_extract(x, 'parent=([0-9a-f]{16})', 1)}, {_extract(x, '^([0-9a-f]{16})$', 1)})"


def _decimal(x: str, width: int) -> str:
    """Datadog's decimal ids are the low 64 bits; what is hex already passes."""
    number = f"TRY_CAST({x} AS UBIGINT)"
    return f"CASE WHEN {number} IS NOT NULL THEN lpad(lower(to_hex({number})), {width}, '0') ELSE {hex_id(x, width)} END"


def _b64(x: str, width: int) -> str:
    return f"CASE WHEN length({x}) BETWEEN 8 AND 24 THEN lpad(lower(hex(TRY(from_base64({x})))), {width}, '0') END"


_LINK = (
    "{'trace_id': lower(COALESCE(l->>'traceId', l->>'traceID', l->>'trace_id')), "
    "'span_id': lower(COALESCE(l->>'spanId', l->>'spanID', l->>'span_id'))}"
)


def _links(x: str) -> str:
    made = f"TRY(list_transform(json_extract({x}, '$[*]'), lambda l: {_LINK}))"
    return f"CASE WHEN starts_with({x}, '[') AND length({x}) > 2 THEN CAST(to_json({made}) AS VARCHAR) END"


def _references(x: str, kind: str) -> str:
    return f"TRY(list_filter(json_extract({x}, '$[*]'), lambda r: r->>'refType' = '{kind}'))"


def _jaeger_links(x: str) -> str:
    made = f"list_transform({_references(x, 'FOLLOWS_FROM')}, lambda l: {_LINK})"
    return f"CASE WHEN len({_references(x, 'FOLLOWS_FROM')}) > 0 THEN CAST(to_json({made}) AS VARCHAR) END"


READINGS: dict[str, Callable[[str], str]] = {
    "hex_trace": lambda x: hex_id(x, 32),
    "hex_span": lambda x: hex_id(x, 16),
    "traceparent_trace": lambda x: _extract(x, _TRACEPARENT, 1),
    "traceparent_span": lambda x: _extract(x, _TRACEPARENT, 2),
    "b3_trace": lambda x: f"lpad({_extract(x, _B3, 1)}, 32, '0')",
    "b3_span": lambda x: _extract(x, _B3, 2),
    "b3_parent": lambda x: _extract(x, _B3, 3),
    "xray_trace": _xray_trace,
    "xray_span": _xray_span,
    "dd_trace": lambda x: _decimal(x, 32),
    "dd_span": lambda x: _decimal(x, 16),
    "b64_trace": lambda x: _b64(x, 32),
    "b64_span": lambda x: _b64(x, 16),
    "gcp_trace": lambda x: _extract(x, "([0-9a-f]{32})$", 1),
    "links": _links,
    "jaeger_parent": lambda x: hex_id(f"({_references(x, 'CHILD_OF')})[1]->>'spanID'", 16),
    "jaeger_links": _jaeger_links,
}
