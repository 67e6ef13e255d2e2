"""Linking lets DuckDB store rows in any order, and only linking does."""

from __future__ import annotations

from evtrace.store import Store
from tests.links.linked_logs import Logs, published

_SETTING = "SELECT current_setting('preserve_insertion_order')"


def test_rows_keep_their_order_again_after_linking(logs: Logs) -> None:
    logs.add(published("a", 1, "shop")).link()
    assert logs.store.value(_SETTING) is True


def test_rows_keep_their_order_again_after_a_failure() -> None:
    store = Store.memory()
    try:
        with store.in_any_order():
            assert store.value(_SETTING) is False
            raise KeyError
    except KeyError:
        assert store.value(_SETTING) is True


def test_store_with_locked_settings_is_linked_all_the_same(logs: Logs) -> None:
    logs.add(published("a", 1, "shop"))
    logs.store.lock()
    assert logs.link().events == 1
