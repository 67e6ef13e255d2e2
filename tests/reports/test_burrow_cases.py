"""Burrow's verdicts on partitions and groups, from commits and observed ends written down as records."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reports.cases import Logs, Record, load

PARTITIONS = load("burrow-cases.json", "partition_cases") + load("burrow-cases.json", "additional_cases")
GROUPS = load("burrow-cases.json", "group_cases")
WINDOWS = load("burrow-cases.json", "window_cases")

#: What real records cannot express, and why.
OUT_OF_SCOPE = {
    "burrow-eval-08": "its current lag of 0 contradicts its own end offset, 250 beyond the last commit",
    "burrow-group-04": "a deleted topic leaves no records",
    **{
        case["id"]: "it tests how Burrow's ring takes commits in order of arrival; a store knows no arrival"
        for case in WINDOWS
    },
}

#: Burrow's cases begin at the epoch or before it; the records begin later by so much.
SHIFT_MS = 1_000_000


@pytest.mark.skipif(not PARTITIONS, reason="the cases of Burrow are not beside this repository (../shared)")
def test_what_is_out_of_scope_is_known() -> None:
    known = {case["id"] for case in (*PARTITIONS, *GROUPS, *WINDOWS)}
    assert set(OUT_OF_SCOPE) <= known
    assert len(known) - len(OUT_OF_SCOPE) >= 24


@pytest.mark.parametrize(
    "case", [c for c in PARTITIONS if c["id"] not in OUT_OF_SCOPE], ids=lambda case: case["id"]
)
def test_a_partition_gets_its_status(logs: Logs, case: dict[str, Any]) -> None:
    given = case["input"]
    logs.add(_records(given))
    (row,) = logs.rows("lag", *_at(given["now_s"] * 1000), "--allowed-lag", str(given["allowed_lag"]))
    assert row["status"] == case["expected"]["status"]
    if _is_a_log(given):
        assert row["lag_messages"] == given["current_lag"]


@pytest.mark.parametrize(
    "case", [c for c in GROUPS if c["id"] not in OUT_OF_SCOPE], ids=lambda case: case["id"]
)
def test_a_group_gets_its_status_and_total(logs: Logs, case: dict[str, Any]) -> None:
    given, expected = case["input"], case["expected"]
    logs.add(
        [
            record
            for partition in given.get("partitions", ())
            for record in _of_group(given["group"], partition)
        ]
        or [_other()]
    )
    data = logs.ask("lag", *_at(given.get("now_ms", 0)))["data"]
    groups = {group["grp"]: group for group in data["groups"]}
    if expected["group_status"] == "NOTFOUND":
        assert given["group"] not in groups
        return
    group = groups[given["group"]]
    worse = group["status"] in ("STOP", "STALL", "REWIND")
    assert ("ERR" if worse else group["status"]) == expected["group_status"]
    assert (group["lag_messages"], group["partitions"]) == (
        expected["total_lag"],
        expected["total_partitions"],
    )
    if "partition_status" in expected:
        assert [row["status"] for row in data["rows"]] == expected["partition_status"]


def _is_a_log(given: dict[str, Any]) -> bool:
    """The ends that the case implies never fall; burrow-eval-15 has one that does."""
    ends = [commit["offset"] + commit["lag"] for commit in given["commits"] if commit["lag"] is not None]
    return ends == sorted(ends)


def _records(given: dict[str, Any]) -> list[Record]:
    """Commits, the ends that give each its lag, and the ends that the broker told afterwards."""
    commits = given["commits"]
    records = [record for commit in commits for record in _commit(commit)]
    last = commits[-1]
    ends = [*given["broker_end_offsets"][:0:-1], last["offset"] + given["current_lag"]]
    begin, now = last["timestamp_ms"], given["now_s"] * 1000
    moments = [begin + (now - begin) * (place + 1) / len(ends) for place in range(len(ends))]
    return records + [_end(end, moment) for end, moment in zip(ends, moments, strict=True)]


def _commit(commit: dict[str, Any]) -> list[Record]:
    """A lag that is not known comes from an end that was not seen."""
    ends = [] if commit["lag"] is None else [_end(commit["offset"] + commit["lag"], commit["timestamp_ms"])]
    place = {
        "topic": "orders",
        "part": 0,
        "pos": commit["offset"],
        "ts": (commit["timestamp_ms"] + SHIFT_MS) / 1000,
    }
    return [*ends, {"kind": "commit", "grp": "billing", **place}]


def _end(pos: int, at_ms: float) -> Record:
    return {"kind": "end_offset", "topic": "orders", "part": 0, "pos": pos, "ts": (at_ms + SHIFT_MS) / 1000}


def _of_group(group: str, partition: dict[str, Any]) -> list[Record]:
    place = {"topic": partition["topic"], "part": partition["partition"]}
    first = partition["commits"][0]["timestamp_ms"]
    ends = [{**_end(end, first), **place} for end in partition["broker_end_offsets"]]
    return ends + [
        {
            "kind": "commit",
            "grp": group,
            **place,
            "pos": commit["offset"],
            "ts": (commit["timestamp_ms"] + SHIFT_MS) / 1000,
        }
        for commit in partition["commits"]
    ]


def _other() -> Record:
    return {"kind": "commit", "grp": "testgroup", "topic": "t", "part": 0, "pos": 1, "ts": 0}


def _at(now_ms: float) -> tuple[str, str]:
    from tests.reports.cases import at

    return "--at", at((now_ms + SHIFT_MS) / 1000)
