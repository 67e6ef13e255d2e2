"""Jaeger's JSON, as its UI saves and loads it. Times are microseconds: Jaeger knows nothing finer."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from evtrace.bridges import spans
from evtrace.bridges.jsontext import by_flow, entries, joined, listed, member, text
from evtrace.bridges.semantics import ATTRIBUTES, Attribute
from evtrace.store import Store

NAME = "jaeger"
TITLE = "Jaeger JSON, to be opened in Jaeger's UI"
ENDING = ".json"

_TYPES = {"string": "string", "int": "int64", "double": "float64", "bool": "bool"}
_MARKS = (
    Attribute("span.kind", "span_kind"),
    Attribute("error", "CASE WHEN status = 'error' THEN TRUE END", "bool"),
    Attribute("otel.status_code", "CASE status WHEN 'ok' THEN 'OK' WHEN 'error' THEN 'ERROR' END"),
    Attribute("otel.status_description", "CASE WHEN status = 'error' THEN error END"),
)


def pieces(store: Store) -> Iterator[str]:
    spans.prepare(store, spans.BY_PLACE)
    yield from listed(_traces(store), before='{"data":[', after="]}\n")


def _traces(store: Store) -> Iterator[str]:
    for _, found in by_flow(store.stream(_sql())):
        processes: list[str] = []
        of_flow: list[str] = []
        for process, group in groupby(found, key=lambda row: row[2]):
            processes.append(f'"p{len(processes) + 1}":{process}')
            of_flow += [f'{row[3]},"processID":"p{len(processes)}"}}' for row in group]
        yield f'{{"traceID":{found[0][1]},"spans":[{",".join(of_flow)}],"processes":{{{",".join(processes)}}}}}'


def _sql() -> str:
    tags = [("instance IS NOT NULL", _tag(Attribute("service.instance.id", "instance"))),
            ("instance IS NOT NULL", _tag(Attribute("hostname", "instance")))]  # fmt: skip
    process = [(None, member("serviceName", text("service"))), (None, member("tags", entries(tags)))]
    return f"""
SELECT flow_id, {text("trace_id")} AS trace_id, {entries(process, brackets="{}")} AS process, {_span()} AS span
FROM told_spans
"""


def _span() -> str:
    """SQL: the span without its last bracket; the name of its process follows."""
    attributes = [*_MARKS, *ATTRIBUTES]
    logs = joined("notes", _log, "n")
    whole = entries([
        (None, member("traceID", text("trace_id"))),
        (None, member("spanID", text("span_id"))),
        (None, member("operationName", text("name"))),
        (None, member("references", _references())),
        (None, member("startTime", "start_ns // 1000")),
        (None, member("duration", "(end_ns // 1000 - start_ns // 1000)")),
        (None, member("tags", entries([(f"({tag.value}) IS NOT NULL", _tag(tag)) for tag in attributes]))),
        (None, member("logs", f"'[' || {logs} || ']'")),
    ], brackets="{}")  # fmt: skip
    return whole.removesuffix(" || '}'")


def _references() -> str:
    """SQL: the parent first, then the other causes: what Jaeger calls following from."""
    parent = _reference("CHILD_OF", "trace_id", "parent_span_id")
    return entries(
        [("parent_span_id IS NOT NULL", parent), ("links IS NOT NULL", joined("links", _follows, "l"))]
    )


def _follows(item: str) -> str:
    return _reference("FOLLOWS_FROM", f"{item}.trace_id", f"{item}.span_id")


def _reference(kind: str, trace_id: str, span_id: str) -> str:
    told = [
        (None, f'\'"refType":"{kind}"\''),
        (None, member("traceID", text(trace_id))),
        (None, member("spanID", text(span_id))),
    ]
    return entries(told, brackets="{}")


def _tag(tag: Attribute) -> str:
    return f'\'{{"key":"{tag.key}","type":"{_TYPES[tag.kind]}","value":\' || {text(tag.value)} || \'}}\''


def _log(item: str) -> str:
    fields = [
        (None, _tag(Attribute("level", f"{item}.level"))),
        (None, _tag(Attribute("message", f"{item}.message"))),
    ]
    return entries(
        [(None, member("timestamp", f"{item}.ts // 1000")), (None, member("fields", entries(fields)))],
        brackets="{}",
    )
