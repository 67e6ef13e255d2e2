"""Very many rows are joined slice by slice: that changes no link."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.generate import generate
from evtrace.ingest.run import Options, ingest
from evtrace.links import slices
from evtrace.links.work import Declared, Work
from evtrace.store import Store

_SAMPLES = Path(__file__).resolve().parents[2] / "sample_logs"
_TABLES = ("events", "deliveries", "edges", "record_flows", "identities")
#: Tables whose rows are written in the order of their ids.
_ORDERED = ("flows", "stored_identities", "id_cores")
_DECIDED = "SELECT value FROM meta WHERE name = 'trigger_model'"


def _tables(path: Path, logs: Sequence[Path]) -> dict[str, list[tuple[object, ...]]]:
    """What stands in the store once each of the logs was ingested."""
    for log in logs:
        ingest(str(path), [str(log)], Options())
    with Store.open(path, read_only=True) as store:
        found = {table: store.rows(f"SELECT * FROM {table} ORDER BY ALL") for table in _TABLES}
        found |= {table: store.rows(f"SELECT * FROM {table}") for table in _ORDERED}
        return found | {"decided": store.rows(_DECIDED)}


@pytest.fixture(params=["captured", "told", "grown"])
def logs(request: pytest.FixtureRequest, tmp_path: Path) -> list[Path]:
    """Edges found by many rules; records that tell all causes; and the same in two parts, which cut some flows."""
    if request.param == "captured":
        return [_SAMPLES / "nats"]
    path = tmp_path / "shop.jsonl"
    generate(path, records=2_000)
    if request.param == "told":
        return [path]
    lines = path.read_text().splitlines(keepends=True)
    parts = [tmp_path / "first.jsonl", tmp_path / "second.jsonl"]
    for part, some in zip(parts, (lines[:1_000], lines[1_000:]), strict=True):
        part.write_text("".join(some))
    return parts


def test_linking_in_slices_links_the_same(
    logs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EVTRACE_MEMORY", raising=False)
    at_once = _tables(tmp_path / "at_once.duckdb", logs)
    assert at_once["edges"]
    assert at_once["decided"]
    monkeypatch.setattr(slices, "_PER_MB", 0.05)
    asked: list[int] = []
    count = slices.of

    def of(work: Work, table: str, *, times: int = 1) -> int:
        asked.append(count(work, table, times=times))
        return asked[-1]

    monkeypatch.setattr(slices, "of", of)
    assert _tables(tmp_path / "in_slices.duckdb", logs) == at_once
    assert asked
    assert min(asked) >= 8


@pytest.mark.parametrize(("rows", "wanted"), [(0, 1), (1, 1), (4, 1), (5, 2), (8, 2), (9, 4), (17, 8)])
def test_slices_are_a_power_of_two(rows: int, wanted: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVTRACE_MEMORY", "400MiB")
    monkeypatch.setattr(slices, "_PER_MB", 0.01)
    with Store.memory() as store:
        store.execute(f"CREATE TABLE these AS SELECT n FROM range({rows}) AS r(n)")
        work = Work(store, Declared(), 0)
        assert slices.of(work, "these") == wanted
        assert slices.of(work, "these", times=2) == (1 if rows < 3 else 2 * wanted)


def test_every_row_is_in_one_slice() -> None:
    with Store.memory() as store:
        store.execute(
            "CREATE TABLE these AS SELECT n - 50 AS id FROM range(100) AS r(n) UNION ALL SELECT NULL"
        )
        found = [
            store.value(f"SELECT COUNT(*) AS n FROM these WHERE {part.format(id='id')}")
            for part in slices.each(4)
        ]
    assert sum(found) == 101
    assert all(found)


@pytest.mark.parametrize("bounds", [[], [20], [-20, 20, 20, 70]])
def test_ascending_slices_follow_one_another(bounds: list[int]) -> None:
    with Store.memory() as store:
        store.execute("CREATE TABLE these AS SELECT n - 50 AS id FROM range(200) AS r(n)")
        rows = [
            row
            for part in slices.ascending(bounds)
            for row in store.rows(f"SELECT id FROM these WHERE {part.format(id='id')} ORDER BY id")
        ]
        assert rows == store.rows("SELECT id FROM these ORDER BY id")


def test_slices_hold_about_as_many_rows_each() -> None:
    """Also where one old flow stands far below many new ones."""
    with Store.memory() as store:
        store.execute(
            "CREATE TABLE these AS SELECT 0 AS id UNION ALL SELECT n FROM range(100_000, 101_000) AS r(n)"
        )
        work = Work(store, Declared(), 0)
        counts = [
            store.value(f"SELECT COUNT(*) AS n FROM these WHERE {part.format(id='id')}")
            for part in slices.ascending(slices.bounds_of(work, "these", "id", 4))
        ]
        assert sum(counts) == 1_001
        assert min(counts) > 200
        assert slices.bounds_of(work, "(SELECT * FROM these WHERE id < 0) AS none", "id", 4) == []


def test_bounds_of_hashes_are_even() -> None:
    assert slices.bounds_of_hashes(1) == []
    assert slices.bounds_of_hashes(4) == [1 << 61, 2 << 61, 3 << 61]
