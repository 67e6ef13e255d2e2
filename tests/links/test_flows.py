"""Which records belong together, and which ids only find them."""

from __future__ import annotations

from tests.links.linked_logs import MS, Logs, published, received, span


def _orders(count: int, customers: int) -> list[dict[str, object]]:
    return [
        record
        for n in range(count)
        for record in (
            published(
                f"a{n}", n, "shop", correlation_id=f"c{n}", ids=f"order={n + 1}\ncustomer={n % customers + 1}"
            ),
            received(f"a{n}", n + 5, "pay", correlation_id=f"c{n}", ids=f"order={n + 1}"),
        )
    ]


def test_customer_finds_flows_and_glues_none(logs: Logs) -> None:
    logs.add(*_orders(12, 3)).link()
    assert len(logs.flows()) == 12
    assert logs.store.value("SELECT count(*) FROM identities WHERE kind = 'customer' AND value = '1'") == 4
    assert logs.store.rows("SELECT kind, joins FROM id_kinds ORDER BY kind") == [
        ("customer", False),
        ("order", True),
    ]


def test_unknown_kind_joins_when_its_values_stay_in_one_flow(logs: Logs) -> None:
    logs.add(*[published(f"a{n}", n, "shop", correlation_id=f"c{n}", ids=f"zz={n + 1}") for n in range(6)])
    logs.add({"ts": 0, "service": "old", "ids": "zz=3"}).link()
    assert len(logs.flows()) == 6


def test_unknown_kind_with_few_values_does_not_join(logs: Logs) -> None:
    logs.add(*[published(f"a{n}", n, "shop", correlation_id=f"c{n}", ids=f"zz={n + 1}") for n in range(3)])
    logs.add({"ts": 0, "service": "old", "ids": "zz=3"}).link()
    assert logs.store.value("SELECT count(*) FROM record_flows") == 3


def test_declared_kinds_win(logs: Logs) -> None:
    logs.add(*_orders(12, 3)).link(join=frozenset({"customer"}), never=frozenset({"order"}))
    assert len(logs.flows()) == 3


def test_order_id_alone_makes_a_flow(logs: Logs) -> None:
    logs.add(
        {"ts": 1, "ids": "order=7", "message": "a"},
        {"ts": 2, "ids": "order=7\nuser=1", "message": "b"},
        {"ts": 3, "ids": "order=8\nuser=1", "message": "c"},
        {"ts": 4, "ids": "user=1"},
    ).link()
    assert logs.flows() == [{0, 1}, {2}]


def test_reused_correlation_id_does_not_glue(logs: Logs) -> None:
    for n in range(20):
        c = {"correlation_id": "constant", "ids": f"order={n + 1}"}
        logs.add(
            published(f"a{n}", n, "shop", **c),
            received(f"a{n}", n + 5, "pay", **c),
            published(f"b{n}", n + 6, "pay", causation_id=f"a{n}", **c),
        )
    logs.link()
    assert len(logs.flows()) == 20
    assert logs.store.rows("SELECT kind, value, fan FROM gluing") == [("correlation", "constant", 20)]
    assert logs.store.value("SELECT count(*) FROM identities WHERE value = 'constant'") == 20


def test_list_query_joins_no_orders(logs: Logs) -> None:
    for n in range(30):
        logs.add(span(f"s{n}", n, "orders", trace_id=f"t{n}", ids=f"order={n + 1}"))
    logs.add(
        *[span("list", 500, "orders", trace_id="list", ids="\n".join(f"order={n + 1}" for n in range(30)))]
    ).link()
    assert len(logs.flows()) == 31


def test_order_id_may_span_traces_but_a_user_logged_as_order_glues_nothing(logs: Logs) -> None:
    for n in range(40):
        logs.add(span("1", n, "web", trace_id=f"t{n}", ids=f"order={n // 6 + 100}\nuser=u1"))
    logs.add(span("1", 90, "web", trace_id="t3", ids="order=u1")).link()
    assert len(logs.flows()) == 7


def test_placeholders_name_nothing(logs: Logs) -> None:
    logs.add(
        *[published(f"a{n}", n, "shop", correlation_id=f"c{n}", ids="order=null\nticket=0") for n in range(4)]
    ).link()
    assert len(logs.flows()) == 4


def test_logs_and_spans_of_a_trace_are_one_flow(logs: Logs) -> None:
    logs.add(
        span("1", 0, "web"),
        span("2", 1, "web", parent_span_id="1"),
        {"ts": 2 * MS, "service": "web", "trace_id": "t1", "span_id": "2", "message": "inside"},
        {
            "ts": 3 * MS,
            "service": "stock",
            "trace_id": "t1",
            "span_id": "9",
            "message": "only logged",
            "level": "error",
        },
        {"ts": 4 * MS, "service": "web", "trace_id": "t1", "message": "somewhere"},
    ).link()
    assert logs.flows() == [{0, 1, 2, 3, 4}]
    assert logs.store.rows("SELECT event_no FROM record_flows ORDER BY record_id") == [
        (0,),
        (0,),
        (0,),
        (3,),
        (None,),
    ]
    assert logs.store.rows("SELECT event_type, outcome, error FROM events ORDER BY event_no") == [
        ("work 1", "ok", None),
        ("only logged", "error", "only logged"),
    ]
    assert logs.store.rows("SELECT events, services, errors, root_type, verdict FROM flows") == [
        (2, 2, 2, "work 1", None)
    ]


def test_commits_and_gauges_are_in_no_flow(logs: Logs) -> None:
    place = {"channel": "orders", "part": 0}
    logs.add(
        published("a", 0, "shop", pos=1, **place), {"kind": "commit", "ts": 1, "pos": 1, "grp": "g", **place}
    ).link()
    assert logs.flows() == [{0}]


def test_log_line_belongs_to_the_delivery_under_way_on_its_worker(logs: Logs) -> None:
    c = {"correlation_id": "c", "worker": "w1"}
    logs.add(
        published("a", 0, "shop", correlation_id="c"),
        received("a", 10, "pay", **c),
        {"ts": 11 * MS, "service": "pay", "level": "error", "message": "card refused", **c},
        {"ts": 12 * MS, "service": "pay", "correlation_id": "c", "worker": "w2", "message": "elsewhere"},
    ).link()
    assert logs.store.rows("SELECT event_no FROM record_flows ORDER BY record_id") == [
        (0,),
        (0,),
        (0,),
        (None,),
    ]
    assert logs.store.rows("SELECT outcome, error, done_ts FROM deliveries") == [
        ("error", "card refused", 11 * MS)
    ]
    assert logs.store.value("SELECT errors FROM flows") == 2


def test_event_id_that_only_one_record_of_a_place_names_is_found(logs: Logs) -> None:
    place = {"channel": "orders", "part": 0, "pos": 4}
    logs.add({"kind": "publish", "ts": 1, **place}).link()
    logs.add(published("a", 1, "shop", **place)).link()
    assert logs.store.rows("SELECT kind, value FROM identities") == [("event", "a")]


def test_what_led_to_nothing_is_not_the_beginning_though_its_clock_is_early(logs: Logs) -> None:
    logs.add(
        published("placed", 100, "shop", event_type="placed", correlation_id="c"),
        received("placed", 110, "pay", event_type="placed", correlation_id="c"),
        published("paid", 120, "pay", event_type="paid", causation_id="placed", correlation_id="c"),
        published("counted", 5, "statistics", event_type="counted", correlation_id="c"),  # cause not told
    ).link()
    assert logs.store.rows("SELECT root_type FROM flows") == [("placed",)]


def test_flow_that_another_one_began_starts_with_what_led_on(logs: Logs) -> None:
    """One event causes work in more flows than any id may join: each begins with its earliest event that has an effect."""
    logs.add(published("a", 0, "shop", correlation_id="all"))
    for n in range(20):
        own = {"correlation_id": f"c{n}"}
        logs.add(
            published(f"early{n}", 1, "pay", causation_id="a", **own),
            published(f"leads{n}", 2, "pay", causation_id="a", **own),
            published(f"later{n}", 3, "pay", causation_id="a", **own),
            published(f"last{n}", 4, "stock", causation_id=f"leads{n}", **own),
            published(f"end{n}", 5, "stock", causation_id=f"later{n}", **own),
        )
    logs.link()
    roots = logs.store.rows("SELECT root_event_id, events FROM flows ORDER BY flow_id")
    assert roots == [("a", 1), *((f"leads{n}", 5) for n in range(20))]
