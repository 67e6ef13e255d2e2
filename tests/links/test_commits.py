"""A commit past a slot ends its handling, whenever it becomes known."""

from __future__ import annotations

from typing import Any

from tests.links.linked_logs import Logs

PLACE = {"channel": "orders", "part": 0}
SHOWN = "SELECT event_id, grp, outcome, done_ts FROM deliveries ORDER BY event_id, delivery_id"


def published(pos: int) -> dict[str, Any]:
    return {"kind": "publish", "ts": 10 * pos, "service": "shop", "event_id": f"e{pos}", "pos": pos, **PLACE}


def received(pos: int, ts: int, **more: Any) -> dict[str, Any]:
    row = {
        "kind": "receive",
        "ts": ts,
        "service": "pay",
        "grp": "payments",
        "event_id": f"e{pos}",
        "pos": pos,
    }
    return row | PLACE | more


def committed(pos: int, ts: int, **more: Any) -> dict[str, Any]:
    return {"kind": "commit", "ts": ts, "service": "pay", "grp": "payments", "pos": pos} | PLACE | more


def test_a_commit_past_the_slot_ends_the_handling(logs: Logs) -> None:
    logs.add(
        published(1), published(2), received(1, 30), received(2, 35), committed(2, 33), committed(3, 40)
    ).link()
    assert logs.store.rows(SHOWN) == [("e1", "payments", "ok", 33), ("e2", "payments", "ok", 40)]


def test_a_commit_of_the_slot_itself_is_none_past_it(logs: Logs) -> None:
    logs.add(published(1), received(1, 30), committed(1, 33)).link()
    assert logs.store.rows(SHOWN) == [("e1", "payments", None, None)]


def test_a_commit_before_a_replay_ends_only_the_first_try(logs: Logs) -> None:
    logs.add(
        published(1), received(1, 30, attempt=1), committed(2, 33), received(1, 5_000_000_000, attempt=2)
    ).link()
    assert logs.store.rows(SHOWN) == [("e1", "payments", "ok", 33), ("e1", "payments", None, None)]


def test_a_commit_after_the_replay_does_not_end_the_first_try(logs: Logs) -> None:
    again = 5_000_000_000
    logs.add(
        published(1), received(1, 30, attempt=1), received(1, again, attempt=2), committed(2, again + 3)
    ).link()
    assert logs.store.rows(SHOWN) == [("e1", "payments", None, None), ("e1", "payments", "ok", again + 3)]


def test_another_groups_commit_ends_nothing(logs: Logs) -> None:
    logs.add(published(1), received(1, 30), committed(2, 33, service="audit", grp="audit")).link()
    assert logs.store.rows(SHOWN) == [("e1", "payments", None, None)]


def test_the_brokers_commit_tells_no_time_of_the_reader(logs: Logs) -> None:
    logs.add(published(1), received(1, 30), committed(2, 33, service=None, clock="broker")).link()
    assert logs.store.rows(SHOWN) == [("e1", "payments", "ok", None)]


def test_a_commit_that_comes_later_ends_it_too(logs: Logs) -> None:
    logs.add(published(1), received(1, 30)).link()
    assert logs.store.rows(SHOWN) == [("e1", "payments", None, None)]
    logs.add(committed(2, 33)).link()
    assert logs.store.rows(SHOWN) == [("e1", "payments", "ok", 33)]
