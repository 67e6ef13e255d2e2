"""One event, one reader, one attempt: one delivery, however many observers tell of it."""

from __future__ import annotations

from tests.links.linked_logs import MS, Logs, published, received

PLACE = {"channel": "orders", "part": 0, "pos": 7}


def _rows(logs: Logs) -> list[tuple[object, ...]]:
    return logs.store.rows(
        "SELECT grp, service, attempt, received_ts // 1000000, outcome, observers FROM deliveries ORDER BY grp, attempt"
    )


def _by_broker(kind: str, at: int, **more: object) -> dict[str, object]:
    return {"kind": kind, "ts": at * MS, "source_id": 2, "clock": "broker", "grp": "billing"} | PLACE | more


def test_redelivery_seen_by_broker_and_service_is_one(logs: Logs) -> None:
    logs.add(
        published("a", 0, "shop", **PLACE),
        _by_broker("receive", 9),
        _by_broker("nack", 14),
        _by_broker("receive", 19),
        _by_broker("ack", 24),
        received("a", 10, "pay"),
        received("a", 20, "pay"),
    ).link()
    assert _rows(logs) == [("billing", "pay", 1, 10, "error", 2), ("billing", "pay", 2, 20, "ok", 2)]


def test_overlapping_dumps_tell_of_one_delivery(logs: Logs) -> None:
    logs.add(
        published("a", 0, "shop"), received("a", 10, "pay"), received("a", 10, "pay", source_id=2)
    ).link()
    assert _rows(logs) == [(None, "pay", 1, 10, None, 2)]


def test_attempts_on_two_pods_are_two(logs: Logs) -> None:
    logs.add(
        published("a", 0, "shop"),
        received("a", 10, "pay", instance="pay-1"),
        received("a", 30, "pay", source_id=2, instance="pay-2"),
    ).link()
    assert [row[2] for row in _rows(logs)] == [1, 2]


def test_two_groups_are_two_deliveries(logs: Logs) -> None:
    logs.add(
        published("a", 0, "shop"), received("a", 10, "pay", grp="g1"), received("a", 11, "mail", grp="g2")
    ).link()
    assert [row[:3] for row in _rows(logs)] == [("g1", "pay", 1), ("g2", "mail", 1)]


def test_an_end_without_group_and_channel_is_of_the_reader_of_its_event(logs: Logs) -> None:
    logs.add(
        published("a", 0, "shop", channel="orders"),
        received("a", 10, "pay", grp="g1", channel="orders"),
        received("a", 20, "pay", kind="nack", grp=None, channel=None, error="no money"),
    ).link()
    assert [row[:5] for row in _rows(logs)] == [("g1", "pay", 1, 10, "error")]


def test_of_two_groups_of_one_service_none_is_guessed(logs: Logs) -> None:
    logs.add(
        published("a", 0, "shop", channel="orders"),
        received("a", 10, "pay", grp="g1", channel="orders"),
        received("a", 11, "pay", grp="g2", channel="orders"),
        received("a", 20, "pay", kind="nack", grp=None, channel=None, error="no money"),
    ).link()
    assert [row[:3] for row in _rows(logs)][:2] == [("g1", "pay", 1), ("g2", "pay", 1)]
    assert len(_rows(logs)) == 3


def test_attempt_told_by_the_record_wins(logs: Logs) -> None:
    logs.add(published("a", 0, "shop"), received("a", 30, "pay", attempt=3)).link()
    assert [row[2] for row in _rows(logs)] == [3]


def test_duplicate_publish_is_one_event_with_two_copies(logs: Logs) -> None:
    logs.add(published("a", 0, "shop", **PLACE), published("a", 3, "shop", **(PLACE | {"pos": 8}))).link()
    assert logs.store.rows("SELECT event_id, copies, pos FROM events") == [("a", 2, 7)]


def test_intention_to_send_is_no_copy(logs: Logs) -> None:
    logs.add(published("a", 0, "shop"), published("a", 1, "shop", channel="orders")).link()
    assert logs.store.rows("SELECT event_id, copies FROM events") == [("a", 1)]


def test_copy_in_two_dumps_is_one_publish(logs: Logs) -> None:
    logs.add(published("a", 0, "shop", **PLACE), published("a", 0, "shop", source_id=2, **PLACE)).link()
    assert logs.store.rows("SELECT event_id, copies FROM events") == [("a", 1)]


def test_slot_names_the_event_of_a_record_without_id(logs: Logs) -> None:
    logs.add(
        published("a", 0, "shop", **PLACE), {"kind": "receive", "ts": 5 * MS, "service": "pay", **PLACE}
    ).link()
    assert logs.store.rows("SELECT event_id, service FROM deliveries") == [("a", "pay")]
    assert logs.store.value("SELECT count(*) FROM events") == 1


def test_event_without_publish_is_told_by_its_reader(logs: Logs) -> None:
    logs.add(received("a", 5, "pay", producer="shop", publish_ts=3, event_type="placed", **PLACE)).link()
    assert logs.store.rows("SELECT event_id, service, published_ts, event_type, channel FROM events") == [
        ("a", "shop", 3, "placed", "orders")
    ]


def test_dump_without_type_learns_it_from_the_log(logs: Logs) -> None:
    logs.add(
        {"kind": "publish", "ts": 1, "clock": "broker", **PLACE},
        received("a", 5, "pay", event_type="placed", **PLACE),
    ).link()
    assert logs.store.rows("SELECT event_id, event_type, channel, pos FROM events") == [
        ("a", "placed", "orders", 7)
    ]


def test_dead_letter_told_by_the_broker_ends_the_last_attempt(logs: Logs) -> None:
    logs.add(
        published("a", 0, "shop"),
        received("a", 10, "pay"),
        received("a", 20, "pay"),
        {"kind": "dead_letter", "event_id": "a", "ts": 30 * MS, "service": "pay"},
    ).link()
    assert [(row[2], row[4]) for row in _rows(logs)] == [(1, None), (2, "dead_letter")]


def _traced(at: int, source: int = 2, **more: object) -> dict[str, object]:
    return {
        "kind": "receive",
        "ts": at * MS,
        "event_id": "a",
        "clock": "broker",
        "grp": "billing",
        "source_id": source,
    } | more


def test_two_traces_of_two_quick_attempts_are_two(logs: Logs) -> None:
    logs.add(_traced(10), _traced(20), _traced(10, 3), _traced(20, 3)).link()
    assert [(row[2], row[5]) for row in _rows(logs)] == [(1, 2), (2, 2)]


def test_number_told_by_the_service_holds_for_the_broker(logs: Logs) -> None:
    logs.add(_traced(10), received("a", 11, "pay", grp="billing", attempt=3)).link()
    assert [(row[2], row[5]) for row in _rows(logs)] == [(3, 2)]


def test_second_copy_of_an_event_is_handed_over_anew(logs: Logs) -> None:
    first = received("a", 11, "pay", grp="billing", attempt=1)
    second = received("a", 2011, "pay", grp="billing", attempt=1)
    ack = {"kind": "ack", "event_id": "a", "ts": 2020 * MS, "service": "pay", "grp": "billing", "attempt": 1}
    logs.add(_traced(10), _traced(2010), first, second, ack).link()
    assert [(row[2], row[4], row[5]) for row in _rows(logs)] == [(1, None, 2), (2, "ok", 2)]


def test_receive_without_a_time_of_its_own_is_no_further_attempt(logs: Logs) -> None:
    logs.add(_traced(5000), _traced(0, 3, publish_ts=0)).link()
    assert [(row[2], row[3], row[5]) for row in _rows(logs)] == [(1, 5000, 2)]


def test_dead_letter_without_a_place_has_that_of_the_dump(logs: Logs) -> None:
    stored = {"channel": "DLQ", "part": 0, "pos": 1, "hop": "dead_letter"}
    logs.add(
        published("a", 0, "shop"),
        {
            "kind": "publish",
            "event_id": "a",
            "ts": 9 * MS,
            "channel": "dlq.pay",
            "hop": "dead_letter",
            "source_id": 2,
        },
        {"kind": "publish", "event_id": "a", "ts": 9 * MS, "source_id": 3, **stored},
    ).link()
    assert logs.store.rows("SELECT pos, copies FROM events ORDER BY event_no") == [(None, 1), (1, 1)]


def test_repeated_message_says_when_the_first_was_published(logs: Logs) -> None:
    again = _traced(900, publish_ts=0, channel="billing", hop="retry", attempt=2)
    logs.add(published("a", 5, "shop", channel="orders"), again).link()
    assert logs.store.rows("SELECT channel, published_ts FROM events ORDER BY event_no") == [
        ("orders", 5 * MS),
        ("billing", None),
    ]


def test_borrowed_time_begins_no_flow(logs: Logs) -> None:
    logs.add(published("a", 5, "shop"), _traced(0, publish_ts=0)).link()
    assert logs.store.rows("SELECT started_ts FROM flows") == [(5 * MS,)]
