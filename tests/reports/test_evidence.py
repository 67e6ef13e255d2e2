"""Bad and missing evidence: a clear sentence, never a wrong number, never 'clean'."""

from __future__ import annotations

from typing import Any

import pytest

from evtrace.store import Store
from tests.reports.cases import Logs, at
from tests.reports.own_cases import did, effect, got, pub, three

REPORTS = ("lag", "duplicates", "order", "lost")

#: Rules that a store of publishes alone, or of receives alone, cannot judge.
WITHOUT_RECEIVES = {
    "redelivery_unexplained",
    "consumption_inversion",
    "stale_delivery",
    "lost",
    "unseen",
    "poison",
    "unacked",
}
WITHOUT_PUBLISHES = {
    "duplicate_publish",
    "conflicting_slot",
    "event_time_inversion",
    "version_inversion",
    "key_split",
    "lost",
    "unseen",
}


def _open_rules(answer: dict[str, Any]) -> set[str]:
    return {one["rule"] for one in answer["data"]["not_evaluated"]}


@pytest.mark.parametrize("command", REPORTS)
def test_an_empty_store_is_not_evaluated(logs: Logs, command: str) -> None:
    Store.open(logs.store).close()
    answer = logs.ask(command)
    assert answer["status"] == "not_evaluated"
    assert answer["data"]["rows"] == [] and answer["data"]["not_evaluated"]
    assert "NOT EVALUATED" in logs.text(command)
    logs.ask(command, "--strict", code=4)


def test_publishes_alone_prove_nothing_of_readers(logs: Logs) -> None:
    logs.add(three())
    for command in ("duplicates", "order", "lost"):
        answer = logs.ask(command)
        assert answer["status"] != "ok"
        judged = set(answer["data"]["evaluated"])
        assert not judged & WITHOUT_RECEIVES
    assert logs.ask("lag")["status"] == "not_evaluated"


def test_receives_alone_prove_nothing_of_the_log(logs: Logs) -> None:
    logs.add([got(n, n) for n in range(3)])
    for command in ("duplicates", "order", "lost"):
        answer = logs.ask(command)
        assert answer["status"] != "ok"
        assert not set(answer["data"]["evaluated"]) & WITHOUT_PUBLISHES
    (row,) = logs.rows("lag")
    assert (row["status"], row["lag_messages"], row["lag_seconds"]) == ("UNKNOWN", None, None)


def test_a_group_that_never_commits_stands_where_it_received(logs: Logs) -> None:
    logs.add([*three(), got(3, 0), got(4, 1)])
    (row,) = logs.rows("lag")
    assert (row["source"], row["position"], row["end"], row["lag_messages"]) == ("receive", 2, 3, 1)


def test_no_commit_and_no_receive_is_not_the_whole_log(logs: Logs) -> None:
    logs.add([*three(), did("assign", 3)])
    assert logs.ask("lag")["status"] == "not_evaluated"


def test_seconds_behind_are_the_age_of_the_oldest_unread_record(logs: Logs) -> None:
    logs.add([*three(), got(5, 0)])
    (row,) = logs.rows("lag")
    assert (row["lag_messages"], row["lag_seconds"]) == (2, 4.0)


def test_seconds_behind_are_read_between_two_observed_ends(logs: Logs) -> None:
    ends = [
        {"kind": "end_offset", "ts": ts, "topic": "orders", "part": 0, "pos": pos}
        for ts, pos in ((0, 0), (100, 1000))
    ]
    logs.add([*ends, did("commit", 90, 500), did("commit", 95, 500)])
    (row,) = logs.rows("lag", "--at", "2026-03-01T12:01:50Z")
    assert (row["lag_messages"], row["lag_seconds"]) == (500, 60.0)


def test_seconds_behind_are_not_guessed_outside_of_them(logs: Logs) -> None:
    end = {"kind": "end_offset", "ts": 100, "topic": "orders", "part": 0, "pos": 1000}
    logs.add([end, did("commit", 90, 500)])
    (row,) = logs.rows("lag")
    assert (row["lag_messages"], row["lag_seconds"]) == (500, None)


def test_a_position_that_goes_back_is_a_rewind(logs: Logs) -> None:
    commits = [did("commit", 10 * n, pos) for n, pos in enumerate((1, 3, 5, 2))]
    logs.add([*(pub(n, n) for n in range(9)), *commits])
    (row,) = logs.rows("lag", "--at", "2026-03-01T12:00:31Z")
    assert (row["status"], row["position"]) == ("REWIND", 2)


def test_negative_positions_are_not_known(logs: Logs) -> None:
    logs.add([*three(), got(3, 0), did("commit", 4, -1)])
    (row,) = logs.rows("lag")
    assert (row["source"], row["position"], row["lag_messages"]) == ("receive", 1, 2)
    notes = logs.ask("lost")["data"]["notes"]
    assert notes == ["1 record has a position that cannot be, such as -1: taken as not known"]


def test_positions_beyond_64_bits_are_told_apart_as_text(logs: Logs) -> None:
    big = "12345678901234567890"
    logs.add([pub(0, 0), pub(1, big, "e1"), got(2, big, event="e1"), got(3, big, event="e1")])  # type: ignore[arg-type]
    assert logs.counts()["redelivery_unexplained"] == 1
    assert any(big in note for note in logs.ask("duplicates")["data"]["notes"])


def test_the_largest_position_does_not_overflow(logs: Logs) -> None:
    logs.add([pub(0, 2**63 - 1, "e"), got(1, 2**63 - 1, event="e"), did("commit", 2, 2**63 - 1)])
    for command in REPORTS:
        notes = logs.ask(command)["data"]["notes"]
        assert any("a position that cannot be" in note for note in notes)


def test_a_partition_that_is_no_number_stays_apart(logs: Logs) -> None:
    logs.add([pub(0, 0, "x", part="a-b-0"), pub(1, 0, "y", part="a-b-1"), got(2, 0, event="x", part="a-b-0")])
    assert logs.counts().keys() <= {"unseen"}
    notes = logs.ask("duplicates")["data"]["notes"]
    assert any("such as a-b-0" in note for note in notes)


def test_two_clusters_in_one_store_are_told_apart(logs: Logs) -> None:
    logs.add([pub(0, 0, "x", cluster="eu"), pub(1, 0, "y", cluster="us"), got(2, 0, event="x", cluster="eu")])
    assert "conflicting_slot" not in logs.counts()
    channels = {row["channel"] for row in logs.rows("lag")}
    assert channels == {"orders@eu"}
    assert any("several clusters" in note for note in logs.ask("lost")["data"]["notes"])


def test_two_clusters_without_a_name_are_a_conflict(logs: Logs) -> None:
    logs.add([pub(0, 0, "x"), pub(0, 1, "y"), pub(5, 0, "p"), pub(5, 1, "q")])
    assert logs.counts()["conflicting_slot"] == 2


def test_places_without_a_channel_are_those_of_the_same_event(logs: Logs) -> None:
    """A dump of one topic names no topic; several of them are not one channel."""
    dump = [
        pub(20 - n, n, f"{topic}{n}", topic=None, event_ts=20 - n) for n in range(2) for topic in ("x", "y")
    ]
    logs.add([pub(0, 0, "x0"), pub(1, 1, "x1"), pub(0, 0, "y0", topic="payments"), *dump])
    assert logs.counts().keys() <= {"event_time_inversion"}
    places = [(row["channel"], row["part"], row["pos"]) for row in logs.rows("order")]
    assert places == [("orders", 0, 1)]  # y1 is told by nothing else
    assert any(
        note.startswith("1 record has a place and no channel") for note in logs.ask("order")["data"]["notes"]
    )


def test_a_group_without_a_channel_is_no_place_where_it_reads(logs: Logs) -> None:
    logs.add(
        [
            *three(),
            got(3, 0),
            did("rebalance", 4, topic=None, part=None),
            did("gauge", 5, topic=None, part=None),
        ]
    )
    assert [row["channel"] for row in logs.rows("lag")] == ["orders"]
    assert not logs.ask("lag")["data"]["not_evaluated"]


def test_without_the_owner_of_a_clock_there_is_no_causal_inversion(logs: Logs) -> None:
    logs.add([pub(10, 0, "e1", host="A"), effect(4, 0, "p1", "e1", producer=None)])
    assert "causal_inversion" not in logs.counts()
    notes = logs.ask("order")["data"]["notes"]
    assert "1 row of causal_inversion not counted: nothing tells whose clocks stamped it" in notes


def test_a_clock_that_was_set_is_told_as_that(logs: Logs) -> None:
    times = (0, 1, 2, 3, -60, -59, -58)
    logs.add([pub(ts, n, event_ts=ts, producer="shop", host="shop-1") for n, ts in enumerate(times)])
    rows = logs.rows("order")
    assert [(row["rule"], row["host"]) for row in rows] == [("clock_step", "shop-1")]
    assert any(
        "event_time_inversion not counted: the clocks explain" in note
        for note in logs.ask("order")["data"]["notes"]
    )


def test_spans_are_written_when_they_end(logs: Logs) -> None:
    """A long one is stamped before short ones that stand above it: no clock was set."""
    span = {"kind": "process", "producer": "shop", "host": "shop-1", "topic": "t"}
    spans = [(n, n + 0.5) for n in range(6)] + [(1, 7), (7, 8)]
    logs.add(
        [
            {**span, "ts": begin, "end_ts": at(end), "event_id": f"s{n}"}
            for n, (begin, end) in enumerate(spans)
        ]
    )
    assert "clock_step" not in logs.counts()
    logs.add([{**span, "kind": "publish", "ts": ts, "event_id": f"p{ts}"} for ts in (0, 1, 2, 3, -60, -59)])
    assert logs.counts()["clock_step"] == 1


@pytest.mark.parametrize(("early_s", "found"), [(0.0005, 0), (2, 1)])
def test_calls_are_named_and_microseconds_are_no_inversion(logs: Logs, early_s: float, found: int) -> None:
    call = {"kind": "process", "trace_id": "0af7651916cd43dd8448eb211c80319c", "end_ts": at(20)}
    logs.add([
        {**call, "ts": 10, "span_id": "00f067aa0ba902b7", "producer": "web", "host": "web", "type": "GET /orders"},
        {**call, "ts": 10 - early_s, "span_id": "00f067aa0ba902b8", "parent_span_id": "00f067aa0ba902b7", "producer": "shop",
         "host": "shop", "type": "find"},
    ])  # fmt: skip
    rows = [row for row in logs.rows("order") if row["rule"] == "causal_inversion"]
    assert len(rows) == found
    assert all("None" not in row["sentence"] for row in rows)


def test_a_clock_step_between_two_hosts_is_found_in_their_messages(logs: Logs) -> None:
    """Messages go both ways; in the middle the clock of b is set back by five seconds."""
    logs.add(record for n in range(60) for record in _both_ways(n, 0.0 if n < 30 else -5.0))
    rows = logs.rows("order")
    steps = [row for row in rows if row["rule"] == "clock_step" and row["other_host"] == "a"]
    assert [(row["host"], row["off_s"] < -4.9) for row in steps] == [("b", True)]
    (pair,) = logs.ask("order")["data"]["clocks"]
    assert (pair["steps"], round(pair["estimate_ms"] / 1000)) == (1, -5)
    assert not [row for row in rows if row["rule"] == "causal_inversion"]


def test_ways_round_that_contradict_make_no_inversion(logs: Logs) -> None:
    """b is 56 ms behind a; by way of c, whose lines are written late, it is 46 ms at most: both may be."""
    sends = [
        *(_one(f"x{n}", n, "a", n, "b", n - 0.056) for n in range(3)),  # b - a at most -56 ms
        *(_one(f"w{n}", 40 + n, "a", 40 + n, "b", 40 + n - 0.040) for n in range(3)),  # later only -40 ms
        *(_one(f"y{n}", 50 + n, "b", 40 + n, "c", 40 + n + 0.001) for n in range(3)),  # c - b at most 1 ms
        *(_one(f"z{n}", 40 + n, "c", 40 + n, "a", 40 + n + 0.045) for n in range(3)),  # a - c at most 45 ms
    ]
    cause = {**pub(20, 90, "cause", topic="t"), "producer": "a", "host": "a"}
    early = {**pub(19.950, 91, "early", topic="t"), "producer": "b", "host": "b", "cause_id": "cause"}
    logs.add([*(record for pair in sends for record in pair), cause, early])
    answer = logs.ask("order")["data"]
    assert not [row for row in answer["rows"] if row["rule"] == "causal_inversion"]
    assert any("1 row of causal_inversion not counted" in note for note in answer["notes"])
    (pair,) = (one for one in answer["clocks"] if (one["a"], one["b"]) == ("a", "b"))
    assert pair["is_disputed"] and -57 < pair["low_ms"] < -51 and -50 < pair["high_ms"] < -44


def _one(event: str, pos: int, sender: str, sent: float, reader: str, got_at: float) -> list[dict[str, Any]]:
    place = {"topic": f"to-{reader}", "part": 0, "pos": pos, "event_id": event}
    return [
        {"kind": "publish", "ts": sent, "producer": sender, "host": sender, **place},
        {"kind": "receive", "ts": got_at, "grp": reader, "producer": reader, "host": reader, **place},
    ]


def _both_ways(n: int, off: float) -> list[dict[str, Any]]:
    at, ask, reply = 2.0 * n, f"ask{n}", f"reply{n}"
    there = {"kind": "publish", "topic": "asks", "part": 0, "pos": n, "event_id": ask, "producer": "a"}
    back = {
        "kind": "publish",
        "topic": "replies",
        "part": 0,
        "pos": n,
        "event_id": reply,
        "producer": "b",
        "cause_id": ask,
    }
    return [
        there | {"ts": at},
        there | {"ts": at + 0.010 + off, "kind": "receive", "grp": "b", "producer": "b"},
        back | {"ts": at + 0.020 + off},
        back | {"ts": at + 0.030, "kind": "receive", "grp": "a", "producer": "a"},
    ]


def test_a_time_beyond_all_sense_is_not_known(logs: Logs) -> None:
    logs.add([*three(), got(3, 0)])
    with Store.open(logs.store) as store:
        store.execute("UPDATE record_rows SET ts = 9200000000000000000 WHERE pos = 2")
    assert any("a time that cannot be" in note for note in logs.ask("lost")["data"]["notes"])
    assert logs.rows("lag")[0]["at"] == "2026-03-01T12:00:03.000000000Z"


def test_records_without_a_time_prove_deliveries(logs: Logs) -> None:
    logs.add([*three(), got(3, 0), {**got(0, 1), "ts": None}, got(4, 2)])
    assert logs.counts() == {}
    assert any("no time" in note for note in logs.ask("order")["data"]["notes"])
