"""Lag: over time, hot partitions, filtered subscriptions, queue figures, several brokers."""

from __future__ import annotations

import pytest

from evtrace.present.lag import _line
from evtrace.reports.lag.behind import LagPoint
from tests.reports.cases import Logs, Record, at
from tests.reports.own_cases import did, got, pub


def test_lag_over_time_carries_on_what_is_not_told(logs: Logs) -> None:
    logs.add([*(pub(10 * n, n) for n in range(6)), did("commit", 5, 1), did("commit", 45, 4)])
    (row,) = logs.rows("lag", "--over", "10s")
    assert [(point["at"][17:19], point["lag_messages"]) for point in row["series"]] == [
        ("10", 0), ("20", 1), ("30", 2), ("40", 3), ("50", 1), ("00", 2),
    ]  # fmt: skip


def test_rate_and_time_to_catch_up(logs: Logs) -> None:
    logs.add([*(pub(n / 10, n) for n in range(100)), *(did("commit", 10 * n, 10 * n) for n in range(1, 5))])
    (row,) = logs.rows("lag")
    assert (row["rate_per_s"], row["lag_messages"], row["catch_up_s"]) == (1.0, 60, 60.0)


def test_a_partition_with_twice_its_share_is_hot(logs: Logs) -> None:
    busy = [pub(n, n) for n in range(60)]
    calm = [pub(n, n, f"f{part}-{n}", part=part) for part in (1, 2) for n in range(10)]
    logs.add([*busy, *calm, *(got(100, 0, part=part, event="x") for part in range(3))])
    assert {row["part"]: row["is_hot"] for row in logs.rows("lag")} == {0: True, 1: False, 2: False}


def test_a_group_is_not_behind_on_what_it_filters(logs: Logs) -> None:
    kinds = ("Placed", "Paid", "Sent", "Paid")
    logs.add(pub(n, n, type=kinds[n % 4]) for n in range(20))
    logs.add(
        [
            *(got(n + 0.5, n, "mail") for n in range(20) if n % 4 == 2),
            *(got(n + 0.5, n, "all") for n in range(20)),
        ]
    )
    rows = {row["grp"]: row for row in logs.rows("lag")}
    assert (rows["mail"]["lag_messages"], rows["mail"]["is_filtered"], rows["mail"]["position"]) == (
        0,
        True,
        19,
    )
    assert (rows["all"]["lag_messages"], rows["all"]["is_filtered"]) == (0, False)
    assert not [row for row in logs.rows("lost") if row["grp"] == "mail"]


@pytest.mark.parametrize(
    ("figures", "behind", "in_flight", "seconds"),
    [
        ({"messages_ready": 7, "messages_unacknowledged": 2}, 7, 2, None),
        ({"num_pending": 5, "num_ack_pending": 1}, 5, 1, None),
        ({"lag": 3, "pending": 4}, 3, 4, None),
        ({"ApproximateNumberOfMessagesVisible": "9", "ApproximateAgeOfOldestMessage": "61"}, 9, None, 61.0),
        ({"current_offset": 10, "log_end_offset": 25}, 15, None, None),
    ],
    ids=["rabbitmq", "nats", "redis", "sqs", "describe"],
)  # fmt: skip
def test_queue_figures_stand_in_where_steps_are_not_logged(
    logs: Logs, figures: Record, behind: int, in_flight: int | None, seconds: float | None
) -> None:
    gauge = {"kind": "gauge", "topic": "q", "grp": "billing"}
    logs.add([{**gauge, "ts": ts, **figures} for ts in (0, 10, 20)])
    (row,) = logs.rows("lag")
    assert (row["source"], row["lag_messages"], row["in_flight"], row["lag_seconds"]) == (
        "gauge",
        behind,
        in_flight,
        seconds,
    )
    assert row["status"] == "WARN"


def test_figures_that_are_not_known_stay_unknown(logs: Logs) -> None:
    logs.add(
        [
            {
                "kind": "gauge",
                "ts": 0,
                "topic": "s",
                "grp": "g",
                "lag": None,
                "entries-read": None,
                "pending": 1,
            }
        ]
    )
    (row,) = logs.rows("lag")
    assert (row["status"], row["lag_messages"]) == ("UNKNOWN", None)


def test_now_is_where_the_logs_of_that_broker_end(logs: Logs) -> None:
    kafka = [pub(n, n, broker="kafka") for n in range(3)]
    nats = [pub(1000, 0, "z", topic="other", broker="nats")]
    logs.add([*kafka, did("commit", 1, 1, broker="kafka"), did("commit", 2, 2, broker="kafka"), *nats])
    (row,) = logs.rows("lag")
    assert (row["at"], row["status"]) == (at(2), "WARN")  # at 1000 s it would be STOP


def test_at_looks_back(logs: Logs) -> None:
    logs.add([*(pub(n, n) for n in range(10)), *(did("commit", n + 0.5, n + 1) for n in range(10))])
    (row,) = logs.rows("lag", "--at", at(4.2))
    assert (row["position"], row["end"], row["lag_messages"]) == (4, 5, 1)


_STEADY = [
    *(pub(n, n) for n in range(12)),
    *(did("commit", n + 0.5, n + 1, broker="kafka") for n in range(10)),
]
_SAYS_NOBODY: list[Record] = [
    {"kind": "gauge", "message": "Consumer group 'b' has no active members."},
    {"kind": "rebalance", "message": "Group b with generation 2 is now empty."},
    {"kind": "gauge", "state": "Empty", "members": "0"},
]


@pytest.mark.parametrize("says", _SAYS_NOBODY, ids=["describe", "broker log", "state"])
def test_a_group_that_nobody_is_left_of_has_stopped(logs: Logs, says: Record) -> None:
    told = {"grp": "b", "broker": "kafka", **says}
    logs.add([{**record, "broker": "kafka"} for record in _STEADY])
    assert [row["status"] for row in logs.rows("lag")] == ["OK"]  # by Burrow's window alone
    logs.add([{**told, "ts": 11.5}])
    (row,) = logs.rows("lag")
    assert (row["status"], row["is_unattended"], row["catch_up_s"]) == ("STOP", True, None)
    assert "nobody reads, as its broker says" in row["sentence"]
    assert "records-2.jsonl:1" in [f"{one['source'].split('/')[-1]}:{one['line']}" for one in row["evidence"]]


@pytest.mark.parametrize(
    "later",
    [
        got(12, 10, broker="kafka"),
        {"kind": "gauge", "ts": 12, "grp": "b", "broker": "kafka", "members": "1"},
        {"kind": "rebalance", "ts": 12, "grp": "b", "broker": "kafka", "message": "Stabilized group b generation 3 with 1 members."},
    ],
    ids=["receive", "members", "joined"],
)  # fmt: skip
def test_a_group_that_came_back_has_not_stopped(logs: Logs, later: Record) -> None:
    gone = {"kind": "gauge", "ts": 11.5, "grp": "b", "broker": "kafka", "members": "0"}
    logs.add([*({**record, "broker": "kafka"} for record in _STEADY), gone, later])
    (row,) = logs.rows("lag")
    assert (row["status"], row["is_unattended"]) == ("OK", False)


def test_the_same_name_at_another_broker_is_another_group(logs: Logs) -> None:
    gone = {"kind": "gauge", "ts": 11.5, "grp": "b", "broker": "nats", "consumers": 0, "num_pending": 0}
    logs.add([*({**record, "broker": "kafka"} for record in _STEADY), gone])
    assert [(row["channel"], row["status"]) for row in logs.rows("lag")] == [("orders", "OK")]


def test_an_empty_queue_without_consumers_is_no_trouble(logs: Logs) -> None:
    logs.add([{"kind": "gauge", "ts": ts, "grp": "q", "messages_ready": 0, "consumers": 0} for ts in (0, 1)])
    (row,) = logs.rows("lag")
    assert (row["status"], row["is_unattended"]) == ("OK", True)


def test_what_has_no_time_counts_where_nothing_else_is_seen(logs: Logs) -> None:
    logs.add([pub(0, 0), {"kind": "gauge", "grp": "q", "messages_ready": 4, "consumers": 0}])
    (row,) = logs.rows("lag")
    assert (row["status"], row["is_unattended"]) == ("STOP", True)


def test_queues_that_no_group_reads_are_told_apart(logs: Logs) -> None:
    roles = {
        "billing": ("group", 1), "billing.dlq": ("dead_letter", 0), "stock_error": ("dead_letter", 0),
        "billing.wait": ("retry", 0), "billing.retry.5m": ("retry", 0), "amq.gen-2lbtPT0dXdl2": ("temporary", 1),
        "order.reply": ("temporary", 1), "watched.dlq": ("group", 1), "dead-reckoning": ("group", 0),
    }  # fmt: skip
    logs.add(
        {"kind": "gauge", "ts": ts, "grp": name, "messages_ready": 3, "consumers": consumers}
        for ts in (0, 10)
        for name, (_, consumers) in roles.items()
    )
    answer = logs.ask("lag")["data"]
    assert {row["grp"]: row["role"] for row in answer["rows"]} == {
        name: role for name, (role, _) in roles.items()
    }
    assert {one["grp"]: one["status"] for one in answer["groups"]} == {
        "billing": "WARN", "watched.dlq": "WARN", "dead-reckoning": "STOP",
    }  # fmt: skip
    assert "-       billing.dlq" in logs.text("lag") and "--over" not in logs.text("lag")
    assert logs.text("lag", "--group", "billing.dlq").startswith("These queues are no group's to read")


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ([], ""),
        ([0, 0, 0], "▁▁▁"),
        ([None, 0, 4, 8], "·▁▄█"),
        ([7] * 100, "█" * 34),
        ([0, 10**12], "▁█"),
    ],
)
def test_a_line_shows_how_it_went(values: list[int | None], line: str) -> None:
    assert _line([LagPoint(n, value, None, None) for n, value in enumerate(values)]) == line
