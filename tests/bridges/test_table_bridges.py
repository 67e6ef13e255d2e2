"""Tables, read back by DuckDB and by evtrace."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import duckdb
import pytest

import evtrace
from evtrace.bridges.scope import TABLES
from evtrace.cli.run import run
from tests.bridges.told import exported

#: What says the same of two stores: keys inside a store and the place of a line differ.
_SAME = {
    "records": "SELECT * EXCLUDE (record_id, source_id, line, item) FROM records",
    "events": "SELECT * EXCLUDE (event_no, record_id, flow_id) FROM events",
    "deliveries": "SELECT * EXCLUDE (delivery_id, event_no, record_id, flow_id) FROM deliveries",
    "edges": "SELECT * EXCLUDE (parent_no, child_no, via, flow_id) FROM edges",
    "flows": "SELECT * EXCLUDE (flow_id) FROM flows",
    "identities": "SELECT kind, value FROM identities",
    "id_kinds": "SELECT * FROM id_kinds",
    "gluing": "SELECT kind, value, fan FROM gluing",
}


def _tables(store_path: str) -> dict[str, list[str]]:
    with evtrace.open(store_path) as logs:
        return {name: sorted(map(repr, logs.sql(sql).rows)) for name, sql in _SAME.items()}


def _rows(store_path: str, table: str) -> list[tuple[Any, ...]]:
    with evtrace.open(store_path) as logs:
        hidden = " EXCLUDE (h)" if table == "identities" else ""
        return sorted(logs.sql(f"SELECT *{hidden} FROM {table}").rows, key=repr)


def test_own_lines_give_the_same_tables(kafka_path: str, tmp_path: Path) -> None:
    exported(kafka_path, "jsonl", tmp_path / "lines")
    again = str(tmp_path / "again.duckdb")
    with evtrace.open(again) as logs:
        summary = logs.ingest(str(tmp_path / "lines"))
        assert summary.rejects == 0
    assert _tables(again) == _tables(kafka_path)


def test_own_lines_in_one_file_give_the_same_records(kafka_path: str, tmp_path: Path) -> None:
    again = str(tmp_path / "again.duckdb")
    with evtrace.open(again) as logs:
        logs.ingest(str(exported(kafka_path, "jsonl", tmp_path / "lines.jsonl")))
    for table in ("records", "flows"):
        with evtrace.open(again) as one, evtrace.open(kafka_path) as other:
            assert sorted(map(repr, one.sql(_SAME[table]).rows)) == sorted(
                map(repr, other.sql(_SAME[table]).rows)
            )


def test_own_lines_that_were_altered_lose_nothing(tmp_path: Path) -> None:
    lines = tmp_path / "lines.jsonl"
    lines.write_text(
        '{"evtrace":1,"kind":"publish","ts":1,"event_id":"a","attributes":"{\\"x\\":1}"}\n'
        '{"evtrace":1,"kind":"publish","ts":"soon","event_id":"b"}\n'
        '{"evtrace":1,"kind":"publish","ts":2,"event_id":"c","part":"one"}\n'
        '{"evtrace":1,"kind":"reject","ts":3}\n'
        '{"evtrace":1,"kind":"log","ts":4,\n'
        '{"evtrace":1,"kind":"log","ts":5,"message":"' + "a " * 50 + '"}\n'
    )
    with evtrace.open(str(tmp_path / "altered.duckdb")) as logs:
        summary = logs.ingest(str(lines), format="evtrace")
        rows = logs.sql(
            "SELECT event_id, ts, part, attributes FROM records WHERE kind = 'publish' ORDER BY event_id"
        ).rows
        rejects = logs.sql("SELECT line FROM rejects ORDER BY line").rows
    assert (summary.records, rejects) == (4, ((4,), (5,)))
    assert [row[:3] for row in rows] == [("a", 1, None), ("b", None, None), ("c", 2, None)]
    assert (rows[0][3], '"soon"' in rows[1][3], '"one"' in rows[2][3]) == ('{"x":1}', True, True)


def test_parquet_holds_every_table_exactly(store_path: str, tmp_path: Path) -> None:
    exported(store_path, "parquet", tmp_path / "tables")
    assert {path.stem for path in (tmp_path / "tables").iterdir()} == set(TABLES)
    for table in TABLES:
        read = duckdb.execute(f"SELECT * FROM read_parquet('{tmp_path}/tables/{table}.parquet')").fetchall()
        assert sorted(read, key=repr) == _rows(store_path, table)


def test_csv_holds_every_table(store_path: str, tmp_path: Path) -> None:
    exported(store_path, "csv", tmp_path / "tables")
    for table in TABLES:
        with (tmp_path / "tables" / f"{table}.csv").open(newline="", encoding="utf-8") as file:
            head, *rows = csv.reader(file)
        truth = _rows(store_path, table)
        assert len(rows) == len(truth)
        if table in ("events", "deliveries", "edges"):
            place = [head.index(name) for name in head if name.endswith(("_id", "_no", "_ts"))]
            told = sorted(tuple(row[column] for column in place) for row in rows)
            assert told == sorted(
                tuple("" if row[column] is None else str(row[column]) for column in place) for row in truth
            )


@pytest.mark.parametrize("name", ["csv", "parquet"])
def test_one_table_in_one_file(shop_path: str, tmp_path: Path, name: str) -> None:
    path = exported(shop_path, name, tmp_path / f"edges.{name}", "--table", "edges")
    reader = "read_csv" if name == "csv" else "read_parquet"
    assert duckdb.execute(f"SELECT COUNT(*) FROM {reader}('{path}')").fetchall() == [
        (len(_rows(shop_path, "edges")),)
    ]


def test_a_choice_of_flows_is_all_there_is(shop_path: str, tmp_path: Path) -> None:
    exported(shop_path, "parquet", tmp_path / "tables", "8123")
    counts = {
        table: duckdb.execute(
            f"SELECT COUNT(*) FROM read_parquet('{tmp_path}/tables/{table}.parquet')"
        ).fetchall()[0][0]
        for table in TABLES
    }
    with evtrace.open(shop_path) as logs:
        ((flow_id, records),) = logs.sql(
            "SELECT flow_id, records FROM flows WHERE root_event_id = 'placed-8123'"
        ).rows
        ((events,),) = logs.sql(f"SELECT COUNT(*) FROM events WHERE flow_id = {flow_id}").rows
    assert (counts["flows"], counts["records"], counts["events"], counts["rejects"]) == (
        1,
        records,
        events,
        0,
    )


def test_whole_stores_are_exported_with_what_is_in_no_flow(kafka_path: str, tmp_path: Path) -> None:
    path = exported(kafka_path, "jsonl", tmp_path / "all.jsonl")
    with evtrace.open(kafka_path) as logs:
        ((records,),) = logs.sql("SELECT COUNT(*) FROM records").rows
        ((in_flows,),) = logs.sql("SELECT COUNT(*) FROM record_flows WHERE flow_id IS NOT NULL").rows
    assert in_flows < records == len(path.read_text(encoding="utf-8").splitlines())


def test_the_same_store_gives_the_same_bytes(shop_path: str, tmp_path: Path) -> None:
    from evtrace.bridges import load

    for name, bridge in load().items():
        if name in ("csv", "parquet"):
            continue
        first = exported(shop_path, name, tmp_path / f"first{bridge.ENDING}").read_bytes()
        assert first == exported(shop_path, name, tmp_path / f"second{bridge.ENDING}").read_bytes()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--to", "svg"), "no such format; there are chrome, csv"),
        (("--to", "csv"), "writes files; name a folder"),
        (("--to", "otlp", "--table", "edges", "-o", "x.json"), "otlp has no tables"),
        (("--to", "csv", "--table", "edge", "-o", "x.csv"), "no such table; there are records"),
        (
            ("--to", "csv", "-o", "x.csv"),
            "-o x.csv: one file holds one table; name it with --table (records, ",
        ),
        (("--to", "parquet", "-o", "x.parquet"), "or a folder for all: -o x/"),
        (("nothing-like-it",), "unknown id"),
        (("--verdict", "sad"), "no such verdict"),
    ],
)
def test_misuse_is_told(
    shop_path: str, capsys: pytest.CaptureFixture[str], args: tuple[str, ...], said: str
) -> None:
    assert run(["export", "--store", shop_path, *args]) == 2
    assert said in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_told(
    shop_path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (("otlp",), ("parquet", "--table", "flows")):
        out = str(tmp_path / "no" / "flows.x")
        assert run(["export", "--store", shop_path, "-o", out, "--to", *words]) == 3
        assert "cannot be written" in capsys.readouterr().err
