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


@pytest.mark.parametrize("broker", ["kafka", "rabbitmq", "nats"])
def test_dead_letters_are_no_further_events_of_a_type(ask: Ask, broker: str) -> None:
    found = data(ask(broker, "schema", "infer", "-o", "json"))["contracts"]
    sent = {one["event_type"]: one for one in found}
    published = data(ask(broker, "sql", _ONCE, "-o", "json"))["rows"]
    assert {name: one["events"] for name, one in sent.items()} == dict(published)
    assert sent["InventoryReserved"]["copies"] >= 2
    text = ask(broker, "schema", "drift", "--fail-on", "never")
    assert re.search("2 events in 2 flows; sent again [2-9] times as a dead letter or retry", text)
    assert "fulfilment failed 6 of 6 attempts" in text


_ONCE = """
SELECT event_type, COUNT(*) AS n FROM events AS e
WHERE kind = 'message' AND NOT EXISTS (SELECT 1 FROM edges AS x WHERE x.child_no = e.event_no AND x.rule = 'D1')
GROUP BY event_type ORDER BY event_type
"""


def test_the_topology_counts_the_flows_of_its_time(ask: Ask) -> None:
    whole, late = (ask("kafka", "graph", *words) for words in ((), ("--since", "20s")))
    flows = [int(re.search(r"(\d+) flows", text)[1]) for text in (whole, late)]  # type: ignore[index]
    assert 0 < flows[1] < flows[0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("graph", "order-8123", "--since", "1h"), "--since and --until cut the topology"),
        (("graph", "order-8123", "--sequence", "--diff", "normal"), "take one of both"),
        (("sql", "SELECT 1 AS a; SELECT 2 AS b"), "2 questions at once"),
        (("sql", " ; -- nothing"), "no SQL given"),
    ],
)
def test_what_cannot_be_answered_is_refused(ask: Ask, words: tuple[str, ...], said: str) -> None:
    assert said in ask("kafka", *words, code=2)


def test_a_working_table_may_stand_before_the_question(ask: Ask) -> None:
    assert (
        ask("kafka", "sql", "CREATE TEMP TABLE t AS SELECT 7 AS x; SELECT x FROM t", "-o", "csv") == "x\n7\n"
    )


@pytest.mark.parametrize("command", ["graph", "similar", "lag", "case"])
def test_a_hint_names_no_option_that_there_is_not(ask: Ask, command: str) -> None:
    words = (command, "--flow", "customer-311") if command == "lag" else (command, "customer-311")
    told = ask("kafka", *words, code=2)
    assert "choose one" in told and "--all" not in told


def test_words_of_an_answer_fit_each_other(ask: Ask) -> None:
    assert ask("kafka", "why", "order=order-8123").startswith("order order-8123  FAILED")
    assert "so the parts add to more than the 712 ms that all took" in ask("kafka", "why", "order-8105")
    assert "stamped with the same time" in ask("kafka", "duplicates") and "0 ns" not in ask(
        "kafka", "duplicates"
    )
    found = ask("kafka", "why", "warehouse holds", "--all")
    assert re.search("1 of 5 services writes it: inventory", found)


def test_effects_are_drawn_after_their_causes(ask: Ask) -> None:
    text = ask("nats", "graph", "order-7123", "--sequence")
    places = {
        name: text.index(name) for name in ("(attempt 2 of 2", "#4 InventoryReserved", "#5 ShipmentCreated")
    }
    assert sorted(places, key=places.__getitem__) == list(places)
    assert "4 arrows stand after what caused them, though clocks that differ put them before" in text
