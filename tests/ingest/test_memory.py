"""How much memory DuckDB may use: a fixed amount to read, more to link very many records."""

from __future__ import annotations

import pytest

from evtrace.store import Store

_LIMIT = "SELECT current_setting('memory_limit')"


@pytest.mark.parametrize(("wanted", "allowed"), [(0, "762.9 MiB"), (800, "762.9 MiB"), (1600, "1.4 GiB")])
def test_room_is_made_above_what_reading_has(
    wanted: int, allowed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EVTRACE_MEMORY", raising=False)
    with Store.memory() as store:
        store.make_room(wanted)
        assert store.value(_LIMIT) == allowed


def test_no_more_than_half_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EVTRACE_MEMORY", raising=False)
    monkeypatch.setattr("evtrace.store.engine._half_of_the_machine", lambda: 1000)
    with Store.memory() as store:
        store.make_room(1600)
        assert store.value(_LIMIT) == "953.6 MiB"


def test_what_the_user_says_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVTRACE_MEMORY", "500MB")
    with Store.memory() as store:
        store.make_room(1600)
        assert store.value(_LIMIT) == "476.8 MiB"


def test_a_locked_store_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EVTRACE_MEMORY", raising=False)
    with Store.memory() as store:
        store.lock()
        store.make_room(1600)
        assert store.value(_LIMIT) == "762.9 MiB"
