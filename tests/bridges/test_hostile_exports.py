"""Hostile text is harmless in every export, and still the same text to a program that reads it."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import duckdb
import pytest

import evtrace
from evtrace.bridges import load
from tests.bridges.told import exported
from tests.hostile_logs import ALL, FORMULA, hostile_store

#: What a terminal obeys, or what turns or hides text.
_ACTIVE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")

_TEXTS = sorted(set(load()) - {"parquet"})


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    return hostile_store(tmp_path_factory.mktemp("hostile"))


@pytest.mark.parametrize("name", _TEXTS)
def test_no_export_holds_an_active_character(store: str, tmp_path: Path, name: str) -> None:
    path = exported(store, name, tmp_path / "out")
    files = list(path.iterdir()) if path.is_dir() else [path]
    for file in files:
        text = file.read_text(encoding="utf-8").replace("\r\n", "\n")
        assert not _ACTIVE.findall(text)
        assert files and text


@pytest.mark.parametrize("name", ["otlp", "jaeger", "zipkin", "chrome", "ocel", "jsonl"])
def test_json_begins_no_tag_and_keeps_the_text(store: str, tmp_path: Path, name: str) -> None:
    text = exported(store, name, tmp_path / "out.json").read_text(encoding="utf-8")
    assert "<" not in text
    parsed = (
        [json.loads(line) for line in text.splitlines()] if name in ("otlp", "jsonl") else json.loads(text)
    )
    said = set(_strings(parsed))
    with evtrace.open(store) as logs:
        types = {row[0] for row in logs.sql("SELECT event_type FROM events").rows}
    assert len(types) == 2 * len(ALL)
    assert types <= said


def _strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for key, item in value.items() for text in (key, *_strings(item))]
    if isinstance(value, list):
        return [text for item in value for text in _strings(item)]
    return [value] if isinstance(value, str) else []


def test_no_cell_of_csv_is_a_formula(store: str, tmp_path: Path) -> None:
    exported(store, "csv", tmp_path / "tables")
    cells = []
    for path in (tmp_path / "tables").iterdir():
        with path.open(newline="", encoding="utf-8") as file:
            cells += [cell for row in csv.reader(file) for cell in row]
    assert any(FORMULA in cell for cell in cells)
    assert not [
        cell for cell in cells if re.match(r"[=+\-@\t\r]", cell) and not re.fullmatch(r"-?\d+(\.\d+)?", cell)
    ]


def test_xml_stays_xml(store: str, tmp_path: Path) -> None:
    log = ElementTree.parse(exported(store, "xes", tmp_path / "flows.xes")).getroot()
    assert {element.tag.rpartition("}")[2] for element in log.iter()} <= {
        "log", "extension", "global", "classifier", "trace", "event", "string", "int", "date",
    }  # fmt: skip


def test_every_line_of_shiviz_is_as_its_expression_says(store: str, tmp_path: Path) -> None:
    lines = exported(store, "shiviz", tmp_path / "flows.log").read_text(encoding="utf-8").splitlines()
    told = [line for line in lines if not line.startswith("=== ")]
    assert all(re.fullmatch(r"\S+ \{.*\}", line) for line in told[1::2])


def test_own_lines_bring_hostile_text_back(store: str, tmp_path: Path) -> None:
    again = str(tmp_path / "again.duckdb")
    with evtrace.open(again) as logs:
        logs.ingest(str(exported(store, "jsonl", tmp_path / "lines.jsonl")))
    sql = "SELECT * EXCLUDE (record_id, source_id, line) FROM records ORDER BY ts, kind"
    with evtrace.open(again) as one, evtrace.open(store) as other:
        assert one.sql(sql) == other.sql(sql)


def test_paths_are_no_sql(shop_path: str, tmp_path: Path) -> None:
    folder = tmp_path / "it's"
    folder.mkdir()
    path = exported(shop_path, "parquet", folder / "o'clock.parquet", "--table", "flows")
    assert duckdb.execute("SELECT COUNT(*) > 0 FROM read_parquet(?)", [str(path)]).fetchall() == [(True,)]
