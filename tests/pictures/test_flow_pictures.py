"""One flow as a picture says what `why` answered."""

from __future__ import annotations

from dataclasses import replace

import pytest

import evtrace
from evtrace.diagnosis.why import why
from evtrace.picture import Picture
from evtrace.pictures import difference, flow, sequence
from evtrace.pictures.condensed import condensed
from evtrace.pictures.making import Making
from evtrace.reports.usual import Usual, UsualEffect
from evtrace.results import Finding, ParentEdge, TimeAccount
from evtrace.store import Store
from tests.pictures.made import MS, answer, delivery, event, expecting


@pytest.fixture
def making(shop: Store) -> Making:
    return Making(shop, boxes=80)


def titles(picture: Picture, **facts: object) -> list[str]:
    return [
        node.title
        for node in picture.nodes
        if all(getattr(node, name) == value for name, value in facts.items())
    ]


def test_a_failed_handling_stands_where_it_happened(making: Making) -> None:
    drawn = making.flow("8123")
    (failed,) = [node for node in drawn.nodes if node.kind == "handling"]
    assert (failed.title, failed.lane, failed.state, failed.attempts) == ("payments", "payments", "bad", 4)
    assert failed.words == "CardGateway: timed out after 50 ms"
    assert [badge.sentence for badge in failed.badges] == ["cause: dead letter"]
    assert ("e1", failed.id, "handled") in [(edge.source, edge.target, edge.kind) for edge in drawn.edges]


def test_an_uncertain_edge_is_a_guess(making: Making) -> None:
    drawn = making.flow("8123")
    assert [(edge.rule, edge.is_guess) for edge in drawn.edges if edge.kind == "causes"] == [("E4d", True)]
    assert any(note == "guesses, drawn dashed and with a question mark: 1 of 1 edges" for note in drawn.notes)
    assert not any(edge.is_guess for edge in making.flow("8124").edges)


def test_what_such_flows_usually_have_is_a_ghost() -> None:
    told = expecting(
        answer(event(1, event_type="Placed")),
        ("Placed", "pay", "Paid", "missing"),
        ("Paid", "ship", "Shipped", "not_reached"),
        ("Placed", "mail", "Mailed", "seen"),
    )
    drawn = flow.picture(told)
    assert [(node.title, node.lane) for node in drawn.nodes if node.kind == "missing"] == [
        ("Paid", "pay"),
        ("Shipped", "ship"),
    ]
    assert [(edge.source, edge.target, edge.kind) for edge in drawn.edges] == [
        ("e1", "m1", "missing"),
        ("m1", "m2", "missing"),
    ]
    assert drawn.nodes[1].words == "missing; 40 of 40 normal cases have it"


def test_where_logs_end_a_ghost_may_still_come() -> None:
    told = expecting(
        answer(event(1, event_type="Placed"), verdict="running"), ("Placed", "pay", "Paid", "missing")
    )
    assert [node.words for node in flow.picture(told).nodes if node.kind == "missing"] == [
        "not seen yet; 40 of 40 normal cases have it"
    ]


def test_a_good_flow_has_no_ghosts(making: Making) -> None:
    assert titles(making.flow("8101"), state="ghost") == []


def test_a_reader_that_never_got_it_is_a_ghost(making: Making) -> None:
    drawn = making.flow("8125")
    (reader,) = [node for node in drawn.nodes if node.kind == "missing" and node.title == "payments"]
    assert (reader.lane, reader.words) == ("payments", "never handed to it")


def test_the_critical_path_ends_where_the_flow_ended(making: Making) -> None:
    drawn = making.flow("8101")
    on_path = [node.title for node in drawn.nodes if node.is_critical]
    assert on_path == ["OrderPlaced", "OrderShipped", "StockReserved"]  # stock took longer than payment
    assert sum(edge.is_critical for edge in drawn.edges) == 2


def test_findings_are_badges() -> None:
    told = replace(
        answer(event(1), event(2, (1,), copies=2)),
        findings=(
            Finding("duplicate_effect", "error", "ev-2", None, None, None, None, "charged twice"),
            Finding(
                "duplicate_publish", "warning", "ev-2", None, None, None, None, "said by the box already"
            ),
            Finding("fat_event", "info", "ev-9", None, None, None, None, "of another event"),
        ),
    )
    first, second = flow.picture(told).nodes
    assert first.badges == ()
    assert [(badge.severity, badge.sentence) for badge in second.badges] == [
        ("warning", "published 2 times"),
        ("error", "duplicate effect"),
    ]


def test_the_python_door_draws(shop_path: str) -> None:
    with evtrace.open(shop_path) as logs:
        assert titles(logs.picture("8123"), kind="handling") == ["payments"]
        assert logs.picture("8123", diff="8101").kind == "diff"
        assert logs.picture().kind == "topology"


def test_a_circle_of_causes_ends() -> None:
    one, two = event(1, (2,)), event(2, (1,))
    drawn = flow.picture(answer(one, two))
    assert len(drawn.nodes) == len(drawn.edges) == 2


def test_a_repaired_failure_is_a_word_not_a_box() -> None:
    step = event(
        1, deliveries=(delivery("stock", "error"), delivery("stock", "ok", 2), delivery("mail", None))
    )
    (node,) = flow.picture(answer(step)).nodes
    assert [(one.name, one.state, one.attempts) for one in node.readers] == [
        ("stock", "warn", 2),
        ("mail", "open", 1),
    ]


def test_a_dead_letter_comes_from_the_reader_that_gave_up() -> None:
    first = event(1, deliveries=(delivery("stock", "error", error="no"), delivery("stock", "dead_letter", 2)))
    dead = event(
        2,
        channel="things.dlq",
        hop="dead_letter",
        parents=(ParentEdge("ev-1", 1, "D1", 1.0, "causes", 0, ()),),
    )
    drawn = flow.picture(answer(first, dead))
    assert [(edge.source, edge.target) for edge in drawn.edges] == [("e1", "e1h1"), ("e1h1", "e2")]
    assert drawn.nodes[-1].lane == "stock"


def test_a_comparison_says_what_only_one_side_has(making: Making) -> None:
    drawn = making.difference("8123", "8101")
    assert titles(drawn, change="right") == ["payments"]
    assert titles(drawn, change="left") == ["PaymentTaken", "OrderShipped"]
    assert titles(drawn, change="") == ["OrderPlaced", "StockReserved"]
    assert drawn.notes[0] == "1 only in 8123 (+); 2 only in 8101 (−); 2 in both"


def test_a_flow_does_not_differ_from_itself(making: Making) -> None:
    drawn = making.difference("8123", "8123")
    assert {node.change for node in drawn.nodes} == {edge.change for edge in drawn.edges} == {""}


def test_normal_is_what_the_cohort_has() -> None:
    told = answer(event(1, event_type="Placed"), event(2, (1,), event_type="Refused", service="pay"))
    usual = Usual("Placed", 40, (
        UsualEffect("Placed", "pay", "Paid", 40, 40, None, True),
        UsualEffect("Placed", "pay", "Refused", 2, 40, None, False),
        UsualEffect("Paid", "mail", "Mailed", 20, 40, None, False),
    ))  # fmt: skip
    drawn = difference.picture(difference.normal(usual, told), flow.picture(told))
    assert titles(drawn, change="left") == ["Paid"]  # half of them send mail: its absence is no difference
    assert titles(drawn, change="right") == []  # some are refused
    assert titles(drawn, change="") == ["Placed", "Refused"]


def test_too_few_normal_flows_are_said(making: Making) -> None:
    drawn = making.difference("8105", "NORMAL")
    assert any(note.startswith("too few normal flows to compare with (n=") for note in drawn.notes)


def test_the_critical_path_is_that_of_the_time_account() -> None:
    told = answer(event(1), event(2, (1,), deliveries=(delivery("r", "error"),)), event(3, (1,)))
    assert [node.is_critical for node in flow.picture(told).nodes] == [True, True, True, False]
    path = replace(told, time=TimeAccount(MS, (1, 3), (), {}, 0))
    assert [node.is_critical for node in flow.picture(path).nodes] == [True, False, False, True]


def test_a_slow_step_differs() -> None:
    fast, slow = (
        answer(event(1), event(2, (1,))),
        answer(event(1), replace(event(2, (1,)), at=event(1).at + 900_000_000)),
    )
    drawn = difference.picture(flow.picture(fast), flow.picture(slow))
    late = drawn.nodes[1]
    assert (late.change, late.state, late.measures[0].name, late.measures[0].is_off) == (
        "both",
        "warn",
        "after",
        True,
    )


def test_a_sequence_tells_attempts_in_the_order_of_time(shop: Store) -> None:
    drawn = sequence.diagram(why(shop, "8123"), limit=80)
    payments = [(one.attempt, one.state) for one in drawn.messages if one.target == "payments"]
    assert payments == [(1, "bad"), (2, "bad"), (3, "bad"), (4, "bad")]
    moments = [one.at or one.sent_at for one in drawn.messages]
    assert moments == sorted(moments)


def test_a_sequence_shows_what_never_arrived(shop: Store) -> None:
    drawn = sequence.diagram(why(shop, "8125"), limit=80)
    assert [(one.target, one.words) for one in drawn.messages if one.state == "ghost"] == [
        ("payments", "never handed to it")
    ]


def test_a_long_sequence_keeps_its_failures() -> None:
    steps = [
        event(n, event_type=f"T{n}", deliveries=(delivery("r", "error" if n == 300 else "ok"),))
        for n in range(1, 400)
    ]
    drawn = sequence.diagram(answer(*steps), limit=20)
    assert len(drawn.messages) == 20
    assert [one.title for one in drawn.messages if one.state == "bad"] == ["T300"]
    assert any("left out" in note for note in drawn.notes)


def test_alike_steps_become_one_box_that_says_so() -> None:
    steps = [event(1, event_type="Order"), *(event(n, (1,), event_type="Line") for n in range(2, 1002))]
    drawn = condensed(flow.picture(answer(*steps)), limit=80)
    assert [(node.title, node.count) for node in drawn.nodes] == [("Order", 1), ("Line", 1000)]
    assert [edge.count for edge in drawn.edges] == [1000]
    assert drawn.notes[0].startswith("1,001 steps are drawn as 2 boxes: ")


def test_a_failure_is_not_hidden_among_alike_steps() -> None:
    steps = [
        event(n, (1,) if n > 1 else (), deliveries=(delivery("r", "error" if n == 77 else "ok"),))
        for n in range(1, 500)
    ]
    drawn = condensed(flow.picture(answer(*steps)), limit=80)
    assert [node.count for node in drawn.nodes if node.state == "bad"] == [1]


def test_a_long_chain_of_few_kinds_becomes_its_kinds() -> None:
    steps = [
        event(n, (n - 1,) if n > 1 else (), event_type=f"T{n % 7}", service=f"s{n % 7}")
        for n in range(1, 5001)
    ]
    drawn = condensed(flow.picture(answer(*steps)), limit=80)
    assert len(drawn.nodes) == 7
    assert sum(node.count for node in drawn.nodes) == 5000


@pytest.mark.parametrize("limit", [5, 20, 80])
def test_steps_without_likeness_are_counted(limit: int) -> None:
    steps = [
        event(n, (n // 3,) if n > 3 else (), event_type=f"T{n}", service=f"s{n % 300}")
        for n in range(1, 2001)
    ]
    drawn = condensed(flow.picture(answer(*steps)), limit=limit)
    assert len(drawn.nodes) <= limit + 1
    assert {edge.source for edge in drawn.edges} | {edge.target for edge in drawn.edges} <= {
        node.id for node in drawn.nodes
    }
