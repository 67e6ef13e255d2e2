"""The delivery reports find on real captures what was planted, and count nothing twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import evtrace
from evtrace.anomalies import Anomaly, Report
from evtrace.reports import design
from evtrace.reports.delivery.asked import Asked
from evtrace.store import Store

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
) -> Iterator[tuple[str, evtrace.Answers]]:
    logs = evtrace.open(str(tmp_path_factory.mktemp(request.param) / "sample.duckdb"))
    logs.ingest(str(ROOT / "sample_logs" / request.param), at="name")
    yield request.param, logs
    logs.close()


def _rows(*reports: Report) -> Counter[str]:
    totals = [total for report in reports for total in report.totals]
    return Counter({total.rule: total.rows for total in totals if total.rule in PLANTED})


def _planted(broker: str) -> Counter[str]:
    rules = ["dead_letter" if row["fault"] in DYING else row["rule"] for row in _faults(broker)]
    return Counter(rule for rule in rules if rule in PLANTED)


def _faults(broker: str) -> list[dict[str, Any]]:
    lines = (ROOT / f"tests/shop/truth/{broker}.jsonl").read_text().splitlines()
    return [row for row in map(json.loads, lines) if "fault" in row]


def _notes(logs: evtrace.Answers) -> tuple[Anomaly, ...]:
    logs.close()
    with Store.open(logs.path) as store:
        return design.run(store, Asked()).rows


def test_every_planted_fault_is_a_row_and_no_other(shop: tuple[str, evtrace.Answers]) -> None:
    broker, logs = shop
    assert _rows(logs.duplicates(), logs.order(), logs.lost()) == _planted(broker)


def test_what_is_no_cause_has_its_finding_at_the_planted_event(shop: tuple[str, evtrace.Answers]) -> None:
    """An order that is well all the same still has a finding that tells what happened to it."""
    broker, logs = shop
    reports = (logs.duplicates(), logs.order(), logs.lost())
    rows = [*(row for report in reports for row in report.rows), *_notes(logs)]
    found = {(row.rule, row.event_id) for row in rows}
    planted = [row for row in _faults(broker) if row["cause"] == "none"]
    assert {row["fault"] for row in planted} == {
        "retried",
        "crash",
        "duplicate_publish",
        "fat_event",
        "command_event",
    }
    assert [row for row in planted if (row["rule"], row["event_id"]) not in found] == []


def test_who_stopped_for_good_is_stuck(shop: tuple[str, evtrace.Answers]) -> None:
    """Where the broker says that nobody reads any more; JetStream does not say."""
    broker, logs = shop
    stopped = {(row["rule"], row["service"]) for row in _faults(broker) if row["fault"] == "stopped"}
    found = {(row.rule, row.grp) for row in logs.lost().rows if row.rule == "stuck"}
    assert found == {one for one in stopped if one[0]}
    assert len(stopped) == 1 and bool(found) == (broker != "nats")


def test_what_several_tell_of_one_event_is_noted_once(shop: tuple[str, evtrace.Answers]) -> None:
    """The broker's tools and the service's log tell of each event; what one of them tells, the event has."""
    notes = {(row.rule, row.event_type): row.sentence for row in _notes(shop[1])}
    assert set(notes) == {
        ("command_name", "SendInvoice"),
        ("fat_event", "OrderPlaced"),
        ("missing_causation", "EmailDelivered"),  # notification names no causes
        ("missing_schema_version", "ShipmentCreated"),  # NServiceBus names no contract
        ("missing_schema_version", "ShipmentFailed"),
        ("parallel_shapes", "InventoryReserved"),  # the broken contract
        ("parallel_shapes", "PaymentProcessed"),
    }
    assert "(1 published)" in notes["command_name", "SendInvoice"]
    assert "2 of another (amount is" in notes["parallel_shapes", "PaymentProcessed"]


@pytest.mark.parametrize("shop", ["nats"], indirect=True)
def test_a_dropped_message_is_named(shop: tuple[str, evtrace.Answers]) -> None:
    """JetStream's advisory tells the place only; what lies there is known."""
    dropped = {row.event_id: row.sentence for row in shop[1].lost().rows if row.rule == "dropped"}
    assert set(dropped) == {row["event_id"] for row in _faults("nats") if row["fault"] == "skipped"}
    assert all("InventoryReserved" in sentence for sentence in dropped.values())


@pytest.mark.parametrize("shop", ["nats"], indirect=True)  # only JetStream counts what a filter lets through
def test_what_the_broker_counts_is_believed(shop: tuple[str, evtrace.Answers]) -> None:
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


def test_a_second_attempt_is_a_retry(shop: tuple[str, evtrace.Answers]) -> None:
    """Also where the client seeks back, or the message takes the way through a queue that delays it."""
    rules = {total.rule for total in shop[1].duplicates().totals if total.rule.startswith("redelivery")}
    assert "redelivery_retry" in rules
    assert not rules & {"redelivery_replay", "redelivery_first_unseen"}
