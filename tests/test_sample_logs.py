"""The sample logs are read whole, linked truly, and answered as far as evtrace can."""

from __future__ import annotations

import gzip
import json
import re
import shlex
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import evtrace
from evtrace.cli.run import run
from evtrace.present import text
from evtrace.present.terminal import Screen
from evtrace.results import ChainEvent, DeliveryStep, WhyAnswer

ROOT = Path(__file__).parent.parent
LOGS = ROOT / "sample_logs"
TRUTH = ROOT / "tests/shop/truth"

#: File of a service → its format and its dialect.
SERVICES = {
    "analytics-0.log": ("logfmt", "envelope"),
    "fulfilment-0.clef": ("jsonl", "clef"),
    "inventory-0.log": ("springboot", "text"),
    "notification-0.log": ("jsonl", "pino"),
    "order-0.jsonl": ("jsonl", "structlog"),
    "payment-0.json": ("jsonl", "ecs"),
    "payment-1.json": ("jsonl", "ecs"),
}
#: Broker → files of its tools → format, dialect, and the kinds of their records.
TOOLS: dict[str, dict[str, tuple[str, str, set[str]]]] = {
    "kafka": {
        "kcat.jsonl.gz": ("kcat", "cloudevents", {"publish"}),
        "kcat.stderr.txt": ("librdkafka", "librdkafka", {"end_offset"}),
        "kafka-console-consumer.*.txt": ("kafka-console", "kafka_tool", {"publish"}),
        "kafka-dump-log.txt.gz": ("kafka-dump", "kafka_tool", {"publish"}),
        "kafka-dump-log.consumer_offsets.txt.gz": (
            "kafka-dump",
            "kafka_tool",
            {"assign", "commit", "rebalance"},
        ),
        "consumer_offsets.txt.gz": ("kafka-coordinator", "kafka_tool", {"commit"}),
        "kafka-consumer-groups.*.txt": (
            "kafka-groups",
            "kafka_tool",
            {"commit", "end_offset", "gauge", "rebalance"},
        ),
        "kafka-consumer-groups-members.*.txt": ("kafka-groups", "kafka_tool", {"gauge"}),
        "kafka-server.log": ("bracketed", "kafka_broker", {"log", "rebalance"}),
        "audit-?.log": ("bracketed", "kafka_client", {"assign", "log", "rebalance", "reset", "revoke"}),
        "order-0.client.log.gz": ("librdkafka", "librdkafka", {"assign", "log", "rebalance", "revoke"}),
    },
    "nats": {
        "messages.jsonl.gz": ("jsonl", "cloudevents", {"publish"}),
        "advisories.jsonl": ("jsonl", "nats_advisory", {"dead_letter", "drop", "log", "nack"}),
        "nats-server.log.gz": (
            "nats_server",
            "nats_server",
            {"ack", "dead_letter", "drop", "log", "nack", "publish", "receive"},
        ),
        "consumer_info.jsonl": ("nats_info", "nats_info", {"commit", "gauge"}),
        "stream_info.jsonl": ("nats_info", "nats_info", {"end_offset", "gauge"}),
    },
    "rabbitmq": {
        "firehose.jsonl.gz": ("rabbitmq_tracing", "rabbitmq_tracing", {"publish", "receive"}),
        "trace-json.log.gz": ("rabbitmq_tracing", "rabbitmq_tracing", {"publish", "receive"}),
        "trace-text.log.gz": ("rabbitmq_tracing_text", "rabbitmq_tracing", {"publish", "receive"}),
        "*.dlq.json": ("jsondoc", "rabbitmq", {"receive"}),
        "list_queues.*.json": ("jsondoc", "rabbitmq_queue", {"gauge"}),
        "list_queues.log": ("rabbitmqctl", "rabbitmq_queue", {"gauge"}),
        "server.log": ("rabbitmq_log", "rabbitmq_log", {"log"}),  # connections only
    },
}
#: Its lines have no time, and its name has none either.
UNDATED = {"kcat.stderr.txt"}
#: What the server traces beside messages: its own words, connections, questions to the API, and their answers.
_OF_NO_MESSAGE = r"^(info|debug|warn) |(PING|PONG|CONNECT|SUB|DELSUB)\b|[$]JS[.]API|\[MSG _INBOX|ADVISORY"
#: What the broker tells of a consumer that was killed.
CUT_OFF = {"kafka": "rebalance", "nats": "connection", "rabbitmq": "connection"}
#: File → what its lines of kind `log` may say; everything else in it is understood.
_OF_NO_STEP = (
    r"(started|stopped)$|nothing to re(lease|fund)|(second payment|cancellation|handled already,) ignored"
)
OTHER_LINES = {
    **dict.fromkeys(SERVICES, _OF_NO_STEP),
    "kafka-server.log": r"Starting up|Startup complete|loading of metadata",
    "advisories.jsonl": r"ADVISORY[.](CONSUMER|STREAM)[.](CREATED|DELETED)",
    "nats-server.log.gz": _OF_NO_MESSAGE,
}
BROKERS = tuple(TOOLS)
FAULTS = (
    "retried",
    "dead_letter",
    "crash",
    "duplicate_publish",
    "duplicate_effect",
    "skipped",
    "missing_event",
    "declined",
    "compensated",
    "contract_break",
    "out_of_order",
    "slow",
    "fat_event",
    "command_event",
    "stopped",
)
SCORES = ROOT / "benchmarks/sample_scores.md"
README = LOGS / "README.md"
COMMANDS = [line.split("#")[0].strip() for line in re.findall(r"^evtrace .*", README.read_text(), re.M)]


@dataclass(frozen=True)
class Captured:
    """The logs of one broker's shop in a store, and what really happened there."""

    broker: str
    logs: evtrace.Answers
    faults: list[dict[str, Any]]
    edges: list[dict[str, Any]]
    _answers: dict[str, WhyAnswer] = field(default_factory=dict)

    def why(self, query: str) -> WhyAnswer:
        """Ask once; many tests look at the same answer."""
        if query not in self._answers:
            self._answers[query] = self.logs.why(query)
        return self._answers[query]

    @property
    def causes(self) -> dict[tuple[str, str], dict[str, Any]]:
        return {(row["parent"], row["child"]): row for row in self.edges if row["parent"]}

    @property
    def healthy(self) -> set[str]:
        return {row["order_id"] for row in self.edges} - {row["order_id"] for row in self.faults}

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return list(self.logs.sql(query).rows)

    def having(self, fault: str) -> Iterator[tuple[dict[str, Any], WhyAnswer]]:
        found = [row for row in self.faults if row["fault"] == fault]
        assert found
        for row in found:
            yield row, self.why(row["order_id"])


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Captured]]:
    captured = {name: _captured(name, tmp_path_factory.mktemp(name)) for name in BROKERS}
    yield captured
    for one in captured.values():
        one.logs.close()


def _captured(broker: str, folder: Path) -> Captured:
    logs = evtrace.open(str(folder / "sample.duckdb"))
    logs.ingest(str(LOGS / broker), at="name")
    truth = [json.loads(line) for line in (TRUTH / f"{broker}.jsonl").read_text().splitlines()]
    faults = [row for row in truth if "fault" in row]
    return Captured(broker, logs, faults, [row for row in truth if "child" in row])


@pytest.fixture(params=BROKERS)
def shop(request: pytest.FixtureRequest, stores: dict[str, Captured]) -> Captured:
    return stores[request.param]


# The files.


def test_every_file_is_known_here() -> None:
    for broker in BROKERS:
        files = {file.name for file in (LOGS / broker).iterdir()}
        assert files == {file.name for name in _known(broker) for file in (LOGS / broker).glob(name)}


def _known(broker: str) -> dict[str, tuple[str, str]]:
    return SERVICES | {name: (format, dialect) for name, (format, dialect, _) in TOOLS[broker].items()}


def _expected(broker: str) -> Iterator[tuple[str, str, str]]:
    """Each file with its format and dialect."""
    for name, (format, dialect) in _known(broker).items():
        yield from ((file.name, format, dialect) for file in (LOGS / broker).glob(name))


def test_every_file_is_read_whole(shop: Captured) -> None:
    sources = {Path(source.uri).name: source for source in shop.logs.sources()}
    assert {name: source.format for name, source in sources.items()} == {
        name: format for name, format, _ in _expected(shop.broker)
    }
    assert {name for name, source in sources.items() if source.rejects or not source.records} == set()
    for name, one in sources.items():
        assert one.units == one.records + one.parts + one.skipped + one.rejects, name


def test_only_what_tells_no_time_has_none(shop: Captured) -> None:
    undated = {Path(source.uri).name: source.undated for source in shop.logs.sources() if source.undated}
    assert set(undated) == UNDATED.intersection(file.name for file in (LOGS / shop.broker).iterdir())
    for source in shop.logs.sources():
        if Path(source.uri).name in UNDATED:
            assert source.undated == source.records


def test_the_dialects_are_known(shop: Captured) -> None:
    sources = {Path(source.uri).name: source for source in shop.logs.sources()}
    for name, _, dialect in _expected(shop.broker):
        assert dialect in (sources[name].dialect or "").split("+"), name


@pytest.mark.parametrize(
    ("broker", "pattern"), [(broker, name) for broker, names in TOOLS.items() for name in names]
)
def test_the_brokers_tools_say_what_happened(stores: dict[str, Captured], broker: str, pattern: str) -> None:
    files = sorted(file.name for file in (LOGS / broker).glob(pattern))
    assert files
    found = [_kinds(stores[broker], f"/{name}") for name in files]
    assert set().union(*found) == TOOLS[broker][pattern][2]


@pytest.mark.parametrize("file", OTHER_LINES)
def test_lines_that_tell_nothing_of_messages_are_log_lines(stores: dict[str, Captured], file: str) -> None:
    words = "message" if file in SERVICES else "concat_ws(' ', level, message, attributes)"
    query = f"SELECT {words} AS words FROM records JOIN sources USING (source_id) WHERE uri LIKE '%/{file}' AND kind = 'log' ORDER BY record_id"
    lines = [line for one in stores.values() for (line,) in one.rows(query)]
    assert lines
    assert [line for line in lines if not re.search(OTHER_LINES[file], line)] == []


def test_they_stay_small_and_name_no_machine() -> None:
    files = [file for file in LOGS.rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) <= 4 << 20
    assert [file for file in files if re.search(r"/(home|root|tmp|Users|work)/", _text(file))] == []


def _text(file: Path) -> str:
    raw = file.read_bytes()
    return (gzip.decompress(raw) if file.suffix == ".gz" else raw).decode()


# Their records.


@pytest.mark.parametrize(
    ("file", "start", "kind"),
    [
        ("order-0.jsonl", "published", "publish"),
        ("payment-0.json", "received", "receive"),
        ("payment-1.json", "published", "publish"),
        ("inventory-0.log", "received", "receive"),
        ("inventory-0.log", "published", "publish"),
        ("fulfilment-0.clef", "dead-lettered", "dead_letter"),
        ("analytics-0.log", "consumed", "receive"),
    ],
)
def test_lines_are_what_they_say(shop: Captured, file: str, start: str, kind: str) -> None:
    assert _kinds(shop, file, f"AND message LIKE '{start}%'") == {kind}


@pytest.mark.parametrize("file", ["inventory-0.log", "notification-0.log"])
@pytest.mark.parametrize(
    ("broker", "start", "kind"),
    [
        ("nats", "acknowledged", "ack"),
        ("rabbitmq", "acknowledged", "ack"),
        ("kafka", "committed offset", "commit"),
    ],
)
def test_what_is_done_is_said(
    stores: dict[str, Captured], broker: str, start: str, kind: str, file: str
) -> None:
    assert _kinds(stores[broker], file, f"AND message LIKE '{start}%'") == {kind}


@pytest.mark.parametrize(
    ("broker", "words"),
    [("nats", "nak, next try %"), ("rabbitmq", "nack, requeued%"), ("rabbitmq", "requeued through %")],
)
def test_a_refusal_is_a_nack(stores: dict[str, Captured], broker: str, words: str) -> None:
    assert _kinds(stores[broker], "inventory-0.log", f"AND message LIKE '{words}'") == {"nack"}


def _kinds(shop: Captured, file: str, also: str = "") -> set[str]:
    query = (
        f"SELECT DISTINCT kind FROM records JOIN sources USING (source_id) WHERE uri LIKE '%{file}' {also}"
    )
    return {kind for (kind,) in shop.rows(f"{query} ORDER BY kind")}


# Their links.


def test_every_event_is_found(shop: Captured) -> None:
    found = {event for (event,) in shop.rows("SELECT event_id FROM events ORDER BY event_id")}
    assert found == {row["child"] for row in shop.edges}


def test_every_named_cause_is_an_edge(shop: Captured) -> None:
    found = shop.rows("SELECT parent_event_id, child_event_id FROM edges WHERE rule = 'E1' ORDER BY 1, 2")
    assert set(found) == {pair for pair, row in shop.causes.items() if row["named"]}


def test_no_edge_is_false(shop: Captured) -> None:
    """Republications (D1) repeat a message and are no causes of the truth."""
    edges = "SELECT parent_event_id, child_event_id, rule FROM edges ORDER BY 1, 2, 3"
    found = {(parent, child): rule for parent, child, rule in shop.rows(edges) if rule != "D1"}
    assert {rule for pair, rule in found.items() if pair not in shop.causes} == set()
    assert {"E1", "E4b", "E4c", "E4e"} <= set(found.values())


def test_a_republication_repeats_one_message(shop: Captured) -> None:
    """Its two ends carry one event id."""
    edges = "SELECT DISTINCT parent_event_id, child_event_id FROM edges WHERE rule = 'D1' ORDER BY 1, 2"
    found = shop.rows(edges)
    assert found and all(parent == child for parent, child in found)


def test_causes_are_found_without_an_id(shop: Captured) -> None:
    found = set(shop.rows("SELECT parent_event_id, child_event_id FROM edges ORDER BY 1, 2"))
    unnamed = [pair for pair, row in shop.causes.items() if not row["named"]]
    assert len(found.intersection(unnamed)) >= 0.97 * len(unnamed) > 0


def test_each_order_is_a_flow(shop: Captured) -> None:
    orders = "SELECT flow_id, value FROM identities WHERE kind = 'order'"
    pairs = shop.rows(f"SELECT DISTINCT flow_id, value FROM ({orders}) AS o ORDER BY flow_id, value")
    assert (
        len(pairs)
        == len({flow for flow, _ in pairs})
        == len({order for _, order in pairs})
        == shop.logs.flows().total
    )
    assert {order for _, order in pairs} == {row["order_id"] for row in shop.edges}


def test_no_two_shops_share_an_id(stores: dict[str, Captured]) -> None:
    ids = [[*{row["child"] for row in one.edges}, *one.healthy] for one in stores.values()]
    assert max(Counter(value for some in ids for value in some).values()) == 1


def test_the_three_shops_in_one_store_stay_apart(stores: dict[str, Captured], tmp_path: Path) -> None:
    """What is a key on Kafka, the order, is an address on RabbitMQ, and joins nothing there."""
    with evtrace.open(str(tmp_path / "all.duckdb")) as logs:
        logs.ingest(str(LOGS), at="name")
        orders = "SELECT flow_id, value FROM identities WHERE kind = 'order'"
        pairs = logs.sql(f"SELECT DISTINCT flow_id, value FROM ({orders}) AS o").rows
        assert logs.flows().total == sum(one.logs.flows().total for one in stores.values())
    assert len(pairs) == len({flow for flow, _ in pairs}) == len({order for _, order in pairs}) > 0


def test_event_ids_find_the_flow(shop: Captured) -> None:
    for (parent, child), row in list(shop.causes.items())[:5]:
        flows = {shop.why(name).flow.flow_id for name in (parent, child, row["order_id"])}
        assert len(flows) == 1


@pytest.mark.parametrize(("broker", "slot"), [("kafka", "shop.orders/0/1"), ("nats", "SHOP/0/1")])
def test_a_place_in_the_stream_is_an_id(stores: dict[str, Captured], broker: str, slot: str) -> None:
    assert stores[broker].logs.why(slot).flow.root_type == "OrderPlaced"


# Their answers.


def test_the_rest_of_the_orders_is_completed(shop: Captured) -> None:
    answers = [shop.why(order) for order in sorted(shop.healthy)]
    assert {answer.verdict for answer in answers} == {"completed"}
    assert [answer.cause for answer in answers if answer.cause] == []


def _score() -> list[tuple[str, str]]:
    return [(broker, fault) for fault in FAULTS for broker in BROKERS]


@pytest.mark.parametrize(("broker", "fault"), _score())
def test_the_cause_is_the_planted_one(stores: dict[str, Captured], broker: str, fault: str) -> None:
    """The score, fault by broker: what is named stays named."""
    for planted, answer in stores[broker].having(fault):
        assert _is_right(planted, answer), planted["order_id"]


def test_the_score_does_not_fall(stores: dict[str, Captured], request: pytest.FixtureRequest) -> None:
    """The table that people read; `--update-golden` writes it anew."""
    table = _score_table(stores)
    if request.config.getoption("--update-golden"):
        SCORES.write_text(table)
    assert SCORES.read_text() == table, f"read the difference, then renew {SCORES.name} with --update-golden"


def _score_table(stores: dict[str, Captured]) -> str:
    rows = [_score_row(stores, fault) for fault in FAULTS]
    right = [sum(row[column] == "right" for row in rows) for column in range(2, 2 + len(BROKERS))]
    lines = [
        "# What `why` names on the sample logs",
        "",
        "Fault by broker: is the cause that `evtrace why ORDER` names (kind and service, at the planted event) the planted",
        "one, for every order that has the fault? Else it says what is named. Written by",
        "`pytest tests/test_sample_logs.py --update-golden`; the same tests keep it from falling.",
        "",
        f"| planted | truth | {' | '.join(BROKERS)} |",
        f"|---|---|{'---|' * len(BROKERS)}",
        *(f"| {' | '.join(row)} |" for row in rows),
        f"| **right** | | {' | '.join(f'**{n} of {len(FAULTS)}**' for n in right)} |",
    ]
    return "\n".join(lines) + "\n"


def _score_row(stores: dict[str, Captured], fault: str) -> list[str]:
    truths = {_named(row["cause"], row["service"]) for one in stores.values() for row, _ in one.having(fault)}
    return [f"`{fault}`", " or ".join(sorted(truths)), *(_cell(stores[broker], fault) for broker in BROKERS)]


def _cell(shop: Captured, fault: str) -> str:
    """`n/a`: the broker has no such trouble; nothing is planted there."""
    if not any(row["fault"] == fault for row in shop.faults):
        return "n/a"
    wrong = [answer.cause for row, answer in shop.having(fault) if not _is_right(row, answer)]
    says = sorted({_named(cause.kind, cause.service) if cause else "none" for cause in wrong})
    return f"wrong: {', '.join(says)}" if wrong else "right"


def _named(kind: str, service: str | None) -> str:
    return kind if kind == "none" else f"{kind} ({service})"


def _is_right(planted: dict[str, Any], answer: WhyAnswer) -> bool:
    if answer.cause is None:
        return bool(planted["cause"] == "none")
    named = (answer.cause.kind, answer.cause.service, answer.cause.event_id)
    return named == (planted["cause"], planted["service"], planted["event_id"])


@pytest.mark.parametrize("fault", FAULTS)
def test_the_answer_shows_the_planted_event(shop: Captured, fault: str) -> None:
    for planted, answer in shop.having(fault):
        types = {step.event_type for step in answer.chain if step.event_id == planted["event_id"]}
        assert types == {planted["event_type"]}


def test_the_truth_has_every_fault(shop: Captured) -> None:
    assert {row["fault"] for row in shop.faults} == set(FAULTS)


def test_a_delivery_that_several_saw_is_one(shop: Captured) -> None:
    """A healthy order's event is handed to a reader once, though the broker's tools and the service tell of it."""
    query = """
        SELECT i.value, d.event_id, COALESCE(d.grp, d.service) AS reader, d.service, d.observers
        FROM deliveries AS d JOIN identities AS i ON i.flow_id = d.flow_id AND i.kind = 'order'
        ORDER BY 1, 2, 3, 4, 5
    """
    rows = [row for row in shop.rows(query) if row[0] in shop.healthy]
    assert {order for order, *_ in rows} == shop.healthy
    for names in (2, 3):  # by group and by service
        handed = Counter((row[1], row[names]) for row in rows)
        assert {pair for pair, times in handed.items() if times > 1} == set()
    services = {"analytics", "fulfilment", "inventory", "notification", "payment"}
    assert services <= {row[3] for row in rows if row[2]}
    assert shop.broker == "kafka" or max(row[4] for row in rows) > 1, "Kafka's broker logs no delivery"


#: Fault → what is handed over more than once, to whom, and how often; a message that is published twice is to all.
AGAIN = {
    "retried": {("PaymentProcessed", "inventory"): 2},
    "dead_letter": {("PaymentProcessed", "inventory"): 3},
    "contract_break": {("InventoryReserved", "fulfilment"): 3},
    "crash": {("OrderPlaced", "payment"): 2},
    "duplicate_effect": {("OrderPlaced", "payment"): 2},
    "duplicate_publish": {
        ("PaymentProcessed", reader): 2 for reader in ("analytics", "inventory", "notification")
    },
}
ELSEWHERE: dict[str, dict[str, dict[tuple[str, str], int]]] = {
    "kafka": {"duplicate_publish": {("PaymentProcessed", "order"): 2}},  # who reads a topic reads all of it
    "nats": {
        "out_of_order": {("OrderPlaced", "payment"): 2},
        "skipped": {("InventoryReserved", "fulfilment"): 3},
    },
    "rabbitmq": {"out_of_order": {("OrderPlaced", "payment"): 2}},
}


def test_only_what_was_planted_is_handed_over_again(shop: Captured) -> None:
    """Of all deliveries, in all orders: so many as there were, whoever tells of them."""
    types = {row["child"]: row["type"] for row in shop.edges}
    orders = {row["child"]: row["order_id"] for row in shop.edges}
    fates = {row["order_id"]: row["fault"] for row in shop.faults}
    readers = "SELECT event_id, service, COUNT(*) AS n FROM deliveries WHERE service IS NOT NULL GROUP BY event_id, service ORDER BY 1, 2"
    found = {(event, service): times for event, service, times in shop.rows(readers) if times > 1}
    assert found == {
        (event, service): times
        for event, order in orders.items()
        for told in (AGAIN, ELSEWHERE[shop.broker])
        for (event_type, service), times in told.get(fates.get(order, ""), {}).items()
        if types[event] == event_type
    }


# For each planted fault: what the answer shows of it.


def _step(answer: WhyAnswer, planted: dict[str, Any]) -> ChainEvent:
    """The planted event, where it was published first."""
    return next(step for step in answer.chain if step.event_id == planted["event_id"] and not step.hop)


def _of_type(answer: WhyAnswer, *types: str) -> list[ChainEvent]:
    """The events of these types, without republications."""
    return [step for step in answer.chain if step.event_type in types and not step.hop]


def _handed(answer: WhyAnswer, event_id: str, service: str) -> list[DeliveryStep]:
    """An event's attempts at one service, whether it was handed over again or published again."""
    steps = [step for step in answer.chain if step.event_id == event_id]
    found = [one for step in steps for one in step.deliveries if one.service == service]
    return sorted(found, key=lambda one: one.attempt)


def _attempts(answer: WhyAnswer, event_id: str, service: str) -> list[tuple[int, str | None]]:
    return [(one.attempt, one.outcome) for one in _handed(answer, event_id, service)]


def _parents(answer: WhyAnswer, step: ChainEvent) -> set[str | None]:
    ids = {parent.event_id for parent in step.parents}
    return {one.event_type for one in answer.chain if one.event_id in ids}


def test_the_first_try_failed_and_the_second_went_well(shop: Captured) -> None:
    for planted, answer in shop.having("retried"):
        assert _attempts(answer, planted["event_id"], "inventory") == [(1, "error"), (2, "ok")]
        assert any("repaired" in ruled.sentence for ruled in answer.ruled_out)


def test_three_failed_tries_and_the_dead_letter_are_shown(shop: Captured) -> None:
    for planted, answer in shop.having("dead_letter"):
        tries = _handed(answer, planted["event_id"], "inventory")
        assert [(one.attempt, one.outcome) for one in tries] == [
            (1, "error"),
            (2, "error"),
            (3, "dead_letter"),
        ]
        assert all("no warehouse holds article" in (one.error or "") for one in tries)
        assert "dead_letter" in {step.hop for step in answer.chain if step.event_id == planted["event_id"]}
        assert answer.cause and "com.example.shop.inventory" in answer.cause.sentence


def test_what_was_in_hand_is_handed_over_again(shop: Captured) -> None:
    for planted, answer in shop.having("crash"):
        (first, killed), (second, _) = _attempts(answer, planted["event_id"], "payment")
        assert (first, killed, second) == (1, None, 2)
        [in_hand, _] = _handed(answer, planted["event_id"], "payment")
        assert in_hand.cut_off and in_hand.cut_off.what == CUT_OFF[shop.broker]
        assert in_hand.cut_off.said and "payment" in in_hand.cut_off.said
        [paid] = _of_type(answer, "PaymentProcessed")
        assert _parents(answer, paid) == {"OrderPlaced"}


@pytest.mark.parametrize("broker", BROKERS)
def test_the_duplicate_is_counted(stores: dict[str, Captured], broker: str) -> None:
    for planted, answer in stores[broker].having("duplicate_publish"):
        assert _step(answer, planted).copies == 2


def test_the_duplicate_is_seen_and_handled_twice(shop: Captured) -> None:
    for planted, answer in shop.having("duplicate_publish"):
        assert _step(answer, planted).copies > 1
        for service in ("inventory", "notification"):
            assert _attempts(answer, planted["event_id"], service) == [(1, "ok"), (2, "ok")]


def test_both_payments_of_one_order_are_shown(shop: Captured) -> None:
    for planted, answer in shop.having("duplicate_effect"):
        first, second = _of_type(answer, "PaymentProcessed")
        assert first.event_id != second.event_id == planted["event_id"]
        assert _parents(answer, first) == _parents(answer, second) == {"OrderPlaced"}
        [placed] = _of_type(answer, "OrderPlaced")
        tries = _attempts(answer, placed.event_id, "payment")
        assert [attempt for attempt, _ in tries] == [1, 2]
        assert tries[0][1] == "error" != tries[1][1]
        assert any("second payment ignored" in line.message for line in second.logs)


@pytest.mark.parametrize(
    ("broker", "tries"),
    [("kafka", []), ("nats", [(1, None), (2, None), (3, "dropped")]), ("rabbitmq", [(1, None)])],
)
def test_the_skipped_message_has_no_effect(
    stores: dict[str, Captured], broker: str, tries: list[tuple[int, str | None]]
) -> None:
    """Kafka: committed past, never handed over. NATS: given up. RabbitMQ: acknowledged, never handled."""
    for planted, answer in stores[broker].having("skipped"):
        assert _attempts(answer, planted["event_id"], "fulfilment") == tries
        assert _of_type(answer, "ShipmentCreated", "ShipmentFailed") == []


def test_the_missing_event_is_not_there(shop: Captured) -> None:
    for planted, answer in shop.having("missing_event"):
        assert _attempts(answer, planted["event_id"], "inventory") == [(1, "ok")]
        assert _of_type(answer, planted["missing"]) == []


def test_the_refusal_and_the_cancellation_are_shown(shop: Captured) -> None:
    for planted, answer in shop.having("declined"):
        assert _parents(answer, _step(answer, planted)) == {"OrderPlaced"}
        [cancelled] = _of_type(answer, "OrderCancelled")
        assert _parents(answer, cancelled) == {"PaymentDeclined"}


def test_the_compensation_is_shown(shop: Captured) -> None:
    for planted, answer in shop.having("compensated"):
        assert _parents(answer, _step(answer, planted)) == {"InventoryReserved"}
        undone = _of_type(answer, "OrderCancelled", "InventoryReleased", "PaymentRefunded")
        parents = {step.event_type: _parents(answer, step) for step in undone}
        assert parents == {
            "OrderCancelled": {"ShipmentFailed"},
            "InventoryReleased": {"OrderCancelled"},
            "PaymentRefunded": {"OrderCancelled"},
        }


def test_the_broken_contract_fails_two_hops_later(shop: Captured) -> None:
    for planted, answer in shop.having("contract_break"):
        [reserved] = _of_type(answer, "InventoryReserved")
        assert [parent.event_id for parent in reserved.parents] == [planted["event_id"]]
        tries = _handed(answer, reserved.event_id, "fulfilment")
        assert [one.outcome for one in tries] == ["error", "error", "dead_letter"]
        assert all("$.amount" in (one.error or "") for one in tries)


def test_the_cancellation_came_before_the_order(shop: Captured) -> None:
    for planted, answer in shop.having("out_of_order"):
        [placed] = _of_type(answer, "OrderPlaced")
        late = _handed(answer, placed.event_id, "payment")[-1].received_at
        [early] = _handed(answer, planted["event_id"], "payment")
        assert late and early.received_at and early.received_at < late
        lines = [line.message for line in _step(answer, planted).logs]
        assert any("order is not known, cancellation ignored" in line for line in lines)
        assert _of_type(answer, "ShipmentCreated"), "shipped all the same"


def test_the_slow_handler_took_its_time(shop: Captured) -> None:
    for planted, answer in shop.having("slow"):
        [one] = _handed(answer, planted["event_id"], "payment")
        [paid] = _of_type(answer, "PaymentProcessed")
        assert paid.at and one.received_at and paid.at - one.received_at > 1_400_000_000


def test_the_fat_event_is_told_to_be_fat(shop: Captured) -> None:
    for planted, answer in shop.having("fat_event"):
        sizes = {step.event_id: step.payload_chars or 0 for step in answer.chain}
        assert sizes.pop(planted["event_id"]) > 13_000 > 1_000 > max(sizes.values())
        assert "OrderPlaced  order" in _shown(answer) and "! carries 14,185 characters" in _shown(answer)
    assert all("carries" not in _shown(shop.why(order)) for order in sorted(shop.healthy)[:5])


def _shown(answer: WhyAnswer) -> str:
    """As people read it."""
    return text.why(answer, Screen())


def test_the_event_named_like_a_command_has_its_reader(shop: Captured) -> None:
    for planted, answer in shop.having("command_event"):
        assert _parents(answer, _step(answer, planted)) == {"OrderPlaced"}
        assert _attempts(answer, planted["event_id"], "analytics")


def test_what_waits_for_the_stopped_consumer_was_not_handed_over(shop: Captured) -> None:
    (planted, answer), *others = shop.having("stopped")
    assert _attempts(answer, planted["event_id"], "fulfilment") == [(1, None)]
    assert answer.verdict == "stuck"
    for planted, answer in others:
        assert _attempts(answer, planted["event_id"], "fulfilment") == []
        assert answer.verdict == "stuck"
        assert answer.cause and "group fulfilment had stopped before it" in answer.cause.sentence
    assert all(not _of_type(answer, "ShipmentCreated") for _, answer in shop.having("stopped"))


# The README beside them.


def test_the_readme_names_the_planted_orders(stores: dict[str, Captured]) -> None:
    """The orders in its tables are those of the truth, so that a new run cannot leave it behind."""
    tables = "".join(re.findall(r"^\| .*order-.*", README.read_text(), re.M))
    planted = {row["order_id"] for one in stores.values() for row in one.faults}
    assert planted <= set(re.findall(r"order-\d+", tables))


@pytest.fixture(scope="module")
def in_checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        patch.setenv("EVTRACE_STORE", str(tmp_path_factory.mktemp("readme") / "sample.duckdb"))
        assert run(["ingest", "sample_logs", "--quiet"]) == 0
        yield


@pytest.mark.parametrize("command", COMMANDS)
def test_the_readmes_commands_run(
    command: str, in_checkout: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(shlex.split(command)[1:]) == 0
    assert capsys.readouterr().out
