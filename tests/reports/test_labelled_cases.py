"""Every labelled delivery case gives the counts expected of it, from JSON lines to the answer of a command."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reports.cases import CASES, Logs, load

LABELLED = load("delivery-cases.json", "cases")

#: What `no_lost` in a case says is not to be counted.
LOSS = {"lost", "unseen", "before_start", "stuck"}

#: A case counts every redelivery too, whatever its reason.
REASONS = ("unexplained", "replay", "rebalance", "retry")

#: The counters that the cases know; evtrace has rules beyond them.
COUNTED = {
    "redelivery", *(f"redelivery_{reason}" for reason in REASONS), "redelivery_first_unseen", "duplicate_publish",
    "duplicate_effect", "conflicting_slot", "event_time_inversion", "version_inversion", "key_split",
    "consumption_inversion", "stale_delivery", "causal_inversion", "lost", "unseen", "before_start", "poison",
    "unroutable", "dead_letter",
}  # fmt: skip


@pytest.mark.skipif(not LABELLED, reason=f"the labelled cases ({CASES.name}) are not beside this repository")
def test_the_cases_are_there() -> None:
    assert len(LABELLED) >= 16


@pytest.mark.parametrize("case", LABELLED, ids=[case["id"] for case in LABELLED])
def test_a_labelled_case_gives_its_counts(logs: Logs, case: dict[str, Any]) -> None:
    logs.add(case["records"])
    counts = logs.counts(*_options(case["options"]))
    if redelivered := sum(counts.get(f"redelivery_{reason}", 0) for reason in REASONS):
        counts["redelivery"] = redelivered
    ignored = LOSS if case["options"].get("no_lost") else set()
    found = {rule: number for rule, number in counts.items() if rule in COUNTED - ignored}
    assert found == case["expected"]


def _options(options: dict[str, Any]) -> list[str]:
    named = {"--bound": options.get("bound"), "--skew": options.get("skew")}
    return [word for name, value in named.items() if value is not None for word in (name, str(value))]
