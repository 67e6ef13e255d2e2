"""Zipkin v2 JSON: an array of spans. Times are microseconds; other causes than the parent are a tag."""

from __future__ import annotations

from collections.abc import Iterator

from evtrace.bridges import spans
from evtrace.bridges.jsontext import entries, joined, listed, member, text
from evtrace.bridges.semantics import ATTRIBUTES, Attribute
from evtrace.store import Store

NAME = "zipkin"
TITLE = "Zipkin v2 JSON"
ENDING = ".json"

#: Zipkin knows no links between spans, and an instance only as an address.
_TAGS = (
    Attribute("error", "CASE WHEN status = 'error' THEN COALESCE(error, outcome) END"),
    Attribute("service.instance.id", "instance"),
    Attribute("evtrace.other_causes", "array_to_string(list_transform(links, lambda l: l.span_id), ' ')"),
)


def pieces(store: Store) -> Iterator[str]:
    spans.prepare(store, spans.BY_TIME)
    yield from listed(span for (span,) in store.stream(_sql()))


def _sql() -> str:
    tags = [
        (f"({tag.value}) IS NOT NULL", member(tag.key, text(f"CAST({tag.value} AS VARCHAR)")))
        for tag in (*_TAGS, *ATTRIBUTES)
    ]
    notes = joined("notes", _annotation, "n")
    service = f"'{{\"serviceName\":' || {text('service')} || '}}'"
    span = entries([
        (None, member("traceId", text("trace_id"))),
        ("parent_span_id IS NOT NULL", member("parentId", text("parent_span_id"))),
        (None, member("id", text("span_id"))),
        ("span_kind <> 'internal'", member("kind", text("upper(span_kind)"))),
        (None, member("name", text("name"))),
        (None, member("timestamp", "start_ns // 1000")),
        ("end_ns > start_ns", member("duration", "GREATEST(end_ns // 1000 - start_ns // 1000, 1)")),
        (None, member("localEndpoint", service)),
        ("notes IS NOT NULL", member("annotations", f"'[' || {notes} || ']'")),
        (None, member("tags", entries(tags, brackets="{}"))),
    ], brackets="{}")  # fmt: skip
    return f"SELECT {span} AS span FROM told_spans"


def _annotation(item: str) -> str:
    value = text(f"{item}.level || ': ' || {item}.message")
    return entries(
        [(None, member("timestamp", f"{item}.ts // 1000")), (None, member("value", value))], brackets="{}"
    )
