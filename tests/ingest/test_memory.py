"""How much memory DuckDB may use: a fixed amount to read, less to link very many records, more for some reports."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from evtrace.diagnosis.judge import judge
from evtrace.links import link
from evtrace.store import Store, engine

_LIMIT = "SELECT current_setting('memory_limit')"


@pytest.mark.parametrize(("wanted", "allowed"), [(640, "610.3 MiB"), (800, "762.9 MiB"), (1600, "1.4 GiB")])
def test_more_or_less_than_reading_has_is_allowed(
    wanted: int, allowed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EVTRACE_MEMORY", raising=False)
    with Store.memory() as store:
        store.allow_memory(wanted)
        assert store.value(_LIMIT) == allowed
        assert store.memory_mb() == pytest.approx(wanted, rel=0.1)


def test_no_more_than_half_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EVTRACE_MEMORY", raising=False)
    monkeypatch.setattr("evtrace.store.engine._half_of_the_machine", lambda: 1000)
    with Store.memory() as store:
        store.allow_memory(1600)
        assert store.value(_LIMIT) == "953.6 MiB"


def test_what_the_user_says_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVTRACE_MEMORY", "500MB")
    with Store.memory() as store:
        store.allow_memory(1600)
        assert store.value(_LIMIT) == "476.8 MiB"


def test_a_locked_store_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EVTRACE_MEMORY", raising=False)
    with Store.memory() as store:
        store.lock()
        store.allow_memory(1600)
        assert store.value(_LIMIT) == "762.9 MiB"


def _with_records(store: Store, count: int) -> None:
    store.execute(
        f"INSERT INTO record_rows (source_id, ts, kind) SELECT 1, n, 'log' FROM range({count}) AS r(n)"
    )


@pytest.mark.parametrize("work", [link, judge])
@pytest.mark.parametrize(("records", "allowed"), [(3, "762.9 MiB"), (4, "572.2 MiB")])
def test_work_on_many_records_uses_less(
    work: Callable[[Store], object], records: int, allowed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DuckDB holds more than it counts once it works on disk; the process is to stay below 1 GB."""
    monkeypatch.delenv("EVTRACE_MEMORY", raising=False)
    monkeypatch.setattr(engine, "_MANY", 3)
    with Store.memory() as store:
        _with_records(store, records)
        work(store)
        assert store.value(_LIMIT) == allowed


def test_a_locked_store_makes_nothing_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EVTRACE_MEMORY", raising=False)
    monkeypatch.setattr(engine, "_MANY", 3)
    with Store.memory() as store:
        _with_records(store, 4)
        store.lock()
        store.make_ready_for_all_records()
        assert store.value(_LIMIT) == "762.9 MiB"


def test_a_working_table_can_go_to_disk_whole(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What cannot go there would grow with the rows until linking fails."""
    monkeypatch.delenv("EVTRACE_MEMORY", raising=False)
    monkeypatch.setattr(engine, "_MANY", 3)
    columns = ", ".join(f"n + {column} AS c{column}" for column in range(20))
    with Store.open(tmp_path / "s.duckdb") as store:
        _with_records(store, 4)
        store.make_ready_for_all_records()
        store.execute(f"CREATE TEMP TABLE wide AS SELECT {columns} FROM range(1_000_000) AS r(n)")
        store.execute("SET memory_limit = '4MB'")  # 5 MB of small blocks would not go
