"""The delivery reports find on real captures what was planted, and count nothing twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import evtrace
from evtrace.anomalies import Report

ROOT = Path(__file__).parent.parent.parent
BROKERS = ("kafka", "nats", "rabbitmq")

#: Rules whose every row was planted. What several observers tell of, each in its own words, is one row.
PLANTED = {
    "duplicate_publish",
    "duplicate_effect",
    "key_split",
    "lost",
    "dropped",
    "no_follow_up",
    "dead_letter",
}

#: Faults whose trouble ends in a dead letter, beside those that are one.
DYING = {"contract_break"}


@pytest.fixture(scope="module", params=BROKERS)
def shop(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, evtrace.Logs]]:
    logs = evtrace.open(str(tmp_path_factory.mktemp(request.param) / "sample.duckdb"))
    logs.ingest(str(ROOT / "sample_logs" / request.param), at="name")
    yield request.param, logs
    logs.close()


def _rows(*reports: Report) -> Counter[str]:
    totals = [total for report in reports for total in report.totals]
    return Counter({total.rule: total.rows for total in totals if total.rule in PLANTED})


def _planted(broker: str) -> Counter[str]:
    lines = (ROOT / f"tests/shop/truth/{broker}.jsonl").read_text().splitlines()
    faults = [row for row in map(json.loads, lines) if "fault" in row]
    rules = ["dead_letter" if row["fault"] in DYING else row["rule"] for row in faults]
    return Counter(rule for rule in rules if rule in PLANTED)


def test_every_planted_fault_is_a_row_and_no_other(shop: tuple[str, evtrace.Logs]) -> None:
    broker, logs = shop
    assert _rows(logs.duplicates(), logs.order(), logs.lost()) == _planted(broker)


@pytest.mark.parametrize("shop", ["nats"], indirect=True)  # only JetStream counts what a filter lets through
def test_what_the_broker_counts_is_believed(shop: tuple[str, evtrace.Logs]) -> None:
    """Readers of a stream that filter are not behind on what is not theirs."""
    behind = {row.grp: row.lag_messages for row in shop[1].lag().rows}
    assert behind == {
        "fulfilment": 3,
        "analytics": 0,
        "inventory": 0,
        "notification": 0,
        "order": 0,
        "payment": 0,
    }


def test_a_second_attempt_is_a_retry(shop: tuple[str, evtrace.Logs]) -> None:
    """Also where the client seeks back, or the message takes the way through a queue that delays it."""
    rules = {total.rule for total in shop[1].duplicates().totals if total.rule.startswith("redelivery")}
    assert "redelivery_retry" in rules
    assert not rules & {"redelivery_replay", "redelivery_first_unseen"}
