"""Ingest is idempotent: content counts, not names."""

from __future__ import annotations

import gzip
import json

import pytest


def line(number: int) -> str:
    return (
        json.dumps(
            {"ts": f"2026-11-20T14:00:{number % 60:02}Z", "msg": f"line {number}", "order_id": f"o-{number}"}
        )
        + "\n"
    )


def lines(first: int, last: int) -> str:
    return "".join(map(line, range(first, last)))


def messages(reader) -> list[str]:
    return [m for (m,) in reader.rows("SELECT message FROM records ORDER BY line, record_id")]


def test_the_same_content_again_adds_nothing(reader) -> None:
    path = reader.write("app.log", lines(0, 100))
    reader.read(path)
    before = reader.tables()
    (summary,) = reader.read(path)
    assert summary.status == "known"
    assert reader.tables() == before


def test_a_rotated_and_packed_copy_is_known(reader) -> None:
    reader.read(reader.write("app.log", lines(0, 100)))
    (summary,) = reader.read(reader.write("app.log.1.gz", gzip.compress(lines(0, 100).encode())))
    assert (summary.status, summary.records) == ("known", 0)
    assert "the same content as" in summary.notes[0]


def test_a_file_that_has_grown_adds_its_tail(reader) -> None:
    path = reader.write("app.log", lines(0, 100))
    reader.read(path)
    path.write_text(lines(0, 150))
    (summary,) = reader.read(path)
    assert (summary.status, summary.records) == ("grown", 50)
    assert messages(reader) == [f"line {n}" for n in range(150)]
    assert reader.rows("SELECT line FROM records ORDER BY record_id") == [(n,) for n in range(1, 151)]
    assert reader.rows("SELECT records, lines, units FROM sources") == [(150, 150, 150)]


def test_a_log_that_was_rotated_after_it_grew_adds_its_tail(reader) -> None:
    path = reader.write("app.log", lines(0, 100))
    reader.read(path)
    rotated = reader.write("app.log.1.gz", gzip.compress(lines(0, 150).encode()))
    path.write_text(lines(150, 160))
    summaries = reader.read(path, rotated)
    assert [(s.status, s.records) for s in summaries] == [("new", 10), ("grown", 50)]


@pytest.mark.parametrize("cut", [1, 20, 60])
def test_a_line_that_was_not_complete_is_read_again_whole(reader, cut: int) -> None:
    whole = lines(0, 100)
    path = reader.write("app.log", whole[:-cut])
    reader.read(path)
    path.write_text(whole + lines(100, 110))
    reader.read(path)
    assert messages(reader) == [f"line {n}" for n in range(110)]
    assert reader.rows("SELECT count(*) FROM rejects") == [(0,)]
    assert reader.rows("SELECT records, rejects, lines FROM sources") == [(110, 0, 110)]


def test_a_table_that_has_grown_keeps_its_header(reader) -> None:
    rows = [f"2026-11-20T14:00:{n:02}Z,info,line {n}\n" for n in range(40)]
    path = reader.write("app.csv", "timestamp,level,message\n" + "".join(rows[:30]))
    reader.read(path)
    path.write_text("timestamp,level,message\n" + "".join(rows))
    (summary,) = reader.read(path)
    assert summary.status == "grown"
    assert messages(reader) == [f"line {n}" for n in range(40)]
    assert reader.rows("SELECT records, units, lines FROM sources") == [(40, 41, 41)]


TEXT = "".join(
    f"2026-11-20 14:02:{n:02},000 ERROR [main] c.s.Shop: line {n}\njava.lang.Error: no funds\n\tat c.s.A(A.java:{n})\n"
    for n in range(30)
)


@pytest.mark.parametrize("cut", [0, 1, 30, 60, 90])
def test_a_stack_trace_that_goes_on_after_growth_stays_with_its_record(reader, cut: int) -> None:
    path = reader.write("app.log", TEXT[: len(TEXT) - cut])
    reader.read(path)
    path.write_text(TEXT + "\tat c.s.B(B.java:1)\n" + TEXT)
    reader.read(path)
    assert reader.rows("SELECT count(*), count(DISTINCT line), min(line), max(line) FROM records") == [
        (60, 60, 1, 179)
    ]
    assert reader.rows("SELECT records, units, lines, rejects FROM sources") == [(60, 181, 181, 0)]
    assert reader.rows("SELECT count(*) FROM records WHERE ts IS NULL") == [(0,)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cr"])
def test_growth_in_any_encoding_doubles_nothing(reader, encoding: str) -> None:
    def encoded(text: str) -> bytes:
        return text.replace("\n", "\r").encode() if encoding == "cr" else text.encode(encoding)

    path = reader.write("app.log", encoded(lines(0, 50)))
    reader.read(path)
    path.write_bytes(encoded(lines(0, 60)))
    assert reader.read(path)[0].status == "grown"
    assert messages(reader) == [f"line {n}" for n in range(60)]


def test_the_tail_of_a_grown_file_has_the_zone_of_its_head(reader) -> None:
    path = reader.write("app.log", '{"ts":"2026-11-20T14:02:11","msg":"one"}\n')
    reader.read(path, zone="Europe/Berlin")
    path.write_text(path.read_text() + '{"ts":"2026-11-20T14:02:11","msg":"two"}\n')
    reader.read(path)
    assert reader.rows("SELECT DISTINCT ts FROM records") == [(1795179731 * 10**9,)]


def test_other_content_under_a_known_name_is_a_source_of_its_own(reader) -> None:
    path = reader.write("app.log", lines(0, 100))
    reader.read(path)
    path.write_text(lines(500, 510))
    (summary,) = reader.read(path)
    assert (summary.status, summary.records) == ("new", 10)
    assert reader.rows("SELECT count(*) FROM records") == [(110,)]


def grown(reader, size: int) -> tuple[str, str]:
    """A log that is read, and its beginning of about so many bytes."""
    text = lines(0, max(100, size // 40))
    reader.read(reader.write("app.log", text))
    return text, text[: text.index("\n", size) + 1]


SIZES = {"below a KiB": 300, "below a step": 2_500, "some steps": 90_000, "over a MiB": 1_300_000}


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("ending", ["", "inside a line"])
def test_a_shorter_copy_adds_nothing(reader, size: int, ending: str) -> None:
    _, beginning = grown(reader, size)
    before = reader.tables()
    data = beginning[:-7] if ending else beginning
    (summary,) = reader.read(reader.write("app.log.bak", data))
    assert (summary.status, summary.records) == ("known", 0)
    assert summary.notes[0].endswith("the beginning of " + str(reader.folder / "app.log"))
    assert reader.tables() == before


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_a_shorter_copy_that_is_packed_adds_nothing(reader, size: int) -> None:
    _, beginning = grown(reader, size)
    (summary,) = reader.read(reader.write("backup/app.log.1.gz", gzip.compress(beginning.encode())))
    assert (summary.status, summary.records) == ("known", 0)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("ending", ["", "inside a line"])
def test_a_shorter_copy_of_what_is_no_longer_there_adds_nothing(reader, size: int, ending: str) -> None:
    """Its bytes cannot be compared, its records can."""
    _, beginning = grown(reader, size)
    (reader.folder / "app.log").write_text(lines(7_000_000, 7_000_010))
    before = reader.tables()
    data = beginning[:-7] if ending else beginning
    (summary,) = reader.read(reader.write("old/app.log", data))
    assert (summary.status, summary.records) == ("known", 0)
    assert reader.tables() == before
    assert reader.read(reader.folder / "app.log")[0].records == 10


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("is_there", [True, False], ids=["there", "gone"])
def test_what_differs_in_its_last_line_is_read(reader, size: int, is_there: bool) -> None:
    _, beginning = grown(reader, size)
    if not is_there:
        (reader.folder / "app.log").unlink()
    other = beginning[: beginning.rindex("\n", 0, -1) + 1] + line(9_999_999)
    (summary,) = reader.read(reader.write("app.log.bak", other))
    assert (summary.status, summary.records) == ("new", other.count("\n"))


def test_a_file_that_was_cut_back_to_its_beginning_adds_nothing(reader) -> None:
    text, beginning = grown(reader, 2_500)
    path = reader.folder / "app.log"
    path.write_text(beginning)
    assert [s.status for s in reader.read(path)] == ["known"]
    path.write_text(text + lines(5_000, 5_010))
    assert [(s.status, s.records) for s in reader.read(path)] == [("grown", 10)]


def test_a_beginning_of_stack_traces_adds_nothing(reader) -> None:
    path = reader.write("app.log", TEXT)
    reader.read(path)
    path.unlink()
    (summary,) = reader.read(reader.write("app.log.bak", TEXT[: TEXT.index("line 20")]))
    assert (summary.status, summary.records) == ("known", 0)


def test_a_few_lines_alike_under_another_name_are_another_log(reader) -> None:
    reader.read(reader.write("orders.log", lines(0, 20)))
    (summary,) = reader.read(reader.write("billing.log", lines(0, 3)))
    assert (summary.status, summary.records) == ("new", 3)
