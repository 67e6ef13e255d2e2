"""Very many rows are joined slice by slice: that changes no link."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.generate import generate
from evtrace.ingest.run import Options, ingest
from evtrace.links import slices
from evtrace.links.work import Declared, Work
from evtrace.store import Store

_SAMPLES = Path(__file__).resolve().parents[2] / "sample_logs"
_TABLES = ("events", "deliveries", "edges", "record_flows", "flows", "identities")


def _tables(path: Path, log: Path) -> dict[str, list[tuple[object, ...]]]:
    ingest(str(path), [str(log)], Options())
    with Store.open(path, read_only=True) as store:
        return {table: store.rows(f"SELECT * FROM {table} ORDER BY ALL") for table in _TABLES}


@pytest.fixture(params=["captured", "told"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """One whose edges are found by many rules, and one whose records tell all causes."""
    if request.param == "captured":
        return _SAMPLES / "nats"
    path = tmp_path / "shop.jsonl"
    generate(path, records=2_000)
    return path


def test_linking_in_slices_links_the_same(log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = _tables(tmp_path / "at_once.duckdb", log)
    assert at_once["edges"]
    monkeypatch.setattr(slices, "_PER_MB", 0.05)
    asked: list[int] = []
    count = slices.of

    def of(work: Work, table: str, *, times: int = 1) -> int:
        asked.append(count(work, table, times=times))
        return asked[-1]

    monkeypatch.setattr(slices, "of", of)
    assert _tables(tmp_path / "in_slices.duckdb", log) == at_once
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


@pytest.mark.parametrize("many", [1, 2, 4])
def test_ascending_slices_follow_one_another(many: int) -> None:
    """Ids below the lowest and above the top are in the outer ones."""
    with Store.memory() as store:
        store.execute("CREATE TABLE these AS SELECT n - 50 AS id FROM range(200) AS r(n)")
        rows = [
            row
            for part in slices.ascending(many, 0, 100)
            for row in store.rows(f"SELECT id FROM these WHERE {part.format(id='id')} ORDER BY id")
        ]
        assert rows == store.rows("SELECT id FROM these ORDER BY id")
