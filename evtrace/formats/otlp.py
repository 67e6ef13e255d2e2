"""OTLP in JSON: requests of logs, traces and metrics, one a line (file exporter) or one document."""

from __future__ import annotations

import re

from evtrace.formats import Sample
from evtrace.formats.documents import root
from evtrace.formats.sql import extended, let, literal

NAME = "otlp"
SHAPE = "document"
UNIT = "item"
INNER = None
SAMPLES = (
    '{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"billing"}}]},'
    '"scopeLogs":[{"scope":{"name":"shop"},"logRecords":[{"timeUnixNano":"1795183331513204871","severityNumber":9,'
    '"body":{"stringValue":"charged"},"attributes":[{"key":"n","value":{"intValue":"3"}},{"key":"l","value":'
    '{"arrayValue":{"values":[{"boolValue":true},{"kvlistValue":{"values":[{"key":"x","value":{"doubleValue":0.5}}]}}]}}}],'
    '"traceId":"9f1c6a0f3b7d4e2a8c5b1d0e7f6a9b3c"}]}]}]}\n'
    '{"resourceMetrics":[{"resource":{},"scopeMetrics":[{"metrics":[{"name":"lag","gauge":{}}]}]}]}\n',
    '{\n "resourceSpans": [{"scopeSpans": [{"spans": [\n  {"traceId": "9f1c6a0f3b7d4e2a8c5b1d0e7f6a9b3c", '
    '"spanId": "2b4d6f8a0c1e3f57", "kind": 4, "links": [{"spanId": "11", "attributes": []}],\n'
    '   "events": [{"name": "exception", "attributes": [{"key": "exception.type", "value": {"stringValue": "Declined"}}]}]}\n'
    " ]}]}]\n}\n",
)

_BEGIN = re.compile(r'\s*(?:\[\s*)?\{\s*"resource(?:Spans|Logs|Metrics)"\s*:')

_TEXT = r'"(?:[^"\\]|\\.)*"'
_SCALAR = "(?:" + _TEXT + r"|[-+.\w]+)"
_FLAT = (
    rf"(?:{_SCALAR}|\[(?:{_SCALAR}(?:,{_SCALAR})*)?\]|\{{(?:{_TEXT}:{_SCALAR}(?:,{_TEXT}:{_SCALAR})*)?\}})"
)
_DEEP = rf"(?:{_SCALAR}|\[(?:{_FLAT}(?:,{_FLAT})*)?\]|\{{(?:{_TEXT}:{_FLAT}(?:,{_TEXT}:{_FLAT})*)?\}})"


def detect(sample: Sample) -> float:
    lines = sample.lines[:50]
    of_lines = sample.share(_BEGIN.match(line) is not None for line in lines)
    return 0.99 * (of_lines if len(lines) > 1 and of_lines > 0.5 else bool(_BEGIN.match(sample.text)))


def items(docs: str) -> str:
    """SQL. Metrics are skipped items: they observe no event."""
    numbered = (
        "SELECT line, CAST(row_number() OVER (PARTITION BY line ORDER BY i, j, k) AS INTEGER) AS item, "
        f"signal, resource, scope, element, is_blank, is_read FROM ({_elements(docs)})"
    )
    told = extended(_plain("element"), {"signal": "signal", "resource": "resource", "scope": "scope"})
    return (
        f"SELECT line, item, CASE WHEN signal IN ('log', 'span') AND json_type(element) = 'OBJECT' THEN {told} END AS doc, "
        "is_blank OR (is_read AND (element IS NULL OR signal = 'metric')) AS skipped "
        f"FROM ({numbered})"
    )


def _elements(docs: str) -> str:
    """SQL: an element a row with its resource and scope; a request without any keeps one row.

    What is told of a resource or a scope is worked out below the unnesting, once, and the JSON that
    holds the elements goes no further: DuckDB would read and keep it for each of them.
    """
    read = f"SELECT line, NOT regexp_matches(doc, '\\S') AS is_blank, {root('doc')} AS root FROM {docs}"
    places = ", ".join(
        f"list_transform(json_extract(root, '$.{path}[*]'), lambda r: {{'signal': '{signal}', 'r': r}})"
        for signal, path in (
            ("log", "resourceLogs"),
            ("span", "resourceSpans"),
            ("metric", "resourceMetrics"),
        )
    )
    known = "line, is_blank, root IS NOT NULL AS is_read"
    resources = _exploded(f"SELECT {known}, list_concat({places}) AS found FROM ({read})", "i", "place")
    told = f"json_extract({_plain(_object_at('place.r', 'resource'))}, '$.attributes')"
    resource = f"COALESCE({told}, CAST('{{}}' AS JSON))"
    scoped = _one_list("place.r", ("scopeLogs", "scopeSpans", "scopeMetrics"))
    known = "line, is_blank, is_read, i, place.signal AS signal"
    scopes = _exploded(
        f"SELECT {known}, {resource} AS resource, {scoped} AS found FROM ({resources})", "j", "s"
    )
    within = _one_list("s", ("logRecords", "spans", "metrics"))
    known = "line, is_blank, is_read, i, j, signal, resource"
    scope = _plain(_object_at("s", "scope"))
    return _exploded(f"SELECT {known}, {scope} AS scope, {within} AS found FROM ({scopes})", "k", "element")


def _exploded(query: str, number: str, name: str) -> str:
    """SQL: a row for each element of the list `found`, numbered; one row with NULL when there are none."""
    kept = f"SELECT * REPLACE (CASE WHEN len(found) > 0 THEN found ELSE [NULL] END AS found) FROM ({query})"
    return f"SELECT * EXCLUDE (found), generate_subscripts(found, 1) AS {number}, unnest(found) AS {name} FROM ({kept})"


def _one_list(owner: str, names: tuple[str, ...]) -> str:
    """SQL: the list that goes by one of these names; the signal decides which there is."""
    return "list_concat(" + ", ".join(f"json_extract({owner}, '$.{name}[*]')" for name in names) + ")"


def _object_at(owner: str, name: str) -> str:
    """SQL: a member that is an object; an empty one where there is none."""
    found = f"json_extract({owner}, '$.{name}')"
    return f"CASE WHEN json_type({found}) = 'OBJECT' THEN {found} ELSE CAST('{{}}' AS JSON) END"


def _plain(element: str) -> str:
    """SQL: the element (JSON) with attributes as objects and values without their types.

    Done on the text, as a tree of lambdas takes DuckDB minutes to bind. Each pattern begins with an
    unescaped quote behind a bracket, which no string can contain. A value nested too deep would leave
    broken JSON: then the element stays in OTLP's own spelling.
    """
    flat = _replaced("e", *_untyped(), *_paired())
    deep = _replaced(
        "e", *_untyped(), *_gathered(_SCALAR), *_gathered(_FLAT, _SCALAR), *_gathered(_DEEP, _FLAT)
    )
    told = f"CASE WHEN contains(e, '{{\"arrayValue\":') OR contains(e, '{{\"kvlistValue\":') THEN {deep} ELSE {flat} END"
    checked = let(told, "d", "CASE WHEN json_valid(d) THEN CAST(d AS JSON) ELSE CAST(e AS JSON) END")
    return let(
        f"replace(CAST({element} AS VARCHAR), '\"attributes\":[]', '\"attributes\":{{}}')", "e", checked
    )


def _untyped() -> list[tuple[str, str]]:
    """Rules: a scalar without its type; 64-bit integers, which come as text, become numbers."""
    return [
        (r'\{"(?:stringValue|boolValue|doubleValue|bytesValue)":(' + _SCALAR + r")\}", r"\1"),
        (r'\{"intValue":"?(-?(?:0|[1-9]\d*))"?\}', r"\1"),
        (r'"value":\{\}\}', '"value":null}'),
    ]


def _paired() -> list[tuple[str, str]]:
    """Rules: attributes as objects where all values are scalars: the common case, and ten times as fast."""
    return [
        (r'\{"key":(' + _TEXT + r'),"value":(' + _SCALAR + r")\}", r"\1:\2"),
        (r"\[(" + _TEXT + r"):", r"{\1:"),
        (r":(" + _SCALAR + r")\]", r":\1}"),
    ]


def _gathered(value: str, inside: str | None = None) -> list[tuple[str, str]]:
    """Rules: lists and maps of `inside` without their types, then attributes of such values as objects."""
    unwrapped = (
        [
            (r'\{"arrayValue":\{\}\}', "[]"),
            (r'\{"arrayValue":\{"values":(\[(?:' + inside + "(?:," + inside + r")*)?\])\}\}", r"\1"),
            (r'\{"kvlistValue":\{(?:"values":\[\])?\}\}', "{}"),
            (
                r'\{"kvlistValue":\{"values":(\{'
                + _TEXT
                + ":"
                + inside
                + "(?:,"
                + _TEXT
                + ":"
                + inside
                + r")*\})\}\}",
                r"\1",
            ),
        ]
        if inside
        else []
    )
    return [
        *unwrapped,
        (r'\{"key":(' + _TEXT + r'),"value":(' + value + r")\}", r"\1:\2"),
        (r"\[(" + _TEXT + ":" + value + "(?:," + _TEXT + ":" + value + r")*)\]", r"{\1}"),
    ]


def _replaced(text: str, *rules: tuple[str, str]) -> str:
    for pattern, by in rules:
        text = f"regexp_replace({text}, {literal(pattern)}, {literal(by)}, 'g')"
    return text
