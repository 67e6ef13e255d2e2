"""The whole store as a picture: who publishes where, who reads it, how well."""

from __future__ import annotations

from pathlib import Path

import pytest

import evtrace
from evtrace.picture import Edge, Picture
from evtrace.pictures import topology as pictures
from evtrace.pictures.making import Making
from evtrace.present.graph.labels import edge_label
from evtrace.reports import topology
from evtrace.reports.topology import Published, Read, Topology
from evtrace.reports.window import Window
from evtrace.store import Store
from tests.pictures.made import MS, START, write


@pytest.fixture
def drawn(shop: Store) -> Picture:
    return Making(shop, boxes=80).topology(Window())


def edge(picture: Picture, source: str, target: str) -> Edge:
    names = {node.id: node.title for node in picture.nodes}
    (found,) = [one for one in picture.edges if (names[one.source], names[one.target]) == (source, target)]
    return found


def test_producers_channels_and_readers_are_joined(drawn: Picture) -> None:
    assert edge(drawn, "shop", "orders").kind == "published"
    assert edge(drawn, "orders", "payments").kind == "read"
    assert edge(drawn, "payments", "payments/eu").kind == "published"


def test_a_line_says_what_failed_and_what_was_handed_again(drawn: Picture) -> None:
    line = edge(drawn, "orders", "payments")
    figures = {one.name: one.value for one in line.measures}
    assert line.state == "bad"
    assert figures["failed"] == pytest.approx(2 / 9)  # 8123 died, 8128 failed; 8124 was repaired
    assert figures["handed again"] == pytest.approx(4 / 13)
    assert figures["handed"] == pytest.approx(9 / 11)  # neither 8125 nor 8126


def test_actual_stands_beside_normal(drawn: Picture) -> None:
    handed = next(one for one in edge(drawn, "orders", "payments").measures if one.name == "handed")
    assert (handed.normal, handed.is_off) == (1.0, True)
    assert "▲ 82 % handed (usually 100 %)" in edge_label(edge(drawn, "orders", "payments"), None)


def test_a_window_counts_what_was_published_in_it(shop: Store) -> None:
    orders = [
        one.events
        for one in topology.run(shop, Window(since=START, until=START + 2_500 * MS)).published
        if one.channel == "orders"
    ]
    assert orders == [3]


def test_a_dead_letter_is_published_by_who_gave_up(tmp_path: Path) -> None:
    place = {"broker": "kafka", "part": 0}
    one = {"event_id": "a", "event_type": "Paid", "correlation_id": "c"}
    records = [
        {"ts": START, "kind": "publish", "service": "pay", "channel": "paid", "pos": 0, **one, **place},
        {"ts": START + MS, "kind": "receive", "service": "stock", "grp": "stock", "channel": "paid", "pos": 0, "outcome": "error", **one, **place},
        {"ts": START + 2 * MS, "kind": "dead_letter", "service": "stock", "grp": "stock", "channel": "paid", "pos": 0, **one, **place},
        {"ts": START + 3 * MS, "kind": "publish", "service": "pay", "channel": "paid.dlq", "pos": 0, "hop": "dead_letter",
         "origin": '{"channel": "paid", "part": 0, "pos": 0, "grp": "stock"}', **one, **place},
    ]  # fmt: skip
    logs = evtrace.open(str(tmp_path / "s.duckdb"))
    logs.ingest(write(tmp_path / "r.jsonl", records))
    logs.close()
    with Store.open(tmp_path / "s.duckdb", read_only=True) as store:
        drawn = Making(store, 80).topology(Window())
    assert edge(drawn, "stock", "paid.dlq").kind == "dead_letter"
    assert [node.state for node in drawn.nodes if node.title == "paid.dlq"] == ["bad"]


def test_an_empty_store_has_an_empty_topology() -> None:
    with Store.memory() as store:
        drawn = Making(store, 80).topology(Window())
    assert (drawn.nodes, drawn.edges) == ((), ())


def published(service: str, channel: str, events: int = 10) -> Published:
    return Published(service, channel, None, events, 0, 0, START, START + MS)


def read(channel: str, service: str, errors: int = 0) -> Read:
    return Read(channel, service, service, 10, 10, 10, 0, errors, MS, MS, 1.0, 0, "OK")


def whole(published: list[Published], read: list[Read]) -> Topology:
    return Topology(tuple(published), tuple(read), START, START + 10_000 * MS, 10, 9)


def test_channels_of_one_pattern_and_shape_are_one_box() -> None:
    names = [f"tenant-{n}.orders" for n in range(500)]
    drawn = pictures.picture(
        whole([published("api", name) for name in names], [read(name, "worker") for name in names]), limit=40
    )
    assert sorted((node.title, node.count) for node in drawn.nodes) == [
        ("api", 1),
        ("tenant-*.orders", 500),
        ("worker", 1),
    ]
    assert any("500 channels are drawn as 1 boxes" in note for note in drawn.notes)
    assert (
        next(one.value for one in edge(drawn, "api", "tenant-*.orders").measures if one.name == "events")
        == 5000
    )


def test_channels_that_others_read_stay_apart() -> None:
    names = [f"t{n}" for n in range(100)]
    rows = [read(name, "left" if n < 50 else "right") for n, name in enumerate(names)]
    drawn = pictures.picture(whole([published("api", name) for name in names], rows), limit=20)
    assert sorted(node.title for node in drawn.nodes if node.kind == "channel") == ["t*", "t* (2)"]


def test_trouble_is_drawn_before_the_rest_is_counted() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    names = [one + two for one in letters for two in letters]
    rows = [read(name, "worker", errors=1 if name == "mm" else 0) for name in names]
    drawn = pictures.picture(whole([published("api", name) for name in names], rows), limit=20)
    assert len(drawn.nodes) <= 20
    assert "mm" in [node.title for node in drawn.nodes]
    assert [node.title for node in drawn.nodes if node.kind == "more"] == ["… 659 more channels"]


def test_two_thousand_channels_fit() -> None:
    made = [published(f"svc-{n % 400}", f"dom{n % 40}.topic{n}") for n in range(2000)]
    reads = [read(f"dom{n % 40}.topic{n}", f"reader-{n % 300}") for n in range(2000)]
    drawn = pictures.picture(whole(made, reads), limit=80)
    assert len(drawn.nodes) <= 80
