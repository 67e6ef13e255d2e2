"""A linking that fails leaves nothing behind, and the next one does all of it."""

from __future__ import annotations

import pytest

from evtrace.links import edge_rows, edges
from evtrace.links.work import Work
from tests.links.linked_logs import Logs, published, received

_TABLES = ("flows", "stored_events", "stored_deliveries", "stored_edges", "record_flows", "stored_identities")


class _Broken(Exception):
    """What the tests let go wrong."""


def _counts(logs: Logs) -> list[int]:
    return [logs.store.value(f"SELECT COUNT(*) AS n FROM {table}") for table in _TABLES]


def _order(number: int) -> list[dict[str, object]]:
    shown = {"correlation_id": f"c{number}"}
    return [
        published(f"a{number}", number * 10, "shop", **shown),
        received(f"a{number}", number * 10 + 1, "pay", **shown),
        published(f"b{number}", number * 10 + 2, "pay", causation_id=f"a{number}", **shown),
    ]


@pytest.mark.parametrize(
    ("module", "name"), [(edges, "build"), (edge_rows, "insert")], ids=["finding", "writing"]
)
@pytest.mark.parametrize("linked_before", [False, True], ids=["first", "later"])
def test_a_failure_leaves_what_was_there(
    logs: Logs, module: object, name: str, linked_before: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if linked_before:
        logs.add(*_order(1)).link()
    before = _counts(logs)
    logs.add(*_order(2))

    def fail(work: Work) -> None:
        raise _Broken

    with monkeypatch.context() as patched:
        patched.setattr(module, name, fail)
        with pytest.raises(_Broken):
            logs.link()
    assert _counts(logs) == before
    assert logs.store.rows("SELECT table_name FROM duckdb_tables() WHERE database_name = 'temp'") == []
    assert logs.link().flows == 1 + linked_before
    assert ("a2", "b2", "E1") in logs.edges()


def test_a_transaction_inside_another_is_a_part_of_it(logs: Logs) -> None:
    with pytest.raises(_Broken), logs.store.transaction():
        with logs.store.transaction():
            logs.store.set_meta("inner", "1")
        raise _Broken
    assert logs.store.meta("inner") is None
