"""Laws: the order of batches does not matter, the same records give the same rows, big flows are no trouble."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evtrace.links import link
from evtrace.store.engine import Store
from tests.links.linked_logs import MS, TABLES, Logs, insert, tables

_SOME = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def _maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


def _one_of(prefix: str, count: int) -> st.SearchStrategy[str | None]:
    return _maybe(st.integers(1, count).map(lambda n: f"{prefix}{n}"))


_IDS = st.lists(
    st.tuples(st.sampled_from(["order", "customer", "zz"]), st.integers(1, 6)),
    max_size=2,
    unique_by=lambda pair: pair[0],
).map(lambda pairs: "\n".join(f"{kind}={value}" for kind, value in pairs) or None)

_MESSAGES = st.fixed_dictionaries(
    {
        "source_id": st.integers(1, 2),
        "kind": st.sampled_from(["publish", "publish", "receive", "receive", "ack", "nack", "log"]),
        "ts": st.integers(0, 40).map(lambda n: n * MS),
        "service": _one_of("s", 3),
        "worker": _one_of("w", 2),
        "grp": _one_of("g", 2),
        "event_id": _one_of("e", 9),
        "event_type": _one_of("type", 3),
        "causation_id": _one_of("e", 9),
        "correlation_id": _one_of("c", 4),
        "channel": st.just("q"),
        "part": st.just(0),
        "pos": _maybe(st.integers(0, 6)),
        "level": st.sampled_from([None, None, "error"]),
        "ids": _IDS,
    }
)

_SPANS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["process", "publish", "log"]),
        "ts": st.integers(0, 40).map(lambda n: n * MS),
        "end_ts": st.just(60 * MS),
        "service": _one_of("s", 3),
        "trace_id": _one_of("t", 3),
        "span_id": _one_of("x", 5),
        "parent_span_id": _one_of("x", 5),
        "channel": _one_of("q", 2),
        "message": st.just("m"),
        "ids": _IDS,
    }
)

_RECORDS = st.lists(_MESSAGES | _SPANS, min_size=1, max_size=25)


def _linked(records: list[dict[str, Any]], cuts: list[int]) -> dict[str, list[tuple[Any, ...]]]:
    with Store.memory() as store:
        for start, end in zip([0, *cuts], [*cuts, len(records)], strict=True):
            insert(store, records[start:end])
            link(store)
        return tables(store)


@given(records=_RECORDS, cuts=st.lists(st.integers(0, 25), max_size=3))
@_SOME
@pytest.mark.slow
def test_batches_give_the_tables_that_one_run_gives(records: list[dict[str, Any]], cuts: list[int]) -> None:
    bounded = sorted(min(cut, len(records)) for cut in cuts)
    assert _linked(records, bounded) == _linked(records, [])


@given(records=_RECORDS)
@_SOME
@pytest.mark.slow
def test_every_row_of_a_flow_names_a_flow_that_is_there(records: list[dict[str, Any]]) -> None:
    with Store.memory() as store:
        insert(store, records)
        link(store)
        for table in ("events", "deliveries", "edges", "record_flows", "identities"):
            orphans = f"SELECT count(*) FROM {table} WHERE flow_id NOT IN (SELECT flow_id FROM flows)"
            assert store.value(orphans) == 0
        assert store.value("SELECT count(*) FROM events") == store.value(
            "SELECT count(DISTINCT event_no) FROM events"
        )
        assert store.value("SELECT count(*) FROM record_flows") == store.value(
            "SELECT count(DISTINCT record_id) FROM record_flows"
        )
        assert store.value("SELECT sum(records) FROM flows") in (
            None,
            store.value("SELECT count(*) FROM record_flows"),
        )


def test_linking_again_without_new_records_changes_nothing(logs: Logs) -> None:
    logs.add({"kind": "publish", "event_id": "a", "ts": 1, "service": "shop"}).link()
    before = tables(logs.store)
    assert logs.link().records == 0
    assert tables(logs.store) == before


def _chains(store: Store, chains: int, length: int) -> None:
    """Each chain: publish, receive, publish … through five services, causation ids only."""
    store.ensure_record_columns(["service", "event_id", "causation_id", "event_type"])
    store.execute(
        """
        INSERT INTO record_rows BY NAME
        SELECT 1 AS source_id, n * 1000000 + x.after AS ts, x.kind AS kind,
               's' || ((n + x.after) % 5) AS service, c || '-' || n AS event_id,
               CASE WHEN n > 0 AND x.after = 0 THEN c || '-' || (n - 1) END AS causation_id, 'type' || (n % 5) AS event_type
        FROM range(?) AS a(c), range(?) AS b(n), (VALUES ('publish', 0), ('receive', 1)) AS x(kind, after)
        ORDER BY n, c, x.after
        """,
        [chains, length],
    )


def test_long_chains_are_fast() -> None:
    with Store.memory() as store:
        _chains(store, 20, 5_000)
        started = time.process_time()
        summary = link(store)
        took = time.process_time() - started
    assert (summary.flows, summary.edges) == (20, 20 * 4_999)
    assert took < 20  # seconds of the processors; about 4


@pytest.mark.parametrize("worker", [None, "w"])
def test_big_flow_without_causation_ids_is_fast(worker: str | None) -> None:
    with Store.memory() as store:
        _chains(store, 1, 20_000)
        store.ensure_record_columns(["correlation_id", "worker"])
        store.execute(
            "UPDATE record_rows SET correlation_id = 'c', causation_id = NULL, worker = ?", [worker]
        )
        started = time.process_time()
        assert link(store).flows == 1
        assert time.process_time() - started < 20


def test_same_records_give_the_same_rows_in_the_same_order() -> None:
    def physical() -> list[list[tuple[Any, ...]]]:
        with Store.memory() as store:
            _chains(store, 5, 300)
            link(store)
            return [store.rows(f"SELECT * FROM {name}") for name in TABLES]

    assert physical() == physical()


def test_declaring_a_kind_later_links_everything_again(logs: Logs) -> None:
    logs.add(
        *[
            {"kind": "publish", "event_id": f"a{n}", "correlation_id": f"c{n}", "ids": "customer=7"}
            for n in range(3)
        ]
    )
    assert logs.link().flows == 3
    again = logs.link(join=frozenset({"customer"}))
    assert (again.flows, again.relinked) == (1, "other kinds of ids are declared")


def test_working_tables_of_others_stay(logs: Logs) -> None:
    logs.store.execute("CREATE TEMP TABLE mine (n INTEGER)")
    logs.add({"kind": "publish", "event_id": "a"}).link()
    assert logs.store.rows("SELECT table_name FROM duckdb_tables() WHERE database_name = 'temp'") == [
        ("mine",)
    ]
