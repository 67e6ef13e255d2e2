"""A stack trace stays with its line, also where each of its lines came in an envelope of its own."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

TEXTS = [
    "14:02:11.513 ERROR [main] c.e.shop.Billing - declined order-8123",
    "java.lang.IllegalStateException: no funds",
    "\tat c.e.shop.Billing.take(Billing.java:7)",
    "14:02:12.001 INFO  [main] c.e.shop.Billing - next order-8124",
]


def rows(pod: str, second: int) -> list[tuple[str, str, str, str]]:
    """Lines of one pod as a log shipper writes them: time, pod, trace, log."""
    found = []
    for n, text in enumerate(TEXTS):
        time = f"2026-11-20T14:{second:02}:{n:02}.513204871Z"
        log = json.dumps({"log": text + "\n", "stream": "stdout", "time": time})
        found.append((time, pod, "9f1c" if n == 0 else "", log))
    return found


def table(lines: list[tuple[str, ...]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([("Timestamp", "PodName", "TraceID", "Log"), *lines])
    return out.getvalue()


def records(reader) -> list[tuple[Any, ...]]:
    return reader.rows(
        "SELECT line, level, error, json_extract_string(attributes, '$.stack') FROM records ORDER BY line"
    )


ERROR = "java.lang.IllegalStateException: no funds"
STACK = ERROR + "\n\tat c.e.shop.Billing.take(Billing.java:7)"


@pytest.mark.parametrize("inner", ["docker", "text"])
def test_a_stack_trace_in_rows_of_a_table_stays_with_its_line(reader, inner: str) -> None:
    lines = [
        (time, pod, trace, log if inner == "docker" else json.loads(log)["log"])
        for minute in range(4)
        for time, pod, trace, log in rows("billing-x2", minute)
    ]
    (summary,) = reader.read(reader.write("app.csv", table(lines)))
    assert summary.format == ("csv+docker+logback" if inner == "docker" else "csv+logback")
    assert (summary.records, summary.parts, summary.skipped, summary.rejects) == (8, 8, 1, 0)
    assert [row[1] for row in records(reader)] == ["error", "info"] * 4
    assert {row[2] for row in records(reader)} == {ERROR, None}
    assert len({row[0] for row in records(reader)}) == 8


def test_the_rows_of_two_pods_come_apart(reader) -> None:
    mixed = [row for pair in zip(rows("billing-a", 1), rows("billing-b", 1), strict=True) for row in pair]
    (summary,) = reader.read(reader.write("app.csv", table(mixed)))
    assert (summary.records, summary.parts) == (4, 4)
    assert [row[:3] for row in records(reader)] == [
        (2, "error", ERROR), (3, "error", ERROR), (8, "info", None), (9, "info", None)
    ]  # fmt: skip


def test_where_the_newest_row_comes_first_no_line_continues_another(reader) -> None:
    (summary,) = reader.read(reader.write("app.csv", table(rows("billing-a", 1)[::-1])))
    assert (summary.records, summary.parts) == (4, 0)


def test_a_table_may_begin_inside_a_stack_trace(reader) -> None:
    (summary,) = reader.read(reader.write("app.csv", table(rows("billing-a", 1)[1:] + rows("billing-a", 2))))
    assert (summary.records, summary.parts, summary.skipped, summary.rejects) == (5, 2, 1, 0)


def test_what_cannot_be_read_between_the_lines_parts_nothing(reader) -> None:
    good = [row[3] for row in rows("billing-a", 1)]
    (summary,) = reader.read(reader.write("app.log", "\n".join([*good[:2], "no json", "", *good[2:]]) + "\n"))
    assert (summary.records, summary.parts, summary.skipped, summary.rejects) == (2, 2, 1, 1)
    assert records(reader)[0][2:] == (ERROR, STACK)
    assert reader.rows("SELECT line, text FROM rejects") == [(3, "no json")]


def test_blank_lines_in_front_are_skipped(reader) -> None:
    good = [row[3] for row in rows("billing-a", 1)]
    (summary,) = reader.read(reader.write("app.log", "\n\n" + "\n".join(good) + "\n"))
    assert (summary.records, summary.parts, summary.skipped, summary.rejects) == (2, 2, 2, 0)
