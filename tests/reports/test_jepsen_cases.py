"""Jepsen's verdicts on Kafka histories, as far as they speak of deliveries.

Every process is a consumer of one group. What any poll shows, and what was sent for certain, is what the log
holds: a dump of it gives the publishes. A poll that ended well, or of which nobody knows how it ended, is a
receive; what is not known to be done is taken back (nack). A subscription assigns what it names and revokes the
rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.reports.cases import Logs, Record, at, load

CASES = load("jepsen-kafka-cases.json", "cases")

#: Kinds that logs of deliveries cannot show, and why.
OUT_OF_SCOPE = {
    "G1a": "that a send failed for certain is known to its client only; a log holds what was stored",
    "G1c": "cycles of transactions: logs of deliveries have no transactions",
    "G0": "as G1c",
    "precommitted-read": "as G1c",
    "int-send-skip": "the order of sends within one operation of a client is not in the logs",
    "int-nonmonotonic-send": "as int-send-skip",
    "nonmonotonic-send": "as int-send-skip",
}

GROUP = "jepsen"
KINDS = {
    case["id"]: case["expected"].get("anomaly") or case["expected"].get("series") or "valid" for case in CASES
}
JUDGED = [case for case in CASES if KINDS[case["id"]] not in OUT_OF_SCOPE]


@pytest.mark.skipif(not CASES, reason="the cases of Jepsen are not beside this repository (../shared)")
def test_every_kind_is_judged_or_out_of_scope() -> None:
    judged = {"inconsistent-offsets", "duplicate", "lost-write", "poll-skip", "nonmonotonic-poll", "unseen", "any", "valid",
              "int-poll-skip", "int-nonmonotonic-poll"}  # fmt: skip
    assert set(KINDS.values()) <= judged | set(OUT_OF_SCOPE)


@pytest.mark.parametrize("case", JUDGED, ids=lambda case: case["id"])
def test_a_history_gets_its_verdict(logs: Logs, case: dict[str, Any]) -> None:
    logs.add(_records(case["history"]))
    _JUDGES[KINDS[case["id"]]](logs, case["expected"])


def _conflicts(logs: Logs, expected: dict[str, Any]) -> None:
    assert logs.counts().get("conflicting_slot", 0) == len(expected["cases"])


def _duplicates(logs: Logs, expected: dict[str, Any]) -> None:
    found = {
        row["event_id"].rpartition("=")[2]
        for row in logs.rows("duplicates")
        if row["rule"] == "duplicate_publish"
    }
    assert found == {str(one["value"]) for one in expected["cases"]}


def _lost(logs: Logs, expected: dict[str, Any]) -> None:
    found = [row["event_id"] for row in logs.rows("lost") if row["rule"] == "lost"]
    assert sorted(found) == sorted(f"{one['key']}={one['value']}" for one in expected["cases"])


def _skipped(logs: Logs, expected: dict[str, Any]) -> None:
    """A skip is a loss where nobody in the group got the message; else the partition moved."""
    found = {row["event_id"] for row in logs.rows("lost") if row["rule"] == "lost"}
    assert {f"{one['key']}={value}" for one in expected["cases"] for value in one["skipped"]} <= found


def _went_back(logs: Logs, expected: dict[str, Any]) -> None:
    """Going back is a redelivery or an inversion; where the partition moved in between it is harmless."""
    rows = [*logs.rows("duplicates"), *logs.rows("order")]
    back = [
        row for row in rows if row["rule"].startswith("redelivery") or row["rule"] == "consumption_inversion"
    ]
    assert back if expected["cases"] else not [row for row in back if row["severity"] != "info"]


def _unseen(logs: Logs, expected: dict[str, Any]) -> None:
    for point in expected["points"]:
        rows = logs.rows("lost", "--at", at(point["time"]))
        found = {
            key: sum(row["rule"] == "unseen" and row["channel"] == key for row in rows)
            for key in point["unseen"]
        }
        assert found == point["unseen"]


def _nothing(logs: Logs, expected: dict[str, Any]) -> None:
    rows = [row for command in ("duplicates", "order", "lost") for row in logs.rows(command)]
    assert [row["rule"] for row in rows if row["severity"] != "info" or row["rule"] == "unseen"] == []


def _no_proof(logs: Logs, expected: dict[str, Any]) -> None:
    answers = [logs.ask(command) for command in ("duplicates", "order", "lost", "lag")]
    assert {answer["status"] for answer in answers} == {"not_evaluated"}
    assert all(answer["data"]["not_evaluated"] for answer in answers)


_JUDGES = {
    "inconsistent-offsets": _conflicts,
    "duplicate": _duplicates,
    "lost-write": _lost,
    "poll-skip": _skipped,
    "int-poll-skip": _skipped,
    "nonmonotonic-poll": _went_back,
    "int-nonmonotonic-poll": _went_back,
    "unseen": _unseen,
    "any": _nothing,
    "valid": _no_proof,
}


def _records(history: list[dict[str, Any]]) -> list[Record]:
    done = [op for op in history if op["type"] != "invoke"]
    read = {value for op in done if op["type"] == "ok" for value in _polled(op)}
    known: set[str] = set()
    return [record for op in done for record in _op(op, read, known)]


def _polled(op: dict[str, Any]) -> Iterator[tuple[str, int, Any]]:
    for micro in op.get("micro_ops", ()):
        for key, records in (micro.get("records") or {}).items() if micro["op"] == "poll" else ():
            yield from ((key, record["offset"], record["value"]) for record in records)


def _op(op: dict[str, Any], read: set[tuple[str, int, Any]], known: set[str]) -> Iterator[Record]:
    base = {"ts": op["time"], "consumer": f"p{op['process']}"}
    if op["f"] in ("assign", "subscribe"):
        yield from _assigned(op, base, known)
        return
    yield from _sent(op, base, read)
    polled = list(_polled(op))
    known.update(key for key, _, _ in polled)
    for key, offset, value in polled:
        slot = {**base, "topic": key, "part": 0, "pos": offset, "event_id": f"{key}={value}"}
        yield slot | {"kind": "publish"}
        if op["type"] != "fail":
            yield slot | {"kind": "receive", "grp": GROUP}
        if op["type"] == "info":
            yield slot | {"kind": "nack", "grp": GROUP}


def _assigned(op: dict[str, Any], base: Record, known: set[str]) -> Iterator[Record]:
    named = set(op["keys"])
    for key in sorted(named | known):
        yield {**base, "kind": "assign" if key in named else "revoke", "grp": GROUP, "topic": key, "part": 0}


def _sent(op: dict[str, Any], base: Record, read: set[tuple[str, int, Any]]) -> Iterator[Record]:
    """Sends that must have been stored: those that ended well, and those of which some value was read."""
    sends = [micro for micro in op.get("micro_ops", ()) if micro["op"] == "send"]
    values = {(key, value) for key, _, value in read}
    stored = op["type"] == "ok" or any((send["key"], send["value"]) in values for send in sends)
    for send in sends if stored and op["type"] != "fail" else ():
        yield {**base, "kind": "publish", "topic": send["key"], "part": 0, "pos": send["offset"],
               "event_id": f"{send['key']}={send['value']}"}  # fmt: skip
