"""What a new user stumbles over on the sample logs: answers that must agree with each other, and with the facts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evtrace.cli.run import run

LOGS = Path(__file__).parent.parent / "sample_logs"

Ask = Callable[..., str]


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("samples")
    found = {broker: str(folder / f"{broker}.duckdb") for broker in ("kafka", "rabbitmq", "nats")}
    for broker, store in found.items():
        assert run(["ingest", str(LOGS / broker), "--store", store, "--quiet"]) == 0
    return found


@pytest.fixture
def ask(stores: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ask:
    monkeypatch.setenv("COLUMNS", "400")

    def call(broker: str, *args: str, code: int = 0) -> str:
        assert run([*args, "--store", stores[broker]]) == code
        told = capsys.readouterr()
        return told.out if code == 0 else told.out + told.err

    return call


def data(text: str) -> Any:
    return json.loads(text)["data"]


@pytest.mark.parametrize("broker", ["kafka", "rabbitmq"])
def test_a_dead_consumer_does_not_keep_up(ask: Ask, broker: str) -> None:
    groups = {one["grp"]: one["status"] for one in data(ask(broker, "lag", "-o", "json"))["groups"]}
    assert groups.pop("fulfilment") == "STOP" and set(groups.values()) == {"OK"}
    assert not [name for name in groups if re.search(r"dlq|wait|amq\.gen", name)]


def test_clocks_do_not_contradict_themselves(ask: Ask) -> None:
    found = data(ask("nats", "order", "-o", "json"))
    assert not [row for row in found["rows"] if row["rule"] in ("causal_inversion", "clock_step")]
    known = [one for one in found["clocks"] if one["error_ms"] is not None]
    assert known and all(one["error_ms"] >= 0 for one in known)


def test_normal_and_healthy_flows_are_two_names(ask: Ask) -> None:
    assert "in 61 normal flows" in ask("kafka", "why", "order-8123")
    for other in (ask("kafka", "diff", "order-8123", "--normal"), ask("kafka", "similar", "order-8123")):
        assert "58 healthy flows" in other and "58 normal flows" not in other


def test_a_message_that_only_the_broker_tells_of_was_not_handled(ask: Ask) -> None:
    lost = [
        row for row in data(ask("rabbitmq", "lost", "-o", "json"))["rows"] if row["rule"] == "no_follow_up"
    ]
    told = {row["is_told"]: row["sentence"] for row in lost}
    assert re.match(
        "InventoryReserved .* was handed to fulfilment, which logged nothing of it and", told[False]
    )
    assert re.match("inventory handled PaymentProcessed .* and published nothing", told[True])
    assert "but fulfilment logged nothing of it" in ask("rabbitmq", "why", "order-6106")


def test_a_long_wait_tells_what_stood_in_front(ask: Ask) -> None:
    assert "wait of #1 for payment, 1 message before it" in ask("kafka", "why", "order-8125")


@pytest.mark.parametrize(
    ("broker", "order"), [("kafka", "order-8123"), ("rabbitmq", "order-6113"), ("nats", "order-7113")]
)
def test_attempts_are_counted_once(ask: Ask, broker: str, order: str) -> None:
    text = ask(broker, "why", order)
    assert "after 3 failed attempts" in text and "inventory attempt 3: ✗ dead letter" in text
