"""Bad input gets a clear sentence and loses nothing."""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from evtrace.errors import UnreadableError, UsageError
from evtrace.ingest import Options, ingest
from evtrace.store import Store

GOOD = '{"ts":"2026-11-20T14:02:11Z","msg":"good"}\n'


def test_an_empty_file_is_said_to_be_empty(reader) -> None:
    (summary,) = reader.read(reader.write("empty.log", ""))
    assert (summary.status, summary.notes) == ("skipped", ("empty",))


def test_a_folder_without_files_is_a_usage_error(reader) -> None:
    (reader.folder / "logs").mkdir()
    with pytest.raises(UsageError, match="holds no files"):
        reader.read(reader.folder / "logs")


def test_a_missing_file_names_what_is_there(reader) -> None:
    reader.write("logs/app.log", GOOD)
    with pytest.raises(UsageError, match=r"no such file or folder; .* holds: app\.log"):
        reader.read(reader.folder / "logs" / "ap.log")


def test_a_dump_with_numbers_in_binary_headers_is_text(reader) -> None:
    line = (
        b"CreateTime:1795270244369\tOffset:0\tce_id:e-1,kafka_dlt-original-offset:\0\0\0\0\0\0\0\x07\torder-1\t"
        + (b'{"order_id": "order-1", "customer_id": "customer-304", "amount": 128.64, "currency": "EUR"}\n')
    )
    (summary,) = reader.read(reader.write("dlq.txt", line * 3))
    assert (summary.status, summary.records) == ("new", 3)


def test_a_binary_file_is_skipped(reader) -> None:
    (summary,) = reader.read(reader.write("core", os.urandom(4096) + bytes(range(9)) * 200))
    assert (summary.status, summary.notes) == ("skipped", ("binary, no log",))


def test_a_truncated_gzip_is_refused_whole(reader) -> None:
    data = gzip.compress("".join(f'{{"msg":"{os.urandom(20).hex()}"}}\n' for _ in range(5000)).encode())
    bad, good = reader.write("bad.log.gz", data[: len(data) // 2]), reader.write("good.log", GOOD)
    summaries = reader.read(bad, good)
    assert [summary.status for summary in summaries] == ["failed", "new"]
    assert "damaged or cut off" in summaries[0].notes[0]
    assert reader.rows("SELECT count(*) FROM records") == [(1,)]


def test_nothing_readable_at_all_is_an_error(reader) -> None:
    data = gzip.compress(b'{"msg":"x"}\n' * 5000)
    with pytest.raises(UnreadableError, match="damaged or cut off"):
        reader.read(reader.write("bad.log.gz", data[:40]))


@pytest.mark.slow
def test_a_line_of_50_mb_becomes_a_reject_and_the_rest_is_read(reader) -> None:
    long_line = '{"msg":"' + "x" * 50_000_000 + '"}\n'
    (summary,) = reader.read(reader.write("app.log", GOOD + long_line + GOOD))
    assert (summary.records, summary.rejects, summary.skipped) == (2, 1, 0)
    ((line, reason, kept),) = reader.rows("SELECT line, reason, length(text) FROM rejects")
    assert (line, kept) == (2, 64 << 10)
    assert "50,000,010 bytes" in reason
    assert reader.rows("SELECT line FROM records ORDER BY record_id") == [(1,), (3,)]


def test_a_line_above_a_megabyte_is_read(reader) -> None:
    text = "y" * 3_000_000
    reader.read(
        reader.write("app.log", GOOD + json.dumps({"ts": "2026-11-20T14:02:12Z", "msg": text}) + "\n" + GOOD)
    )
    assert reader.rows("SELECT length(message) FROM records ORDER BY record_id") == [(4,), (3_000_000,), (4,)]


def test_json_nested_10000_deep_is_kept(reader) -> None:
    deep = '{"ts":"2026-11-20T14:02:11Z","msg":"deep","a":' + "[" * 10_000 + "]" * 10_000 + "}\n"
    (summary,) = reader.read(reader.write("app.log", GOOD * 3 + deep))
    assert summary.records + summary.rejects == 4
    assert reader.rows("SELECT count(*) FROM records WHERE message = 'good'") == [(3,)]


def test_numbers_beyond_64_bits_are_kept_as_they_are(reader) -> None:
    big = '{"ts":"2026-11-20T14:02:11Z","event_id":"e1","topic":"orders","partition":0,"offset":18446744073709551616123}\n'
    reader.read(reader.write("app.log", big))
    assert reader.rows("SELECT pos, pos_text FROM records") == [(None, "18446744073709551616123")]


def test_a_number_too_large_among_good_ones_is_kept_too(reader) -> None:
    line = '{"ts":"2026-11-20T14:02:11Z","event_id":"e1","topic":"orders","partition":0,"offset":%s}\n'
    reader.read(reader.write("app.log", "".join(line % n for n in (1, 2, 3, "18446744073709551616123"))))
    ((attributes,),) = reader.rows("SELECT attributes FROM records WHERE pos IS NULL")
    assert "18446744073709551616123" in attributes


def test_repeated_keys_are_kept(reader) -> None:
    reader.read(reader.write("app.log", '{"ts":"2026-11-20T14:02:11Z","msg":"x","a":1,"a":2}\n'))
    ((attributes,),) = reader.rows("SELECT attributes FROM records")
    assert '"a":1' in attributes and '"a":2' in attributes


@pytest.mark.parametrize(
    "time", ['"2026-13-45T99:00:00Z"', '"soon"', "null", "1e300", "-1e300", "-6795364578871345152", '""']
)
def test_an_impossible_time_is_no_time_and_is_kept(reader, time: str) -> None:
    good = "".join(f'{{"ts":"2026-11-20T14:02:1{n}Z","msg":"good"}}\n' for n in range(5))
    log = good + f'{{"ts":{time},"msg":"when?"}}\n'
    (summary,) = reader.read(reader.write("app.log", log))
    assert (summary.records, summary.undated) == (6, 1)
    assert summary.notes == ("1 record has no time; give one with --at TIME or --at mtime",)
    ((attributes,),) = reader.rows("SELECT attributes FROM records WHERE message = 'when?'")
    if time not in ("null", '""'):
        assert json.loads(time) == json.loads(attributes)["ts"]


def test_where_one_field_tells_no_time_another_does(reader) -> None:
    """Go writes the time that it does not know as nanoseconds from before 1970."""
    otlp = '{"timeUnixNano":"%s","observedTimeUnixNano":"1795150931000000000","body":{"stringValue":"x"}}'
    lines = [otlp % time for time in ("-6795364578871345152", "0", "1795150930000000000")]
    logs = ",".join(lines)
    document = f'{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{logs}]}}]}}]}}\n'
    (summary,) = reader.read(reader.write("otel.json", document))
    assert summary.records == 3
    seconds = [ts // 10**9 for (ts,) in reader.rows("SELECT ts FROM records ORDER BY record_id")]
    assert seconds == [1795150931, 1795150931, 1795150930]


def test_times_without_a_zone_take_the_one_given(reader) -> None:
    reader.read(reader.write("app.log", '{"ts":"2026-11-20T14:02:11","msg":"x"}\n'), zone="Asia/Tokyo")
    assert reader.rows("SELECT ts FROM records") == [(1795150931 * 10**9,)]


def test_records_without_a_time_take_the_one_given(reader) -> None:
    reader.read(reader.write("app.log", '{"msg":"x"}\n{"msg":"y"}\n'), at="2026-11-20T14:02:11Z")
    assert reader.rows("SELECT DISTINCT ts FROM records") == [(1795183331 * 10**9,)]


def test_a_format_that_does_not_exist_lists_those_that_do(reader) -> None:
    with pytest.raises(UsageError, match=r"--format jsonx: no such format; known are: .*jsonl"):
        reader.read(reader.write("app.log", GOOD), format="jsonx")


def test_a_sqlite_file_is_no_store(tmp_path: Path) -> None:
    path = tmp_path / "lite.db"
    lite = sqlite3.connect(path)
    lite.execute("CREATE TABLE orders (id INTEGER)")
    lite.commit()
    lite.close()
    with pytest.raises(UnreadableError, match="a SQLite file"):
        Store.open(path, read_only=True)


def test_a_file_that_is_no_store_is_refused(reader) -> None:
    Path(reader.store_path).write_text("not a database, but long enough to be looked at as one\n" * 10)
    with pytest.raises(UnreadableError, match="not an evtrace store"):
        reader.read(reader.write("app.log", GOOD))


def test_a_store_of_another_version_is_refused(reader) -> None:
    reader.read(reader.write("app.log", GOOD))
    with Store.open(reader.store_path) as store:
        store.set_meta("schema_version", "999")
    with pytest.raises(UnreadableError, match="store of version 999"):
        reader.read(reader.write("other.log", GOOD * 2))


def test_a_store_that_another_process_writes_is_said_so(reader) -> None:
    reader.read(reader.write("app.log", GOOD))
    hold = "import sys; from evtrace.store import Store; s = Store.open(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", hold, reader.store_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(UnreadableError, match="another process has this store open"):
            reader.read(reader.write("other.log", GOOD * 2))
        other.communicate()


def test_a_full_disk_is_said_so_and_nothing_of_the_source_is_kept(reader) -> None:
    """The limit on a file's size stands for the full disk: the write fails in the same place."""
    reader.read(reader.write("small.log", GOOD))
    lines = "".join(
        json.dumps({"ts": "2026-11-20T14:02:11Z", "msg": os.urandom(200).hex()}) + "\n" for _ in range(60_000)
    )
    big = reader.write("big.log", lines)
    script = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4 << 20, 4 << 20));"
        "from evtrace.cli.run import run; sys.exit(run(['ingest', sys.argv[1], '--store', sys.argv[2]]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(big), reader.store_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert "the disk is full" in done.stderr
    assert "free some space" in done.stderr
    assert reader.rows("SELECT message FROM records") == [("good",)]
    assert reader.read(big)[0].records == 60_000


def test_a_single_document_above_the_cap_is_refused(reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evtrace.ingest.load.LARGEST_DOCUMENT_BYTES", 2 << 20)
    document = json.dumps([{"msg": "x" * 100, "n": n} for n in range(30_000)], indent=1)
    with pytest.raises(
        UnreadableError, match="a single JSON document above 2 MiB is not read; write one element a line"
    ):
        reader.read(reader.write("big.json", document))


def test_undecodable_names_and_hidden_files_do_not_stop_a_folder(reader) -> None:
    reader.write("logs/.hidden.log", GOOD)
    reader.write("logs/[odd] *name?.log", GOOD)
    (summary,) = reader.read(reader.folder / "logs")
    assert (summary.status, summary.records) == ("new", 1)


def test_what_is_no_regular_file_is_said_and_stops_nothing(reader) -> None:
    os.mkfifo(reader.folder / "pipe")
    good = reader.write("good.log", GOOD)
    summaries = reader.read(reader.folder / "pipe", good)
    assert [summary.status for summary in summaries] == ["failed", "new"]
    assert "no regular file" in summaries[0].notes[0]


def test_a_name_that_is_no_text_is_read(reader) -> None:
    (reader.folder / "logs").mkdir()
    Path(os.fsdecode(os.fsencode(reader.folder / "logs") + b"/bad\xff.log")).write_text(GOOD)
    (summary,) = reader.read(reader.folder / "logs")
    assert (summary.records, Path(summary.uri).name) == (1, "bad\\xff.log")


def test_links_to_folders_are_followed_once(reader) -> None:
    reader.write("real/app.log", GOOD)
    (reader.folder / "logs").mkdir()
    (reader.folder / "logs" / "there").symlink_to(reader.folder / "real")
    (reader.folder / "logs" / "round").symlink_to(reader.folder / "logs")
    (summary,) = reader.read(reader.folder / "logs")
    assert summary.records == 1


def test_an_empty_folder_among_the_matches_of_a_pattern_is_no_error(reader) -> None:
    reader.write("logs/app.log", GOOD)
    (reader.folder / "logs" / "empty").mkdir()
    assert [summary.records for summary in reader.read(f"{reader.folder}/logs/*")] == [1]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"zone": "Mars/Olympus"}, "no such time zone"),
        ({"at": "noon"}, "no time"),
        ({"at": "9999-01-01"}, "too far away"),
    ],
)
def test_an_option_that_cannot_be_is_refused_before_anything_is_read(
    reader, options: dict[str, str], sentence: str
) -> None:
    path = reader.write("app.log", GOOD)
    with pytest.raises(UsageError, match=sentence):
        ingest(reader.store_path, [str(path)], Options(**options))
    assert not Path(reader.store_path).exists()


def test_every_field_of_a_role_is_kept(reader) -> None:
    log = '{"message":"payment refused","msg":"evt","correlationId":"c1","correlation_id":"c2","timestamp":"2026-11-20T15:00:00Z","ts":"2026-11-20T14:02:11Z"}\n'
    reader.read(reader.write("app.log", log))
    (row,) = reader.rows("SELECT COLUMNS(*)::VARCHAR FROM records")
    stored = " ".join(value for value in row if value)
    for text in ("payment refused", "evt", "c1", "c2"):
        assert text in stored
    assert "15:00" in stored or "1795186800" in stored


def test_a_minified_document_may_be_longer_than_a_line(reader) -> None:
    document = json.dumps([{"ts": "2026-11-20T14:02:11Z", "msg": "x" * 1000, "n": n} for n in range(12_000)])
    (summary,) = reader.read(reader.write("big.json", document))
    assert (summary.records, summary.rejects) == (12_000, 0)


def test_a_field_that_is_absent_leaves_nothing_behind(reader) -> None:
    logs = '{"ts":"2026-11-20T14:02:11Z","kind":"publish","channel":"orders"%s}\n'
    reader.read(reader.write("a.jsonl", logs % ',"attempt":1' + logs % ""))
    assert reader.rows("SELECT attempt, attributes FROM records ORDER BY line") == [(1, None), (None, None)]


def test_an_empty_line_between_plain_ones_is_skipped(reader) -> None:
    (summary,) = reader.read(reader.write("a.log", "one\n\ntwo\n"))
    assert (summary.format, summary.records, summary.skipped) == ("plain", 2, 1)
