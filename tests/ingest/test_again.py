"""Evidence is shown as it stands in the source, while that is still what was read."""

from __future__ import annotations

import gzip
import json

import pytest

from evtrace.ingest.again import read_again
from evtrace.store import Store

LINES = [f'{{"ts":"2026-11-20T14:02:{n % 60:02}Z", "msg": "m{n}", "order_id":"o-{n}"}}' for n in range(3_000)]
TEXT = "\n".join(LINES) + "\n"


def again(reader, uri: str, *lines: int) -> dict[int, str]:
    with Store.open(reader.store_path, read_only=True) as store:
        return read_again(store, uri, lines)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gzip", "crlf"])
def test_a_line_is_read_again_as_it_was_written(reader, encoding: str) -> None:
    data = {"gzip": gzip.compress(TEXT.encode()), "crlf": TEXT.replace("\n", "\r\n").encode()}
    path = reader.write("app.log", data.get(encoding) or TEXT.encode(encoding))
    reader.read(path)
    assert again(reader, str(path), 1, 3_000, 1_500) == {n: LINES[n - 1] for n in (1, 1_500, 3_000)}


def test_a_file_that_has_grown_is_still_what_was_read(reader) -> None:
    path = reader.write("app.log", TEXT)
    reader.read(path)
    path.write_text(TEXT + "more\n" * 100_000)
    assert again(reader, str(path), 3_000) == {3_000: LINES[-1]}


@pytest.mark.parametrize("changed", ["m7", "m2999"])
def test_a_file_that_was_changed_is_not_read_again(reader, changed: str) -> None:
    path = reader.write("app.log", TEXT)
    reader.read(path)
    path.write_text(TEXT.replace(f'"{changed}"', '"xx"'))
    assert again(reader, str(path), 20, 2_999) == {}


def test_what_is_gone_is_not_read_again(reader) -> None:
    path = reader.write("app.log", TEXT)
    reader.read(path)
    path.unlink()
    assert again(reader, str(path), 20) == {}


def test_an_element_of_a_document_has_no_line_of_its_own(reader) -> None:
    path = reader.write("app.json", json.dumps([json.loads(line) for line in LINES[:50]]))
    reader.read(path)
    assert again(reader, str(path), 1) == {}


def test_of_two_contents_by_one_name_none_is_sure(reader) -> None:
    path = reader.write("app.log", TEXT)
    reader.read(path)
    path.write_text(TEXT.replace("order", "parcel"))
    reader.read(path)
    assert again(reader, str(path), 20) == {}


def test_a_line_deep_in_a_large_file_is_checked_up_to_its_step(reader) -> None:
    text = "".join(f'{{"ts":"2026-11-20T14:02:11Z","msg":"m{n} {"x" * 400}"}}\n' for n in range(8_000))
    path = reader.write("app.log", text)
    reader.read(path)
    lines = text.split("\n")
    assert again(reader, str(path), 2, 4_000) == {2: lines[1], 4_000: lines[3_999]}
    path.write_text(text.replace("m7999 ", "mABCD "))  # behind the step that the lines are checked by
    assert again(reader, str(path), 2) == {2: lines[1]}
    path.write_text(text.replace("m1000 ", "mABCD "))
    assert again(reader, str(path), 2) == {}
