"""Expected docs of the formats of text, a case a row."""

from __future__ import annotations

from typing import Any

import pytest

from evtrace.formats import headers, load

from .running import docs, run

FORMATS = load()

CASES: list[tuple[str, str, dict[str, Any]]] = [
    (
        "springboot",
        "2026-11-20T14:02:11.513Z ERROR 1 --- [shop] [ main] [9f1c6a0f3b7d4e2a8c5b1d0e7f6a9b3c-2b4d6f8a0c1e3f57] c.e.A : no id=7",
        {
            "time": "2026-11-20T14:02:11.513Z", "level": "ERROR", "service": "shop", "pid": "1", "thread": "main",
            "trace_id": "9f1c6a0f3b7d4e2a8c5b1d0e7f6a9b3c", "span_id": "2b4d6f8a0c1e3f57", "logger": "c.e.A",
            "message": "no id=7", "fields": {"id": "7"},
        },
    ),
    (
        "springboot",
        "2026-11-20 14:02:11.513  INFO [shop,,] 1 --- [main] c.e.A : up",
        {
            "time": "2026-11-20 14:02:11.513", "level": "INFO", "service": "shop", "pid": "1", "thread": "main",
            "logger": "c.e.A", "message": "up",
        },
    ),
    (
        "logback",
        "14:02:11,513 WARN [w-1] c.e.A - late",
        {"time_of_day": "14:02:11,513", "level": "WARN", "thread": "w-1", "logger": "c.e.A", "message": "late"},
    ),
    (
        "timeonly",
        "14:02:11.513 INFO  o.s.S#9 TraceID: 9f SpanID: 2b [pay][Pay][OrderId: o-1, UserId: u-1]",
        {
            "time_of_day": "14:02:11.513", "level": "INFO", "logger": "o.s.S#9", "trace_id": "9f", "span_id": "2b",
            "message": "[pay][Pay][OrderId: o-1, UserId: u-1]", "fields": {"OrderId": "o-1", "UserId": "u-1"},
        },
    ),
    (
        "pylog",
        "2026-11-20 14:02:11,513 - a.b - ERROR - no\nTraceback (most recent call last):\n  File \"x\"\nKeyError: 'k'",
        {
            "time": "2026-11-20 14:02:11,513", "level": "ERROR", "logger": "a.b", "message": "no",
            "error": "KeyError: 'k'", "stack": "Traceback (most recent call last):\n  File \"x\"\nKeyError: 'k'",
        },
    ),
    (
        "bracketed",
        "[2026-11-20 14:02:11,513] WARN [Producer clientId=p-1] no (leader) (org.e.Client)",
        {
            "time": "2026-11-20 14:02:11,513", "level": "WARN", "logger": "org.e.Client",
            "message": "[Producer clientId=p-1] no (leader)", "fields": {"clientId": "p-1"},
        },
    ),
    (
        "golog",
        "2026/11/20 14:02:11.5 a/b.go:7: ERROR: no",
        {"time": "2026/11/20 14:02:11.5", "logger": "a/b.go:7", "level": "ERROR", "message": "no"},
    ),
    (
        "klog",
        'W1120 14:02:11.5 7 a.go:1] "x" k="a \\"b\\""',
        {
            "time_of_year": "1120 14:02:11.5", "level": "WARN", "pid": "7", "logger": "a.go:1",
            "message": '"x" k="a \\"b\\""', "fields": {"k": 'a "b"'},
        },
    ),
    (
        "syslog",
        '<11>1 2026-11-20T14:02:11Z h app - - [a@1 k="v\\]" l=""][b] \ufeffno',
        {
            "time": "2026-11-20T14:02:11Z", "host": "h", "service": "app", "level": "err", "facility": 1,
            "structured_data": {"a@1": {"k": "v]", "l": ""}, "b": {}}, "message": "no",
        },
    ),
    (
        "isotext",
        "2026-11-20T14:02:11Z [warn] no",
        {"time": "2026-11-20T14:02:11Z", "level": "warn", "message": "no"},
    ),
    ("levelled", "ERROR: no", {"level": "ERROR", "message": "no"}),
    (
        "dotnet",
        "fail: A.B[3]\n      no\n      System.TimeoutException: late\n         at A.B.C()",
        {
            "level": "fail", "logger": "A.B", "log_event": "3", "message": "no", "error": "System.TimeoutException: late",
            "stack": "      System.TimeoutException: late\n         at A.B.C()",
        },
    ),
    ("logfmt", 'a=1 b="x \\"y\\"\\n" c', {"a": "1", "b": 'x "y"\n', "c": "true"}),
    ("plain", "\x1b[31mno\x00", {"message": "\x1b[31mno\x00"}),
    ("plain", '{"a":null}', {"a": None}),
    ("cri", "2026-11-20T14:02:11.5Z stderr P x ", {"time": "2026-11-20T14:02:11.5Z", "stream": "stderr", "log": "x ", "partial": True}),
    ("kubectl", "[pod/a-1/b] 2026-11-20T14:02:11.5Z x", {"pod": "a-1", "container": "b", "time": "2026-11-20T14:02:11.5Z", "log": "x"}),
    ("compose", "a-1  | x | y", {"container": "a-1", "log": "x | y"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "expected"), CASES, ids=[f"{c[0]}-{n}" for n, c in enumerate(CASES)]
)
def test_record_is_read(name: str, text: str, expected: dict[str, Any]) -> None:
    assert docs(FORMATS[name], text) == [expected]


#: Formats of logs; what a tool prints is not mixed with everything.
LOGS = [n for n, f in FORMATS.items() if f.SHAPE == "text" and headers.DATE in getattr(f, "START", "")]


@pytest.mark.parametrize("name", LOGS)
def test_lines_of_another_syntax_come_apart(name: str) -> None:
    text = (
        "banner\n\n"
        "2026-11-20T14:02:11.513Z  INFO 1 --- [main] c.e.A : one\n"
        '{"level":"info","n":1}\n'
        "2026-11-20 14:02:12 odd line\n  of two\n"
    )
    units = run(FORMATS[name], text)
    assert [line for line, _, _, _ in units] == [1, 2, 3, 4, 5]
    assert [skipped for _, _, _, skipped in units] == [False, True, False, False, False]
    assert units[0][2] == {"message": "banner"}
    assert units[3][2] == {"level": "info", "n": 1}
    assert units[4][2] == {"time": "2026-11-20 14:02:12", "message": "odd line", "stack": "  of two"}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("a=1, b=2; (c=3) [d=4] {e=5}", {"a": "1", "b": "2", "c": "3", "d": "4", "e": "5"}),
        ("a=1 a=2", {"a": "1"}),
        ("get http://x/?a=b&c=d", None),
        ("url=http://x/?a=b", {"url": "http://x/?a=b"}),
        ('a="" b= c', {"a": ""}),
        ("at 10:04:05 it went", None),
        ("ids=[1, 2] n=[3]", {"ids": "[1, 2]", "n": "[3]"}),
        ("[UserId: u 1]", {"UserId": "u 1"}),
    ],
)
def test_fields_of_a_message(message: str, expected: dict[str, str] | None) -> None:
    (doc,) = docs(FORMATS["isotext"], f"2026-11-20T14:02:11Z INFO {message}")
    assert doc.get("fields") == expected
