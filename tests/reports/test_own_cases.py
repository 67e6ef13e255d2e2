"""Our own labelled cases, through the same door as the shared ones."""

from __future__ import annotations

import pytest

from tests.reports.cases import Logs
from tests.reports.own_cases import CASES, Case, got, pub, three

#: Rules that many cases break beside what they are about.
ASIDE = {"unseen", "clock_skew", "stuck"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_gives_its_counts(logs: Logs, case: Case) -> None:
    counts = logs.add(case.records).counts(*case.options)
    ignored = ASIDE - case.expected.keys() | set(case.ignored)
    assert {rule: number for rule, number in counts.items() if rule not in ignored} == case.expected


def test_two_overlapping_dumps_are_no_duplicates(logs: Logs) -> None:
    logs.add([*three(), got(3, 0), got(4, 1)])
    logs.add([pub(1, 1), pub(2, 2), got(4, 1), got(5, 2)])
    assert logs.counts() == {}


def test_a_rotated_log_does_not_hide_a_redelivery(logs: Logs) -> None:
    logs.add([*three(), *(got(3 + n, n) for n in range(3))])
    logs.add([got(60, 2)])
    assert logs.counts() == {"redelivery_unexplained": 1}


def test_two_consumers_at_once_are_two_deliveries(logs: Logs) -> None:
    logs.add([pub(0, 0), got(3, 0, consumer="c1")])
    logs.add([got(3.2, 0, consumer="c2")])
    assert logs.counts() == {"redelivery_unexplained": 1}


def test_broker_and_service_tell_of_one_delivery(logs: Logs) -> None:
    logs.add([pub(0, 0), got(1, 0, clock="broker", consumer=None)])
    logs.add([got(1.2, 0, producer="billing", host="billing-1")])
    assert logs.counts(commands=("duplicates",)) == {}


def test_two_deliveries_told_by_broker_and_service_are_two(logs: Logs) -> None:
    logs.add([pub(0, 0), *(got(at, 0, clock="broker", consumer=None) for at in (1, 5))])
    logs.add([got(at, 0, producer="billing", host="billing-1") for at in (1.2, 5.2)])
    assert logs.counts(commands=("duplicates",)) == {"redelivery_unexplained": 1}
