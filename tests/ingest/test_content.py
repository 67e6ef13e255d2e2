"""Packing, encodings and line ends: what the bytes are must not matter."""

from __future__ import annotations

import bz2
import gzip
import sys
from collections.abc import Callable

import pytest

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LINES = '{"ts":"2026-11-20T14:02:11Z","msg":"größer als 1 €"}\n{"ts":"2026-11-20T14:02:12Z","msg":"second"}\n'
EXPECTED = ["größer als 1 €", "second"]

CASES = {
    "plain": LINES.encode(),
    "gzip": gzip.compress(LINES.encode()),
    "two gzip members": gzip.compress(LINES.encode()[:50]) + gzip.compress(LINES.encode()[50:]),
    "bzip2": bz2.compress(LINES.encode()),
    "zstd": zstd.compress(LINES.encode()),
    "UTF-8 with BOM": b"\xef\xbb\xbf" + LINES.encode(),
    "UTF-16 LE with BOM": b"\xff\xfe" + LINES.encode("utf-16-le"),
    "UTF-16 BE with BOM": b"\xfe\xff" + LINES.encode("utf-16-be"),
    "UTF-16 LE without BOM": LINES.encode("utf-16-le"),
    "gzipped UTF-16": gzip.compress(LINES.encode("utf-16")),
    "Windows line ends": LINES.replace("\n", "\r\n").encode(),
    "old Mac line ends": LINES.replace("\n", "\r").encode(),
    "no line end at the end": LINES.rstrip("\n").encode(),
    "blank lines": ("\n\n" + LINES.replace("\n", "\n\n")).encode(),
    "mixed line ends": LINES.replace("\n", "\r\n", 1).encode(),
    "Windows-1252": LINES.encode("cp1252"),
}


@pytest.mark.parametrize("data", CASES.values(), ids=CASES.keys())
def test_content_is_the_same_however_packed(messages: Callable[[bytes], list[str]], data: bytes) -> None:
    assert messages(data) == EXPECTED


def test_the_name_of_a_file_says_nothing(reader) -> None:
    path = reader.write("photo.jpg", gzip.compress(LINES.encode()))
    assert reader.read(path)[0].records == 2


def test_lines_that_are_no_utf8_are_kept_and_counted(reader) -> None:
    data = b'{"msg":"caf\xe9"}\n{"msg":"caf\xc3\xa9"}\n'
    (summary,) = reader.read(reader.write("app.log", data), at="2026-11-20T14:00:00Z")
    assert summary.notes == ("1 line is no UTF-8 and read as Windows-1252",)
    assert reader.rows("SELECT message FROM records ORDER BY record_id") == [("café",), ("café",)]


def test_stack_trace_lines_stay_with_their_line(reader) -> None:
    log = (
        "2026-11-20 14:02:11,513 ERROR [main] c.s.Payments: declined order-8123\n"
        "java.lang.IllegalStateException: no funds\n"
        "\tat com.shop.Payments.pay(Payments.java:17)\n"
        "2026-11-20 14:02:12,000 INFO  [main] c.s.Payments: next\n"
    )
    (summary,) = reader.read(reader.write("app.log", log))
    assert (summary.records, summary.parts, summary.units) == (2, 2, 4)
    assert reader.rows("SELECT line FROM records ORDER BY record_id") == [(1,), (4,)]


def test_line_numbers_count_blank_and_bad_lines(reader) -> None:
    log = '{"msg":"one"}\n\nno json\n{"msg":"two"}\n'
    (summary,) = reader.read(reader.write("app.log", log), at="2026-11-20T14:00:00Z")
    assert (summary.records, summary.skipped, summary.rejects) == (2, 1, 1)
    assert reader.rows("SELECT line, message FROM records ORDER BY record_id") == [(1, "one"), (4, "two")]
    assert reader.rows("SELECT line, text FROM rejects") == [(3, "no json")]


def test_a_log_of_text_speaks_no_dialect_of_json(reader) -> None:
    line = "2026-11-20 14:02:1{} | ERROR | shop.billing:charge:12 - declined\n"
    (summary,) = reader.read(reader.write("app.log", "".join(map(line.format, range(9)))))
    assert (summary.format, summary.dialect) == ("isotext", "text")
