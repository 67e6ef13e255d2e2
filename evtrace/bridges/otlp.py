"""OTLP JSON: one request of traces a line, a flow each, as OpenTelemetry's file exporter writes it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from evtrace.bridges import spans
from evtrace.bridges.jsontext import by_flow, entries, harmless, joined, member, quoted, text
from evtrace.bridges.semantics import ATTRIBUTES, Attribute
from evtrace.store import Store

NAME = "otlp"
TITLE = "OTLP JSON lines, for OpenTelemetry tools"
ENDING = ".jsonl"

_SCOPE = '{"name":"evtrace"}'
_KINDS = "CASE span_kind WHEN 'producer' THEN '4' WHEN 'consumer' THEN '5' ELSE '1' END"


def pieces(store: Store) -> Iterator[str]:
    spans.prepare(store, spans.BY_PLACE)
    for _, found in by_flow(store.stream(_sql())):
        of_services = groupby(found, key=lambda row: row[1])
        places = ",".join(_place(resource, [row[2] for row in group]) for resource, group in of_services)
        yield harmless(f'{{"resourceSpans":[{places}]}}\n')


def _place(resource: str, found: list[str]) -> str:
    return f'{{"resource":{{"attributes":{resource}}},"scopeSpans":[{{"scope":{_SCOPE},"spans":[{",".join(found)}]}}]}}'


def _sql() -> str:
    resource = entries([(None, _attribute(Attribute("service.name", "service"))),
                        ("instance IS NOT NULL", _attribute(Attribute("service.instance.id", "instance")))])  # fmt: skip
    return f"""
SELECT flow_id, {resource} AS resource, {_span()} AS span
FROM told_spans
"""


def _span() -> str:
    links = joined("links", _link, "l")
    events = joined("notes", _event, "n")
    return entries([
        (None, member("traceId", text("trace_id"))),
        (None, member("spanId", text("span_id"))),
        ("parent_span_id IS NOT NULL", member("parentSpanId", text("parent_span_id"))),
        (None, member("name", text("name"))),
        (None, member("kind", _KINDS)),
        (None, member("startTimeUnixNano", quoted("start_ns"))),
        (None, member("endTimeUnixNano", quoted("end_ns"))),
        (None, member("attributes", entries([(f"({a.value}) IS NOT NULL", _attribute(a)) for a in ATTRIBUTES]))),
        ("notes IS NOT NULL", member("events", f"'[' || {events} || ']'")),
        ("links IS NOT NULL", member("links", f"'[' || {links} || ']'")),
        ("status = 'ok'", member("status", "'{\"code\":1}'")),
        ("status = 'error'", member("status", entries([("error IS NOT NULL", member("message", text("error"))), (None, member("code", "'2'"))], brackets="{}"))),
    ], brackets="{}")  # fmt: skip


def _attribute(attribute: Attribute) -> str:
    """SQL: one key and value; 64-bit integers are text in JSON."""
    value = quoted(attribute.value) if attribute.kind == "int" else text(attribute.value)
    return f'\'{{"key":"{attribute.key}","value":{{"{attribute.kind}Value":\' || {value} || \'}}}}\''


def _link(item: str) -> str:
    told = [Attribute("evtrace.cause.rule", f"{item}.rule"), Attribute("evtrace.cause.confidence", f"{item}.confidence", "double"),
            Attribute("evtrace.cause.kind", f"{item}.kind")]  # fmt: skip
    return entries([
        (None, member("traceId", text(f"{item}.trace_id"))),
        (None, member("spanId", text(f"{item}.span_id"))),
        (None, member("attributes", entries([(None, _attribute(attribute)) for attribute in told]))),
    ], brackets="{}")  # fmt: skip


def _event(item: str) -> str:
    told = [Attribute("level", f"{item}.level"), Attribute("message", f"{item}.message")]
    return entries([
        (None, member("timeUnixNano", quoted(f"{item}.ts"))),
        (None, member("name", "'\"log\"'")),
        (None, member("attributes", entries([(None, _attribute(attribute)) for attribute in told]))),
    ], brackets="{}")  # fmt: skip
