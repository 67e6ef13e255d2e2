"""Readers come, go and are renamed: only what they should have read is held against them."""

from __future__ import annotations

from pathlib import Path

import pytest

import evtrace
from tests.diagnosis.small_shop import START_MS, Order, good, ingested

ORDERS = 60


def _logs(
    folder: Path, readers: dict[str, tuple[str, range]], *, lost: tuple[str, int] | None = None
) -> evtrace.Answers:
    """Good orders whose payment is read by more groups: group → its service and the orders that it reads."""
    lines = []
    for number in range(ORDERS):
        one = good(Order(number, START_MS + number * 1000))
        for group, (service, reads) in readers.items():
            if number in reads and (group, number) != lost:
                one.say("receive", service, "PaymentTaken", group=group)
                one.say("ack", service, "PaymentTaken", group=group)
        lines += one.lines
    return ingested(folder, sorted(lines, key=lambda line: line["timestamp"]))


def _accused(logs: evtrace.Answers) -> dict[str, str]:
    """Order → the kind of cause that is named."""
    rows = logs.sql(
        "SELECT i.value, c.kind FROM flow_causes AS c JOIN identities AS i ON i.flow_id = c.flow_id "
        "WHERE i.kind = 'correlation' ORDER BY ALL"
    ).rows
    return {str(value): str(kind) for value, kind in rows}


def test_a_new_reader_accuses_no_older_flow(tmp_path: Path) -> None:
    logs = _logs(tmp_path, {"audit": ("audit", range(12, ORDERS))})
    assert _accused(logs) == {}
    assert logs.sql("SELECT published, read_count FROM usual_readers WHERE reader = 'audit'").rows == (
        (48, 48),
    )


def test_what_a_new_reader_loses_is_named(tmp_path: Path) -> None:
    logs = _logs(tmp_path, {"audit": ("audit", range(30, ORDERS))}, lost=("audit", 45))
    assert _accused(logs) == {"corr-45": "lost_delivery"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (("audit", "audit"), ("bookkeeping", "audit")),  # the group has another name, the service is the same
        (("audit-v1", "audit-v1"), ("audit-v2", "audit-v2")),  # both are renamed
    ],
)
def test_a_renamed_reader_is_no_stopped_one(
    tmp_path: Path, old: tuple[str, str], new: tuple[str, str]
) -> None:
    logs = _logs(tmp_path, {old[0]: (old[1], range(25)), new[0]: (new[1], range(25, ORDERS))})
    assert _accused(logs) == {}


def test_what_lies_between_the_old_and_the_new_is_named(tmp_path: Path) -> None:
    logs = _logs(tmp_path, {"audit": ("audit", range(25)), "audit-v2": ("audit", range(27, ORDERS))})
    assert set(_accused(logs)) == {"corr-25", "corr-26"}


def test_a_stranger_that_begins_meanwhile_excuses_nobody(tmp_path: Path) -> None:
    logs = _logs(tmp_path, {"audit": ("audit", range(50)), "fraud": ("fraud", range(50, ORDERS))})
    assert set(_accused(logs)) == {f"corr-{number}" for number in range(50, ORDERS)}
