"""Expected units of the formats of JSON and of tables, a case a row."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evtrace.formats import load

from .running import docs, run

FORMATS = load()


def _attribute(key: str, **value: Any) -> dict[str, Any]:
    return {"key": key, "value": value}


def _otlp(signal: str, element: dict[str, Any], **resource: Any) -> str:
    outer, scoped, inner = {
        "span": ("resourceSpans", "scopeSpans", "spans"), "log": ("resourceLogs", "scopeLogs", "logRecords")
    }[signal]  # fmt: skip
    return json.dumps({outer: [{**resource, scoped: [{inner: [element]}]}]})


NESTED = {
    "arrayValue": {
        "values": [{"intValue": "1"}, {"kvlistValue": {"values": [_attribute("x", boolValue=True)]}}]
    }
}
DEEP: dict[str, Any] = {
    "arrayValue": {"values": [{"arrayValue": {"values": [{"arrayValue": {"values": [{"arrayValue": {}}]}}]}}]}
}

CASES: list[tuple[str, str, list[dict[str, Any]]]] = [
    ("jsonl", '{"a":null}\nno\n[1]\n', [{"a": None}]),
    ("journald", '{"MESSAGE":[104,105],"_HOSTNAME":"h"}\n{"MESSAGE":[255]}', [{"MESSAGE": "hi", "_HOSTNAME": "h"}, {"MESSAGE": "ÿ"}]),
    ("kcat", '{"headers":["a","1","b",null],"payload":"{}"}', [{"headers": {"a": "1", "b": None}, "payload": "{}"}]),
    ("kcat", '{"headers":{"a":"1"}}', [{"headers": {"a": "1"}}]),
    ("kcat", '{"headers":[]}', [{"headers": {}}]),
    ("cloudevents", '[{"id":"1","data":{"x":null}}]', [{"id": "1", "data": {"x": None}}]),
    ("elastic", '{"hits":{"hits":[{"_id":"1","_index":"i","_source":{"a":null}},{"_id":"2","fields":{}}]}}',
     [{"elastic": {"_id": "1", "_index": "i"}, "a": None}, {"_id": "2", "fields": {}}]),
    ("loki", '{"data":{"result":[{"stream":{"a":"b"},"values":[["1","x"],["2","y"]]}]}}',
     [{"timestamp": "1", "line": "x", "labels": {"a": "b"}}, {"timestamp": "2", "line": "y", "labels": {"a": "b"}}]),
    ("cloudwatch", '{"messageType":"DATA_MESSAGE","logGroup":"g","logStream":"s","logEvents":[{"id":"1","message":"m"}]}',
     [{"messageType": "DATA_MESSAGE", "logGroup": "g", "logStream": "s", "id": "1", "message": "m"}]),
    ("cloudwatch", '{"results":[[{"field":"@message","value":"m"},{"field":"n","value":"1"}]]}', [{"@message": "m", "n": "1"}]),
    ("zipkin", '[[{"id":"1"}],[{"id":"2"}]]', [{"id": "1"}, {"id": "2"}]),
    ("jaeger", '{"data":[{"spans":[{"spanID":"1","processID":"p/1","tags":[{"key":"a","value":1}]}],"processes":{"p/1":{"serviceName":"s"}}}]}',
     [{"spanID": "1", "processID": "p/1", "tags": {"a": 1}, "service": "s"}]),
    ("jaeger", '{"data":[{"spans":[{"spanID":"1","processID":"p","tags":[]}],"processes":{"p":{"serviceName":"s"}}}]}',
     [{"spanID": "1", "processID": "p", "tags": {}, "service": "s"}]),
    ("otlp", _otlp("span", {"spanId": "1", "attributes": [_attribute("a", intValue="3"), _attribute("n", **NESTED)]}),
     [{"signal": "span", "resource": {}, "scope": {}, "spanId": "1", "attributes": {"a": 3, "n": [1, {"x": True}]}}]),
    ("otlp", _otlp("log", {"body": {"stringValue": '{"stringValue":"x"}'}, "attributes": []}, resource={"attributes": [_attribute("service.name", stringValue='a"]')]}),
     [{"signal": "log", "resource": {"service.name": 'a"]'}, "scope": {}, "body": '{"stringValue":"x"}', "attributes": {}}]),
    ("otlp", _otlp("log", {"body": {"kvlistValue": {"values": [_attribute("k", doubleValue=0.5)]}}}),
     [{"signal": "log", "resource": {}, "scope": {}, "body": {"k": 0.5}}]),
    ("jsondoc", '{"order_id":"1","items":[{"sku":"a"}]}', [{"order_id": "1", "items": [{"sku": "a"}]}]),
    ("jsondoc", '{"total":2,"items":[{"id":"a"},{"id":"b"}]}',
     [{"document": {"total": 2}, "id": "a"}, {"document": {"total": 2}, "id": "b"}]),
    ("jsondoc", '{"s":1,"records":{"t-0":[{"offset":1}],"t/1":[{"offset":2}]}}',
     [{"document": {"s": 1}, "record_key": "t-0", "offset": 1}, {"document": {"s": 1}, "record_key": "t/1", "offset": 2}]),
    ("jsondoc", '[["first",{"a":1}],["x","y"]]', [{"record_key": "first", "a": 1}, {"value": ["x", "y"]}]),
    ("jsondoc", '[1,{"a":null}]', [{"value": 1}, {"a": None}]),
    ("jsondoc", '{"a":1}{"a":2}\n{"a":\n3}', [{"a": 1}, {"a": 2}, {"a": 3}]),
    ("sse", 'id: 7\nevent: x\ndata: {"a":1,\ndata: "b":null}\n\n: ping\n\ndata: no', [{"a": 1, "b": None, "sse": {"id": 7, "event": "x"}}, {"data": "no", "sse": {}}]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "expected"), CASES, ids=[f"{c[0]}-{n}" for n, c in enumerate(CASES)]
)
def test_units_are_read(name: str, text: str, expected: list[dict[str, Any]]) -> None:
    assert docs(FORMATS[name], text) == expected


def test_otlp_value_nested_too_deep_keeps_its_spelling() -> None:
    element = {"attributes": [_attribute("a", stringValue="b"), {"key": "n", "value": DEEP}]}
    (doc,) = docs(FORMATS["otlp"], _otlp("span", element))
    assert doc["attributes"] == element["attributes"]


@pytest.mark.parametrize("name", [n for n, f in FORMATS.items() if f.SHAPE == "document"])
def test_broken_document_is_one_reject(name: str) -> None:
    assert run(FORMATS[name], '{"a": [1, 2') == [(1, 1, None, False)]


@pytest.mark.parametrize("name", [n for n, f in FORMATS.items() if f.SHAPE == "document"])
def test_broken_last_line_leaves_the_others(name: str) -> None:
    units = run(FORMATS[name], '{"a":1}\n{"a":2}\n{"a":')
    assert len(units) == 3
    assert [line for line, _, doc, skipped in units if doc is None and not skipped] == [3]


def test_csv_rows_know_their_line_whatever_stands_between() -> None:
    text = 'id,note\n1,"a\nb, ""c"""\n2,\n\n3,"",\n4\n5,x,y\n6,"open\n7,z\n'
    assert run(FORMATS["csv"], text) == [
        (1, None, None, True),
        (2, None, {"id": "1", "note": 'a\nb, "c"'}, False),
        (4, None, {"id": "2"}, False),
        (5, None, None, True),
        (6, None, {"id": "3", "note": ""}, False),
        (7, None, None, False),
        (8, None, None, False),
        (9, None, None, False),
        (10, None, {"id": "7", "note": "z"}, False),
    ]


def test_csv_without_a_header_numbers_its_columns() -> None:
    assert docs(FORMATS["csv"], '"1","a","b"\n"2","","c"\n')[1] == {
        "column_1": "2",
        "column_2": "",
        "column_3": "c",
    }


def test_csv_takes_names_as_they_are() -> None:
    (doc,) = docs(FORMATS["csv"], "it's;b b;;it's\n1;2;3;4\n".replace("it's", "id"))
    assert doc == {"id": "1", "b b": "2", "column_3": "3", "id_4": "4"}
