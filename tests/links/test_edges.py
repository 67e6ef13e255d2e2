"""What caused what: every rule on the smallest logs that show it."""

from __future__ import annotations

from tests.links.linked_logs import MS, Logs, published, received, span


def test_causation_id_gives_the_parent_and_the_delivery_in_between(logs: Logs) -> None:
    logs.add(
        published("a", 0, "shop"),
        received("a", 5, "pay"),
        published("b", 7, "pay", causation_id="a"),
    ).link()
    assert logs.edges() == {("a", "b", "E1")}
    assert logs.store.value("SELECT via FROM edges") == 1


def test_fan_out_gives_each_child_its_edge(logs: Logs) -> None:
    readers = [f"reader-{n}" for n in range(5)]
    logs.add(published("a", 0, "shop", correlation_id="c"))
    logs.add(*[received("a", 10 + n, reader, correlation_id="c") for n, reader in enumerate(readers)])
    logs.add(
        *[published(f"b{n}", 20 + n, reader, correlation_id="c") for n, reader in enumerate(readers)]
    ).link()
    assert logs.edges() == {("a", f"b{n}", "E4b") for n in range(5)}


def _order(n: int, first: str) -> list[dict[str, object]]:
    """Stock and payment are both needed before a shipment; the later of them triggers it."""
    c, t = {"correlation_id": f"c{n}"}, n * 1000
    done = {"paid": ("pay", 10), "packed": ("stock", 20)}
    last = next(name for name in done if name != first)
    records = [published(f"placed{n}", t, "shop", event_type="placed", **c)]
    for name, (service, wait) in done.items():
        records.append(received(f"placed{n}", t + wait, service, event_type="placed", **c))
        records.append(
            published(f"{name}{n}", t + wait + 2, service, event_type=name, causation_id=f"placed{n}", **c)
        )
    for name, wait in ((first, 40), (last, 60)):
        records.append(received(f"{name}{n}", t + wait, "ship", event_type=name, **c))
    records.append(
        published(f"shipped{n}", t + 62, "ship", event_type="shipped", causation_id=f"{last}{n}", **c)
    )
    return records


def test_join_shows_both_causes(logs: Logs) -> None:
    for n in range(20):
        logs.add(*_order(n, "paid" if n % 2 else "packed"))
    logs.link()
    causes = {edge for edge in logs.edges() if edge[1].startswith("shipped")}
    assert causes == {
        (f"{name}{n}", f"shipped{n}", rule)
        for n in range(20)
        for name, rule in (("paid", "E4e" if n % 2 else "E1"), ("packed", "E1" if n % 2 else "E4e"))
    }


def test_child_belongs_to_the_attempt_that_covers_it(logs: Logs) -> None:
    logs.add(
        published("a", 0, "shop"),
        received("a", 10, "pay", attempt=1),
        {"kind": "nack", "event_id": "a", "ts": 12 * MS, "service": "pay", "attempt": 1},
        received("a", 20, "pay", attempt=2),
        published("b", 22, "pay", causation_id="a"),
        {"kind": "ack", "event_id": "a", "ts": 24 * MS, "service": "pay", "attempt": 2},
    ).link()
    assert logs.store.rows("SELECT attempt, outcome FROM deliveries ORDER BY attempt") == [
        (1, "error"),
        (2, "ok"),
    ]
    assert logs.store.value("SELECT attempt FROM edges JOIN deliveries ON delivery_id = via") == 2


def test_batch_takes_the_member_with_the_same_key_else_all(logs: Logs) -> None:
    members = [
        span(
            f"p{n}",
            n,
            "shop",
            kind="publish",
            channel="orders",
            event_id=f"m{n}",
            message_key=f"k{n}",
            trace_id=f"t{n}",
        )
        for n in range(3)
    ]
    links = [{"trace_id": f"t{n}", "span_id": f"p{n}"} for n in range(3)]
    logs.add(
        *members,
        span("batch", 20, "pay", trace_id="tb", channel="orders", span_links=links),
        span(
            "c1",
            22,
            "pay",
            kind="publish",
            trace_id="tb",
            parent_span_id="batch",
            channel="paid",
            event_id="x1",
            message_key="k1",
        ),
        span(
            "c2",
            23,
            "pay",
            kind="publish",
            trace_id="tb",
            parent_span_id="batch",
            channel="paid",
            event_id="x2",
            message_key="other",
        ),
    ).link()
    assert logs.edges() == {("m1", "x1", "E3"), *((f"m{n}", "x2", "E3") for n in range(3))}
    assert logs.store.value("SELECT count(*) FROM deliveries") == 3
    assert len(logs.flows()) == 1


def test_outbox_relay_publishes_after_the_handling(logs: Logs) -> None:
    same = {"correlation_id": "c", "instance": "pay-1"}
    logs.add(
        published("a", 0, "shop", correlation_id="c"),
        received("a", 10, "pay", worker="consumer-1", **same),
        {"kind": "ack", "event_id": "a", "ts": 12 * MS, "service": "pay", "worker": "consumer-1", **same},
        published("b", 900, "pay", worker="relay", **same),
    ).link()
    assert logs.edges() == {("a", "b", "E4b")}


def test_same_worker_tells_two_deliveries_of_one_flow_apart(logs: Logs) -> None:
    c = {"correlation_id": "c", "instance": "pay-1"}
    logs.add(
        published("a", 0, "shop", correlation_id="c"),
        published("b", 1, "shop", correlation_id="c"),
        received("a", 10, "pay", worker="w1", **c),
        received("b", 11, "pay", worker="w2", **c),
        published("y", 13, "pay", worker="w2", **c),
        published("x", 14, "pay", worker="w1", **c),
    ).link()
    assert logs.edges() == {("a", "x", "E4a"), ("b", "y", "E4a")}


def test_dead_letter_is_caused_by_the_message_it_repeats(logs: Logs) -> None:
    place = {"channel": "orders", "part": 0, "pos": 7}
    logs.add(
        published("a", 0, "shop", **place),
        received("a", 10, "pay", **place),
        {"kind": "nack", "event_id": "a", "ts": 12 * MS, "service": "pay", "error": "card refused", **place},
        published("a", 14, "pay", hop="dead_letter", channel="orders.dlt", part=0, pos=0, origin=place),
    ).link()
    assert logs.edges() == {("a", "a", "D1")}
    ((parent, child),) = logs.store.rows("SELECT parent_no, child_no FROM edges")
    assert (parent, child) == (0, 3)
    assert logs.store.rows("SELECT outcome, error FROM deliveries") == [("error", "card refused")]


def test_spans_of_three_services_are_three_operations(logs: Logs) -> None:
    logs.add(
        span("1", 0, "web"),
        span("2", 1, "web", parent_span_id="1"),
        span("3", 2, "orders", parent_span_id="2"),
        span("4", 3, "orders", parent_span_id="3"),
        span("5", 4, "stock", parent_span_id="4"),
    ).link()
    assert logs.store.rows("SELECT kind, service, event_type FROM events ORDER BY event_no") == [
        ("operation", "web", "work 1"),
        ("operation", "orders", "work 3"),
        ("operation", "stock", "work 5"),
    ]
    assert logs.edges() == {("1", "3", "E2"), ("3", "5", "E2")}
    assert logs.store.rows("SELECT event_no FROM record_flows ORDER BY record_id") == [
        (0,),
        (0,),
        (2,),
        (2,),
        (4,),
    ]


def test_message_between_spans_links_both_sides(logs: Logs) -> None:
    logs.add(
        span("1", 0, "web"),
        span("2", 1, "web", kind="publish", parent_span_id="1", channel="orders", part=0, pos=4),
        span("3", 5, "pay", parent_span_id="2", channel="orders", part=0, pos=4),
        span("4", 6, "pay", kind="publish", parent_span_id="3", channel="paid", part=0, pos=9),
    ).link()
    assert logs.edges() == {("1", "orders/0/4", "E2"), ("orders/0/4", "paid/0/9", "E2")}


def test_cycle_loses_its_weakest_edge(logs: Logs) -> None:
    c = {"correlation_id": "c"}
    logs.add(
        published("a", 10, "shop", causation_id="b", **c),
        published("b", 20, "pay", causation_id="a", **c),
    ).link()
    assert len(logs.edges()) == 1


def test_cause_outside_the_logs_leaves_no_room_for_a_guess(logs: Logs) -> None:
    c = {"correlation_id": "c"}
    logs.add(
        *[
            r
            for n in range(9)
            for r in (published(f"p{n}", n, "shop"), published(f"q{n}", n, "shop", causation_id=f"p{n}"))
        ]
    )
    logs.add(
        published("a", 0, "shop", **c),
        received("a", 10, "pay", **c),
        published("b", 11, "pay", causation_id="lost", **c),
    ).link()
    assert not [edge for edge in logs.edges() if edge[1] == "b"]


def test_initiator_that_names_a_flow_takes_what_was_consumed_last(logs: Logs) -> None:
    for n in range(4):
        t = 100 * n
        logs.add(
            published(f"a{n}", t, "shop", correlation_id=f"x{n}"),
            received(f"a{n}", t + 5, "pay", correlation_id=f"x{n}"),
            published(f"b{n}", t + 6, "pay", correlation_id=f"y{n}", causation_id=f"x{n}"),
        )
    logs.link()
    assert logs.edges() == {(f"a{n}", f"b{n}", "E1b") for n in range(4)}
    assert len(logs.flows()) == 4


def _worked(at: int, event_id: str, kind: str = "receive", **more: object) -> dict[str, object]:
    return {
        "kind": kind,
        "event_id": event_id,
        "ts": at * MS,
        "service": "pay",
        "worker": "w1",
        "correlation_id": "c",
    } | more


def test_of_one_moment_the_order_of_the_lines_decides(logs: Logs) -> None:
    """The effect is published and the next message taken up in the same millisecond."""
    logs.add(
        published("a", 0, "shop", correlation_id="c"),
        published("b", 1, "shop", correlation_id="c"),
        _worked(10, "a"),
        _worked(20, "x", "publish"),
        _worked(20, "b"),
    ).link()
    assert logs.edges() == {("a", "x", "E4a")}


def test_who_is_heard_of_later_is_surer_than_who_was_never_seen_to_end(logs: Logs) -> None:
    """The worker does several things at once: b was taken up meanwhile, and nothing came of it."""
    logs.add(
        published("a", 0, "shop", correlation_id="c"),
        published("b", 1, "shop", correlation_id="c"),
        _worked(10, "a"),
        _worked(15, "b"),
        _worked(20, "x", "publish"),
        _worked(20, "a", "process", message="handled a"),
    ).link()
    assert logs.edges() == {("a", "x", "E4a")}


def test_a_service_says_where_in_it_an_event_was_published(logs: Logs) -> None:
    """Whoever reads the broker tells of the same publish, was read first, and knows no worker."""
    logs.add(
        published("a", 0, "shop", correlation_id="c"),
        {
            "kind": "publish",
            "event_id": "x",
            "ts": 20 * MS,
            "producer": "pay",
            "source_id": 2,
            "correlation_id": "c",
        },
        _worked(5, "b0", correlation_id="other"),
        _worked(10, "a"),
        _worked(20, "x", "publish"),
    ).link()
    assert logs.edges() == {("a", "x", "E4a")}
