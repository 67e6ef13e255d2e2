"""A JSON document of any shape is read whole, whatever its size up to the cap, within the memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from evtrace import formats
from evtrace.errors import UnreadableError
from evtrace.formats.documents import units
from evtrace.ingest.blocks import Block
from evtrace.ingest.insert import insert_block
from evtrace.ingest.job import Job
from evtrace.store import Store

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
#: Records in an element of the shape, where there are several.
RECORDS = {"jaeger": 10, "zipkin_traces": 10}
SHAPES = (
    "array", "object_data", "object_events", "by_partition", "concatenated", "cloudevents", "elastic", "elastic_array",
    "loki", "cloudwatch", "cloudwatch_insights", "otlp_logs", "otlp_spans", "otlp_resources", "jaeger", "jaeger_one_trace",
    "zipkin", "zipkin_traces", "large_elements",
)  # fmt: skip


@pytest.fixture
def write(reader, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Path, int]]:
    """Write a document of a shape; where it is and how many records it holds."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import documents

    assert set(documents.SHAPES) == set(SHAPES)

    def written(shape: str, size_bytes: int, *, is_pretty: bool = False) -> tuple[Path, int]:
        path = reader.folder / f"{shape}.json"
        elements = documents.write(path, shape, size_bytes=size_bytes, is_pretty=is_pretty)
        return path, elements * RECORDS.get(shape, 1)

    return written


@pytest.mark.parametrize("is_pretty", [False, True], ids=["minified", "over lines"])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_element_is_a_record(reader, write, shape: str, is_pretty: bool) -> None:
    path, records = write(shape, 700_000, is_pretty=is_pretty)
    (summary,) = reader.read(path)
    assert records > 20
    assert (summary.records, summary.rejects, summary.skipped, summary.undated) == (records, 0, 0, 0)
    places = reader.rows("SELECT count(DISTINCT (line, item)), min(item) FROM records")
    assert places == [(records, 1)]


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["object_data", "loki", "otlp_logs", "jaeger_one_trace", "large_elements"])
def test_a_document_near_the_cap_stays_within_a_gigabyte(reader, write, shape: str) -> None:
    path, records = write(shape, 31 << 20)
    command = [sys.executable, "-m", "evtrace", "ingest", str(path), "--store", reader.store_path, "--quiet"]
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0
    assert usage.ru_maxrss < 1 << 20
    assert reader.rows("SELECT count(*) FROM records") == [(records,)]


def event(number: int, **more: object) -> dict[str, object]:
    return {"ts": f"2026-11-20T14:02:{number % 60:02}Z", "event_id": f"e-{number}", **more}


def test_what_breaks_in_the_middle_loses_nothing_before_it(reader) -> None:
    text = json.dumps({"data": [event(1), event(2), event(3)], "next": None})
    broken = "} and {".join(text.rsplit("}, {", 1))
    (summary,) = reader.read(reader.write("a.json", broken))
    assert (summary.records, summary.rejects) == (1, 1)
    ((rest,),) = reader.rows("SELECT text FROM rejects")
    assert broken.endswith(rest)
    assert "e-1" not in rest and "e-2" in rest


def test_an_element_that_is_no_json_is_one_reject(reader) -> None:
    text = json.dumps([event(n) for n in range(9)], indent=1).replace('"e-4"', '"e-\\x4"')
    (summary,) = reader.read(reader.write("a.json", text))
    assert (summary.records, summary.rejects) == (8, 1)
    assert "e-\\x4" in reader.rows("SELECT text FROM rejects")[0][0]


def test_documents_after_one_another_know_their_lines(reader) -> None:
    """As `jq .` writes what was a document a line."""
    documents = [{"data": [event(1), event(2)]}, {"data": [event(3)]}, []]
    reader.read(reader.write("a.json", "\n".join(json.dumps(one, indent=1) for one in documents)))
    assert reader.rows("SELECT event_id, line, item FROM records ORDER BY record_id") == [
        ("e-1", 1, 1), ("e-2", 1, 2), ("e-3", 13, 1)
    ]  # fmt: skip
    assert reader.rows("SELECT records, skipped FROM sources") == [(3, 1)]


def test_what_stands_beside_the_records_is_told_with_each_while_it_is_short(reader) -> None:
    short, long = {"queue": "orders"}, {"included": [{"sku": f"s-{n}"} for n in range(1000)]}
    reader.read(reader.write("short.json", json.dumps({"data": [event(1), event(2)], **short})))
    (summary,) = reader.read(reader.write("long.json", json.dumps({"data": [event(3), event(4)], **long})))
    assert summary.records == 3
    kept = reader.rows("SELECT attributes FROM records ORDER BY record_id")
    assert ["queue" in text for (text,) in kept[:2]] == [True, True]
    assert [("s-999" in (text or "")) for (text,) in kept[2:]] == [False, False, True]


def test_an_element_longer_than_a_line_may_be_is_a_reject(reader) -> None:
    long = event(2, note="x" * (9 << 20))
    (summary,) = reader.read(reader.write("a.json", json.dumps({"data": [event(1), long, event(3)]})))
    assert (summary.records, summary.rejects) == (2, 1)
    ((item, reason, kept),) = reader.rows("SELECT item, reason, strlen(text) FROM rejects")
    assert (item, kept) == (2, 64 << 10)
    assert "elements of up to 8 MiB are read" in reason


def test_elements_of_many_small_values_are_read_in_smaller_pieces(reader) -> None:
    """JSON of small values takes ten times its size, for each look at it."""
    small = [{"sku": f"a{n}", "n": n, "f": [1, 2, 3]} for n in range(60_000)]
    (summary,) = reader.read(
        reader.write("a.json", json.dumps({"data": [event(n, items=small) for n in range(5)]}))
    )
    assert (summary.records, summary.rejects) == (5, 0)


@pytest.mark.parametrize("indent", [None, 1])
def test_a_document_above_the_cap_is_refused_however_it_is_written(
    reader, monkeypatch: pytest.MonkeyPatch, indent: int | None
) -> None:
    monkeypatch.setattr("evtrace.ingest.load.LARGEST_DOCUMENT_BYTES", 1 << 20)
    document = json.dumps({"data": [event(n) for n in range(30_000)]}, indent=indent)
    with pytest.raises(UnreadableError, match="a single JSON document above 1 MiB is not read"):
        reader.read(reader.write("big.json", document))


def test_inner_formats_of_a_long_document_are_found(reader) -> None:
    """The head that is looked at breaks off inside the document."""
    events = [
        {
            "logStreamName": "b",
            "timestamp": 1795183331513 + n,
            "ingestionTime": 1,
            "message": json.dumps(event(n)),
        }
        for n in range(3_000)
    ]
    (summary,) = reader.read(reader.write("a.json", json.dumps({"events": events})))
    assert summary.format == "cloudwatch+jsonl"
    assert reader.rows("SELECT count(DISTINCT event_id) FROM records") == [(3_000,)]


class Pairs:
    """A format whose units are put together by SQL: one of every two elements."""

    NAME, SHAPE, UNIT, INNER, SAMPLES = "pairs", "document", "pair", None, ("[1,2]",)

    def detect(self, sample: object) -> float:
        return 1.0

    def items(self, docs: str) -> str:
        pair = "json_object('ts', json_extract(root, '$[0]'), 'msg', json_extract(root, '$[1]'))"
        return units(docs, f"CASE WHEN json_array_length(root) = 2 THEN [CAST({pair} AS JSON)] END")


def test_a_format_may_put_its_units_together_by_sql(reader, monkeypatch: pytest.MonkeyPatch) -> None:
    known = formats.load()
    monkeypatch.setattr("evtrace.formats.load", lambda: {**known, "pairs": Pairs()})
    text = '["2026-11-20T14:02:11Z","one"]\n["2026-11-20T14:02:12Z","two"]\n[]\nno\n'
    (summary,) = reader.read(reader.write("a.json", text))
    assert (summary.records, summary.skipped, summary.rejects) == (2, 1, 1)
    assert reader.rows("SELECT message, line, item FROM records ORDER BY record_id") == [
        ("one", 1, 1),
        ("two", 2, 1),
    ]


def test_what_sql_cannot_put_together_is_kept(reader, monkeypatch: pytest.MonkeyPatch) -> None:
    known = formats.load()
    monkeypatch.setattr("evtrace.formats.load", lambda: {**known, "pairs": Pairs()})
    (summary,) = reader.read(reader.write("a.json", '["2026-11-20T14:02:11Z","one"]\n["a",tru]\n'))
    assert (summary.records, summary.rejects) == (1, 1)
    assert reader.rows("SELECT line, text FROM rejects") == [(2, '["a",tru]')]


def test_what_was_read_before_memory_ran_out_counts_once(reader, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[int] = []

    def insert(store: Store, job: Job, block: Block, **options: Any) -> None:
        insert_block(store, job, block, **options)
        reads.append(job.counts.records)
        if len(reads) == 1:
            raise duckdb.OutOfMemoryException("no memory is left")

    monkeypatch.setattr("evtrace.ingest.load.insert_block", insert)
    text = '[{"ts":"2026-11-20T14:02:11Z","msg":"one"},\n {"ts":"2026-11-20T14:02:12Z","msg":"two"}]\n'
    (summary,) = reader.read(reader.write("a.json", text))
    assert reads == [2, 2]
    assert (summary.records, summary.rejects, summary.skipped) == (2, 0, 0)
    assert reader.rows("SELECT count(*) FROM records") == [(2,)]
