"""A log that names no service gets one: by what others tell of its events, by its group, by its file's name."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

import evtrace

Line = dict[str, Any]

SHOP, STOCK, DUMP = "shop.log", "stock-2.log", "broker.jsonl"


def _line(at: int, kind: str, event: str, **more: Any) -> Line:
    return {
        "timestamp": 1_772_366_400 + at,
        "kind": kind,
        "event_id": event,
        "correlation_id": event[1:],
    } | more


def _files(*, group: str = "readers-of-orders") -> dict[str, list[Line]]:
    """Shop and a dump of the broker name who publishes; stock has a log with levels and names itself nowhere."""
    files: dict[str, list[Line]] = {SHOP: [], STOCK: [], DUMP: []}
    for n in range(5):
        at = n * 100
        files[SHOP].append(_line(at, "publish", f"a{n}", service="shop", level="info"))
        files[STOCK] += [
            _line(at + 1, "receive", f"a{n}", group=group, level="info", worker="w-1"),
            _line(at + 2, "publish", f"b{n}", level="info", worker="w-1"),
        ]
        files[DUMP].append(_line(at + 2, "publish", f"b{n}", producer="stock"))
    return files


def _ingested(
    folder: Path, files: dict[str, list[Line]], *, runs: Iterable[tuple[str, ...]]
) -> evtrace.Answers:
    folder.mkdir(exist_ok=True)
    for name, lines in files.items():
        (folder / name).write_text("".join(json.dumps(line) + "\n" for line in lines))
    logs = evtrace.open(str(folder / "store.duckdb"))
    for names in runs:
        logs.ingest(*(str(folder / name) for name in names))
    return logs


def _readers(logs: evtrace.Answers) -> set[Any]:
    return {service for (service,) in logs.sql("SELECT DISTINCT service FROM deliveries").rows}


def _linked(logs: evtrace.Answers) -> set[tuple[Any, ...]]:
    return set(logs.sql("SELECT parent_event_id, child_event_id FROM edges").rows)


def test_what_others_tell_of_its_events_names_it(tmp_path: Path) -> None:
    logs = _ingested(tmp_path, _files(), runs=[(SHOP, STOCK, DUMP)])
    assert _readers(logs) == {"stock"}
    assert _linked(logs) == {(f"a{n}", f"b{n}") for n in range(5)}
    ((notes,),) = logs.sql("SELECT notes FROM sources WHERE uri LIKE '%stock%'").rows
    assert "taken for stock" in str(notes)


@pytest.mark.parametrize(
    "runs", [[(STOCK,), (SHOP, DUMP)], [(SHOP, STOCK), (DUMP,)], [(DUMP,), (SHOP,), (STOCK,)]]
)
def test_it_is_the_same_in_whatever_order_the_logs_come(tmp_path: Path, runs: list[tuple[str, ...]]) -> None:
    said = "SELECT event_id, grp, service, outcome FROM deliveries ORDER BY ALL"
    whole = _ingested(tmp_path / "whole", _files(), runs=[(SHOP, STOCK, DUMP)])
    parts = _ingested(tmp_path / "parts", _files(), runs=runs)
    assert parts.sql(said).rows == whole.sql(said).rows
    assert _linked(parts) == _linked(whole)


def test_lines_that_come_later_are_named_as_well(tmp_path: Path) -> None:
    files = _files()
    _ingested(tmp_path, files, runs=[(SHOP, STOCK, DUMP)])
    files[STOCK].append(_line(600, "receive", "a4", group="readers-of-orders", level="info", worker="w-1"))
    logs = _ingested(tmp_path, files, runs=[(STOCK,)])
    assert _readers(logs) == {"stock"}
    assert logs.sql("SELECT COUNT(*) FROM deliveries").rows == ((6,),)


def test_its_one_group_names_it_where_nobody_tells_of_its_events(tmp_path: Path) -> None:
    logs = _ingested(tmp_path, _files(group="warehouse"), runs=[(SHOP, STOCK)])
    assert _readers(logs) == {"warehouse"}


def test_its_file_names_it_where_another_log_knows_the_name(tmp_path: Path) -> None:
    files = _files()
    for line in files[STOCK]:
        line.pop("group", None)
    files[SHOP].append(_line(900, "publish", "z", service="stock", level="info"))
    logs = _ingested(tmp_path, files, runs=[(SHOP, STOCK)])
    assert _readers(logs) == {"stock"}


def test_who_writes_down_what_all_publish_is_none_of_them(tmp_path: Path) -> None:
    """The dump has no level and tells of producers: it stays without a service."""
    logs = _ingested(tmp_path, _files(), runs=[(SHOP, STOCK, DUMP)])
    assert logs.sql("SELECT DISTINCT service FROM records WHERE producer IS NOT NULL").rows == ((None,),)
