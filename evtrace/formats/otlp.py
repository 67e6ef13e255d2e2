"""OTLP in JSON: requests of logs, traces and metrics, one a line (file exporter) or one document."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evtrace.formats import Sample
from evtrace.formats.documents import NOTHING, Element, Node, json_or_null
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

#: The list that holds a signal, the list in its elements, the list in theirs.
_SIGNALS = {
    "resourceLogs": ("log", "scopeLogs", "logRecords"),
    "resourceSpans": ("span", "scopeSpans", "spans"),
    "resourceMetrics": ("metric", "scopeMetrics", "metrics"),
}

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


def elements(root: Node) -> Iterator[Element]:
    """Log records, spans and metrics. Metrics are skipped: they observe no event."""
    for request in root.elements() if root.kind == "array" else (root,):
        members = dict(request.members())
        for name, (signal, scopes, units) in _SIGNALS.items():
            for place in members.get(name, NOTHING).elements():
                yield from _of_resource(dict(place.members()), signal, scopes=scopes, units=units)


def _of_resource(place: dict[str, Node], signal: str, *, scopes: str, units: str) -> Iterator[Element]:
    for scoped in place.get(scopes, NOTHING).elements():
        members = dict(scoped.members())
        around = (signal, place.get("resource", NOTHING), members.get("scope", NOTHING))
        for node in members.get(units, NOTHING).elements():
            yield Element(node, around, is_skipped=signal == "metric")


def doc() -> str:
    told = extended(_plain("element"), {name: name for name in AROUND})
    return f"CASE WHEN json_type(element) = 'OBJECT' THEN {told} END"


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
        f"replace(CAST(json({element}) AS VARCHAR), '\"attributes\":[]', '\"attributes\":{{}}')", "e", checked
    )


def _object_in(name: str) -> str:
    """SQL: a text that holds an object, as JSON; an empty one where it does not."""
    return f"COALESCE(CASE WHEN {name}[1] = '{{' THEN {json_or_null(name)} END, CAST('{{}}' AS JSON))"


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


#: What is told of a resource and of a scope: the attributes of the one, all of the other.
AROUND = {
    "signal": "signal",
    "resource": "COALESCE(json_extract("
    + _plain(_object_in("resource"))
    + ", '$.attributes'), CAST('{}' AS JSON))",
    "scope": _plain(_object_in("scope")),
}
