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
from evtrace.results import WhyAnswer

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
#: Broker → file of its tools that can be read today → its format and its dialect.
TOOLS = {
    "kafka": {"kcat.jsonl.gz": ("kcat", "cloudevents")},
    "nats": {"messages.jsonl.gz": ("jsonl", "cloudevents"), "advisories.jsonl": ("jsonl", "nats")},
    "rabbitmq": {"trace-json.log.gz": ("rabbitmq_tracing", "rabbitmq_tracing")},
}
#: Files of the brokers' tools that are not understood yet.
NOT_YET = {
    "kafka": (
        "kafka-console-consumer.*.txt",
        "kafka-dump-log.txt.gz",
        "kafka-dump-log.consumer_offsets.txt.gz",
        "consumer_offsets.txt.gz",
        "kafka-consumer-groups*.txt",
        "kcat.stderr.txt",
        "kafka-server.log",
        "audit-?.log",
        "order-0.client.log.gz",
    ),
    "nats": ("nats-server.log.gz", "consumer_info.jsonl", "stream_info.jsonl"),
    "rabbitmq": (
        "firehose.jsonl.gz",
        "trace-text.log.gz",
        "fulfilment.dlq.json",
        "inventory.dlq.json",
        "list_queues.*.json",
        "list_queues.log",
        "server.log",
    ),
}
#: In these stand lines about other things as well.
LOG_FILES = ("kafka-server.log", "audit-?.log", "order-0.client.log.gz", "server.log", "nats-server.log.gz")
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
#: Fault → why its cause is not named yet, on which brokers.
NOT_NAMED = {
    "missing_event": ("no cohort yet: an effect that is never published is not missed", BROKERS),
    "duplicate_effect": ("no report on duplicates yet", BROKERS),
    "out_of_order": ("no report on order yet", BROKERS),
    "slow": ("no cohort yet: nothing says what is slow", BROKERS),
    "contract_break": ("no contracts yet: the error that it provoked is named", BROKERS),
    "stopped": ("the broker's word on its consumers is not read yet", BROKERS),
    "skipped": (
        "the trace has the delivery, and nothing asks why the service does not know of it",
        ("rabbitmq",),
    ),
}
SURE = "('E1', 'E1b', 'E2', 'E3', 'E4a')"
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
    logs.ingest(*(str(LOGS / broker / name) for name in (*SERVICES, *TOOLS[broker])))
    truth = [json.loads(line) for line in (TRUTH / f"{broker}.jsonl").read_text().splitlines()]
    faults = [row for row in truth if "fault" in row]
    return Captured(broker, logs, faults, [row for row in truth if "child" in row])


@pytest.fixture(params=BROKERS)
def shop(request: pytest.FixtureRequest, stores: dict[str, Captured]) -> Captured:
    return stores[request.param]


# The files.


def test_every_file_is_known_here() -> None:
    for broker in BROKERS:
        known = [*SERVICES, *TOOLS[broker], *NOT_YET[broker]]
        files = {file.name for file in (LOGS / broker).iterdir()}
        assert files == {file.name for name in known for file in (LOGS / broker).glob(name)}


def test_every_file_is_read_whole(shop: Captured) -> None:
    sources = {Path(source.uri).name: source for source in shop.logs.sources()}
    known = SERVICES | TOOLS[shop.broker]
    assert {name: source.format for name, source in sources.items()} == {
        name: format for name, (format, _) in known.items()
    }
    assert {name for name, source in sources.items() if source.rejects or source.undated} == set()


def test_the_dialects_are_known(shop: Captured) -> None:
    sources = {Path(source.uri).name: source for source in shop.logs.sources()}
    for name, (_, dialect) in (SERVICES | TOOLS[shop.broker]).items():
        assert dialect in (sources[name].dialect or "").split("+"), name


@pytest.mark.parametrize(
    ("broker", "name"), [(broker, name) for broker, names in NOT_YET.items() for name in names]
)
@pytest.mark.xfail(
    strict=True, reason="no format yet: its records are log lines, or have the producer's time"
)
def test_the_tools_other_files_say_what_happened(broker: str, name: str) -> None:
    with evtrace.open(":memory:") as logs:
        logs.ingest(*(str(file) for file in (LOGS / broker).glob(name)))
        query = "SELECT kind, max(ts % 1000000000) AS fraction FROM records GROUP BY kind ORDER BY kind"
        kinds = dict(logs.sql(query).rows)
    assert set(kinds) - {"log"}
    assert "log" not in kinds or name in LOG_FILES
    assert broker != "rabbitmq" or any(kinds.values()), "AMQP's own timestamps have whole seconds"


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


@pytest.mark.parametrize(
    ("broker", "file", "kinds"),
    [
        ("kafka", "kcat.jsonl.gz", {"publish"}),
        ("nats", "messages.jsonl.gz", {"publish"}),
        ("rabbitmq", "trace-json.log.gz", {"publish", "receive"}),
    ],
)
def test_the_brokers_messages_are_what_they_say(
    stores: dict[str, Captured], broker: str, file: str, kinds: set[str]
) -> None:
    assert _kinds(stores[broker], file) == kinds


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


def test_no_sure_edge_is_false(shop: Captured) -> None:
    found = shop.rows(f"SELECT parent_event_id, child_event_id FROM edges WHERE rule IN {SURE} ORDER BY 1, 2")
    assert found
    assert set(found) <= set(shop.causes)


def test_the_mails_find_their_cause_without_an_id(shop: Captured) -> None:
    found = set(shop.rows("SELECT parent_event_id, child_event_id FROM edges ORDER BY 1, 2"))
    mails = [pair for pair, row in shop.causes.items() if row["type"] == "EmailDelivered"]
    assert len(found.intersection(mails)) >= 0.97 * len(mails)


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


def test_event_ids_find_the_flow(shop: Captured) -> None:
    for (parent, child), row in list(shop.causes.items())[:5]:
        flows = {shop.why(name).flow.flow_id for name in (parent, child, row["order_id"])}
        assert len(flows) == 1


@pytest.mark.parametrize(("broker", "slot"), [("kafka", "shop.orders/0/1"), ("nats", "SHOP/0/1")])
def test_a_place_in_the_stream_is_an_id(stores: dict[str, Captured], broker: str, slot: str) -> None:
    assert stores[broker].logs.why(slot).flow.root_type == "OrderPlaced"


# Their answers.


def test_the_rest_of_the_orders_is_completed(shop: Captured) -> None:
    assert {shop.why(order).verdict for order in sorted(shop.healthy)} == {"completed"}


def _score() -> list[Any]:
    cells = []
    for fault in FAULTS:
        reason, brokers = NOT_NAMED.get(fault, ("", ()))
        for broker in BROKERS:
            marks = [pytest.mark.xfail(strict=True, reason=reason)] if broker in brokers else []
            cells.append(pytest.param(broker, fault, marks=marks))
    return cells


@pytest.mark.parametrize(("broker", "fault"), _score())
def test_the_cause_is_the_planted_one(stores: dict[str, Captured], broker: str, fault: str) -> None:
    """The score, fault by broker: what is named stays named, what is not is told by NOT_NAMED."""
    for planted, answer in stores[broker].having(fault):
        cause = answer.cause
        assert (cause.kind if cause else "none") == planted["cause"], planted["order_id"]
        assert cause is None or (cause.service, cause.event_id) == (planted["service"], planted["event_id"])


@pytest.mark.parametrize("fault", FAULTS)
def test_the_answer_shows_the_planted_event(shop: Captured, fault: str) -> None:
    for planted, answer in shop.having(fault):
        types = {step.event_type for step in answer.chain if step.event_id == planted["event_id"]}
        assert types == {planted["event_type"]}


def test_the_truth_has_every_fault(shop: Captured) -> None:
    assert {row["fault"] for row in shop.faults} == set(FAULTS)


def test_a_delivery_that_several_saw_is_one(shop: Captured) -> None:
    """A healthy order's event is handed to a group once, though the broker's trace and the service tell of it."""
    for order in sorted(shop.healthy):
        for step in shop.why(order).chain:
            services = Counter(delivery.service for delivery in step.deliveries)
            assert max(services.values(), default=0) <= 1, (order, step.event_type, services)


@pytest.mark.parametrize(
    "broker",
    [
        "kafka",
        "nats",
        pytest.param(
            "rabbitmq",
            marks=pytest.mark.xfail(
                strict=True, reason="without a slot, trace and log of one publish are two"
            ),
        ),
    ],
)
def test_the_duplicate_is_seen(stores: dict[str, Captured], broker: str) -> None:
    for planted, answer in stores[broker].having("duplicate_publish"):
        [step] = [step for step in answer.chain if step.event_id == planted["event_id"]]
        assert step.copies == 2


def test_both_copies_were_handled(shop: Captured) -> None:
    for planted, answer in shop.having("duplicate_publish"):
        assert len(_attempts(answer, planted, "inventory")) == 2


@pytest.mark.parametrize(
    "broker",
    [
        "kafka",
        "nats",
        "rabbitmq",
    ],
)
def test_the_first_try_failed_and_the_second_went_well(stores: dict[str, Captured], broker: str) -> None:
    for planted, answer in stores[broker].having("retried"):
        assert _attempts(answer, planted, "inventory") == [(1, "error"), (2, "ok")]


def _attempts(answer: WhyAnswer, planted: dict[str, Any], service: str) -> list[tuple[Any, ...]]:
    [step] = [step for step in answer.chain if step.event_id == planted["event_id"]]
    return [(one.attempt, one.outcome) for one in step.deliveries if one.service == service]


def test_a_dead_letter_says_why(shop: Captured) -> None:
    for _, answer in shop.having("dead_letter"):
        assert answer.cause and "com.example.shop.inventory" in answer.cause.sentence


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
