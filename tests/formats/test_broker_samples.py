"""What every sample of a broker's output says; those that were captured or constructed lie in brokers/.

The others are short excerpts that belong to their authors: they are read from ../shared, where that is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from evtrace.ingest.run import Options, ingest, read
from evtrace.results import SourceSummary
from evtrace.store import Store

from .broker_facts import facts

HERE = Path(__file__).parent / "brokers"
SHARED = Path(__file__).parents[3] / "shared" / "cases" / "formats"


@dataclass(frozen=True)
class Case:
    """A sample and what is to be read in it."""

    name: str
    format: str
    facts: list[str] = field(default_factory=list)  # of the records that are more than a line of log
    logs: int = 0
    undated: int = 0
    parts: int = 0
    skipped: int = 0

    @property
    def path(self) -> Path:
        return HERE / self.name if (HERE / self.name).exists() else SHARED / self.name


CASES = (
    Case(
        "cloudtrail-sqs-sendmessage.json",
        "jsondoc",
        [
            "publish MyQueue/18881790870905840128 93bb6e2d-1090-416c-81b0-31eb1faa8cd8 key:MsgGroupIdSdk16",
        ],
    ),
    Case(
        "eventbridge-event.json",
        "jsondoc",
        [
            "publish 7bf73129-1428-4cd3-a780-95db273d1602 :OrderPlaced",
        ],
    ),
    Case(
        "eventhubs-message.json",
        "jsondoc",
        [
            "publish 1 key:1",
        ],
    ),
    Case(
        "mqtt-mosquitto-bridge-retained.log",
        "mosquitto",
        [
            "receive c32545676/sensors/air/92/battery >local.etj-55555550.xxx-gw1-br ok",
        ],
        parts=1,
    ),
    Case(
        "mqtt-mosquitto-iso.log",
        "mosquitto",
        [
            "publish orders/placed",
        ],
        logs=11,
        parts=1,
    ),
    Case(
        "mqtt-mosquitto-redelivery.log",
        "mosquitto",
        [
            "publish orders/placed",
            "receive orders/placed >billing-1",
            "receive orders/placed >billing-1 ok again",
        ],
        logs=10,
        parts=2,
    ),
    Case(
        "mqtt-mosquitto-sub.jsonl",
        "jsonl",
        [
            "receive orders/placed e-1 ~c-1",
            "receive orders/placed e-2 ~c-2",
            "receive orders/placed e-3 ~c-3",
            "receive orders/placed e-4 ~c-4",
        ],
    ),
    Case(
        "mqtt-mosquitto.log",
        "mosquitto",
        [
            "publish orders/placed",
            "receive orders/placed >billing-1 ok",
            "receive orders/placed >audit-1",
            "publish orders/placed",
            "receive orders/placed >billing-1 ok",
            "receive orders/placed >audit-1",
            "publish orders/placed",
            "receive orders/placed >billing-1 ok",
            "receive orders/placed >audit-1",
            "publish orders/placed",
            "receive orders/placed >billing-1 ok",
            "receive orders/placed >audit-1",
        ],
        logs=49,
        parts=10,
    ),
    Case(
        "nats-advisories.jsonl",
        "jsonl",
        [
            "nack ORDERS/0/3 >billing #2",
            "drop ORDERS/0/3 >billing #2",
            "dead_letter ORDERS/0/4 >billing #1",
        ],
        logs=2,
    ),
    Case(
        "nats-cli-consumer-info.txt",
        "nats_cli",
        [
            "gauge TEST-STREAM/0 >TEST-STREAM-C",
            "commit TEST-STREAM/0/101 >TEST-STREAM-C",
        ],
        undated=2,
        parts=6,
        skipped=2,
    ),
    Case(
        "nats-consumer-info.jsonl",
        "nats_info",
        [
            "gauge ORDERS/0 >billing",
            "commit ORDERS/0/2 >billing",
            "gauge ORDERS/0 >billing",
            "commit ORDERS/0/5 >billing",
        ],
        undated=2,
    ),
    Case(
        "nats-js-deliveries.txt",
        "nats_deliveries",
        [
            "publish ORDERS/0/1",
            "publish ORDERS/0/2",
            "publish ORDERS/0/3",
            "publish ORDERS/0/4",
            "publish ORDERS/0/2",
            "receive ORDERS/0/1 >billing #1",
            "receive ORDERS/0/2 >billing #1",
            "receive ORDERS/0/3 >billing #1",
            "receive ORDERS/0/2 >billing #2",
            "receive ORDERS/0/3 >billing #2",
            "receive ORDERS/0/4 >billing #1",
        ],
        undated=5,
    ),
    Case(
        "nats-jsz.json",
        "nats_info",
        [
            "gauge ORDERS/0 >billing",
            "commit ORDERS/0/5 >billing",
            "gauge ORDERS/0",
            "end_offset ORDERS/0/5",
        ],
    ),
    Case(
        "nats-server-trace.log",
        "nats_server",
        [
            "publish orders.placed",
            "publish orders.placed",
            "publish orders.placed",
            "publish orders.placed",
            "publish orders.placed",
            "receive ORDERS/0/1 >billing #1",
            "receive ORDERS/0/2 >billing #1",
            "receive ORDERS/0/3 >billing #1",
            "ack ORDERS/0/1 >billing #1",
            "receive ORDERS/0/2 >billing #2 again",
            "receive ORDERS/0/3 >billing #2 again",
            "ack ORDERS/0/2 >billing #2",
            "nack ORDERS/0/3 >billing #2",
            "receive ORDERS/0/4 >billing #1",
            "nack ORDERS/0/4 >billing #1 rejected",
        ],
        logs=6,
        parts=1,
    ),
    Case(
        "nats-stream-info.json",
        "nats_info",
        [
            "gauge ORDERS/0",
            "end_offset ORDERS/0/5",
        ],
        undated=1,
    ),
    Case(
        "pubsub-pull.json",
        "cloud",
        [
            "receive 1961954308846553 #1",
        ],
    ),
    Case(
        "pubsub-push-delivery-attempt.json",
        "cloud",
        [
            "receive >bar 10519041647717348 #1",
        ],
    ),
    Case(
        "pubsub-push.json",
        "cloud",
        [
            "receive >metro-sub-1 2451898607221267",
        ],
    ),
    Case(
        "pulsar-client-consume.txt",
        "pulsar_consume",
        [
            "receive topic-test >subscription_test",
            "receive topic-test >subscription_test by:CAwQ9B4YAA==",
        ],
        logs=1,
        undated=2,
        parts=2,
    ),
    Case(
        "pulsar-topics-stats.json",
        "pulsar_stats",
        [
            "gauge",
            "gauge >connector-manager",
        ],
        undated=2,
    ),
    Case(
        "rabbitmq-api-queue.json",
        "jsondoc",
        [
            "gauge >billing",
        ],
        undated=1,
    ),
    Case(
        "rabbitmq-consumer-x-death.json",
        "jsondoc",
        [
            "receive orders e-1 key:order.placed",
            "receive orders e-2 key:order.placed",
            "receive orders e-2 key:order.placed again",
            'receive billing e-2 key:billing #2 hop:retry from:{"channel":"orders","grp":"billing"}',
            'receive billing e-2 key:billing #3 hop:retry from:{"channel":"orders","grp":"billing"}',
            'receive billing e-2 key:billing #4 hop:retry from:{"channel":"orders","grp":"billing"}',
            "receive orders e-1 key:order.placed",
        ],
        undated=7,
    ),
    Case(
        "rabbitmq-firehose.jsonl",
        "rabbitmq_tracing",
        [
            'publish orders e-1 ~c-1 key:order.placed to:["audit","billing"]',
            'publish orders e-2 ~c-2 key:order.placed to:["audit","billing"]',
            "receive orders >billing e-1 ~c-1 key:order.placed",
            "receive orders >billing e-2 ~c-2 key:order.placed",
            "receive orders >billing e-2 ~c-2 key:order.placed again",
            'receive billing >billing e-2 ~c-2 key:billing #2 hop:retry from:{"channel":"orders","grp":"billing"}',
            'receive billing >billing e-2 ~c-2 key:billing #3 hop:retry from:{"channel":"orders","grp":"billing"}',
            'receive billing >billing e-2 ~c-2 key:billing #4 hop:retry from:{"channel":"orders","grp":"billing"}',
            "receive orders >audit e-1 ~c-1 key:order.placed",
            "publish orders e-3 key:nobody.home to:[]",
        ],
        undated=1,
    ),
    Case(
        "rabbitmq-list-queues.json",
        "jsondoc",
        [
            "gauge >amq.gen-AUQ5TV3umldM69XQ5RuM4Q",
            "gauge >amq.gen-0bgbkjmEL2HWXP7U6Ph3vw",
            "gauge >audit",
            "gauge >billing.retry",
            "gauge >billing",
        ],
        undated=5,
    ),
    Case(
        "rabbitmq-list-queues.txt",
        "rabbitmqctl",
        [
            "gauge >amq.gen-AUQ5TV3umldM69XQ5RuM4Q",
            "gauge >amq.gen-0bgbkjmEL2HWXP7U6Ph3vw",
            "gauge >audit",
            "gauge >billing.retry",
            "gauge >billing",
        ],
        undated=5,
        skipped=3,
    ),
    Case("rabbitmq-server.log", "rabbitmq_log", logs=15),
    Case(
        "rabbitmq-tracing-json-issue.jsonl",
        "rabbitmq_tracing",
        [
            'publish MQ_test_apisix_test_dev key:apisix_test to:["apisix_test"]',
            "receive MQ_test_apisix_test_dev >apisix_test key:apisix_test",
        ],
    ),
    Case(
        "rabbitmq-tracing-json.jsonl",
        "rabbitmq_tracing",
        [
            'publish orders e-1 ~c-1 key:order.placed to:["audit","billing"]',
            'publish orders e-2 ~c-2 key:order.placed to:["audit","billing"]',
            "receive orders >billing e-1 ~c-1 key:order.placed",
            "receive orders >billing e-2 ~c-2 key:order.placed",
            "receive orders >billing e-2 ~c-2 key:order.placed",
            'receive billing >billing e-2 ~c-2 key:billing #2 hop:retry from:{"channel":"orders","grp":"billing"}',
            'receive billing >billing e-2 ~c-2 key:billing #3 hop:retry from:{"channel":"orders","grp":"billing"}',
            'receive billing >billing e-2 ~c-2 key:billing #4 hop:retry from:{"channel":"orders","grp":"billing"}',
            "receive orders >audit e-1 ~c-1 key:order.placed",
            "publish orders e-3 key:nobody.home to:[]",
        ],
    ),
    Case(
        "rabbitmq-tracing-text.log",
        "rabbitmq_tracing_text",
        [
            'publish orders e-1 ~c-1 key:order.placed to:["audit","billing"]',
            'publish orders e-2 ~c-2 key:order.placed to:["audit","billing"]',
            "receive orders >billing e-1 ~c-1 key:order.placed",
            "receive orders >billing e-2 ~c-2 key:order.placed",
            "receive orders >billing e-2 ~c-2 key:order.placed",
            'receive billing >billing e-2 ~c-2 key:billing #2 hop:retry from:{"channel":"orders","grp":"billing"}',
            'receive billing >billing e-2 ~c-2 key:billing #3 hop:retry from:{"channel":"orders","grp":"billing"}',
            'receive billing >billing e-2 ~c-2 key:billing #4 hop:retry from:{"channel":"orders","grp":"billing"}',
            "receive orders >audit e-1 ~c-1 key:order.placed",
            "publish orders e-3 key:nobody.home to:[]",
        ],
        parts=237,
        skipped=20,
    ),
    Case(
        "redis-monitor.log",
        "redis_monitor",
        [
            "publish orders e-1 :OrderPlaced ~c-1",
            "publish orders e-2 :OrderPlaced ~c-2",
            "publish orders e-3 :OrderPlaced ~c-3",
            "publish orders e-2 :OrderPlaced ~c-2",
            "ack orders/1795228743045-0 >billing",
            "drop orders/1795228743049-0",
        ],
        logs=16,
        skipped=1,
    ),
    Case("redis-server.log", "redis_log", logs=11),
    Case(
        "redis-xinfo-groups-lag-null.txt",
        "redis_cli",
        [
            "gauge >g",
            "gauge >g",
            "gauge >g2",
        ],
        logs=3,
        undated=6,
    ),
    Case(
        "redis-xinfo-groups-tty.txt",
        "redis_cli",
        [
            "gauge >billing",
        ],
        undated=1,
        parts=11,
    ),
    Case(
        "redis-xinfo-stream.txt",
        "redis_cli",
        [
            "gauge",
            "publish 1795228743045-0 e-1 :OrderPlaced ~c-1",
            "publish 1795228743055-0 e-2 :OrderPlaced ~c-2",
        ],
        undated=1,
        parts=28,
        skipped=1,
    ),
    Case(
        "redis-xpending.txt",
        "redis_cli",
        [
            "gauge orders >billing",
            "receive orders/1795228743049-0 >billing #2 again",
            "receive 1795228743049-0 #2 again",
        ],
        undated=1,
        parts=10,
        skipped=3,
    ),
    Case(
        "redis-xrange-raw.txt",
        "redis_cli",
        [
            "publish 1795228743045-0 e-1 :OrderPlaced ~c-1",
            "publish 1795228743049-0 e-2 :OrderPlaced ~c-2",
            "publish 1795228743052-0 e-3 :OrderPlaced ~c-3",
            "publish 1795228743055-0 e-2 :OrderPlaced ~c-2",
        ],
        parts=24,
    ),
    Case(
        "redis-xrange-tty.txt",
        "redis_cli",
        [
            "publish 1795228743045-0 e-1 :OrderPlaced ~c-1",
            "publish 1795228743049-0 e-2 :OrderPlaced ~c-2",
        ],
        parts=12,
    ),
    Case(
        "redis-xrange.json",
        "redis_json",
        [
            "publish 1795228743045-0 e-1 :OrderPlaced ~c-1",
            "publish 1795228743049-0 e-2 :OrderPlaced ~c-2",
            "publish 1795228743052-0 e-3 :OrderPlaced ~c-3",
            "publish 1795228743055-0 e-2 :OrderPlaced ~c-2",
        ],
    ),
    Case(
        "servicebus-dlq-message.json",
        "jsondoc",
        [
            "dead_letter 481c4fd6-... #3 hop:dead_letter",
        ],
        undated=1,
    ),
    Case("servicebus-poison-consumer.log", "dotnet", logs=3, undated=3),
    Case(
        "servicebus-received-message.json",
        "jsondoc",
        [
            "receive 0/41 e-2 ~c-2 key:o-1 #2",
        ],
    ),
    Case(
        "sns-notification.json",
        "jsondoc",
        [
            "receive my-kinesis-test-topic 719a6bbf-f51b-5320-920f-3385b5e9aa56 :My 1st subject",
        ],
    ),
    Case(
        "sqs-lambda-event-fifo.json",
        "cloud",
        [
            'receive orders.fifo/18881790870905840128 >orders.fifo e-2 ~c-2 key:groupA #3 from:{"channel":"orders.fifo"}',
        ],
    ),
    Case(
        "sqs-lambda-event.json",
        "cloud",
        [
            "receive XXX-0000000 >XXX-0000000 0097ebf6-1b19-4caa-8965-3544cf75cd21 #1",
        ],
    ),
)


@dataclass(frozen=True)
class Samples:
    """Every sample that is at hand, read into one store."""

    store: Store
    summaries: dict[str, tuple[int, SourceSummary]]

    def of(self, name: str) -> tuple[int, SourceSummary]:
        if name not in self.summaries:
            pytest.skip(f"an excerpt that is not kept here: {SHARED / name}")
        return self.summaries[name]

    def rows(self, name: str, columns: str) -> list[Any]:
        source_id, _ = self.of(name)
        return self.store.rows(
            f"SELECT {columns} FROM records WHERE source_id = ? ORDER BY line, item", [source_id]
        )


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Samples]:
    path = str(tmp_path_factory.mktemp("brokers") / "samples.duckdb")
    found = [case.path for case in CASES if case.path.exists()]
    summaries = read(path, [str(one) for one in found], Options())
    with Store.open(path, read_only=True) as store:
        numbers = dict(store.rows("SELECT uri, source_id FROM sources"))
        yield Samples(store, {Path(one.uri).name: (numbers[one.uri], one) for one in summaries})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_sample_is_read_as_what_it_says(case: Case, samples: Samples) -> None:
    source_id, summary = samples.of(case.name)
    assert summary.format == case.format
    assert facts(samples.store, source_id) == case.facts
    assert summary.records == len(case.facts) + case.logs
    assert (summary.rejects, summary.undated) == (0, case.undated)
    assert (summary.parts, summary.skipped) == (case.parts, case.skipped)
    assert summary.units == summary.records + summary.parts + summary.skipped
    assert any("no time" in note for note in summary.notes) == bool(case.undated)


def test_every_sample_has_a_case() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"the samples are not beside this repository: {SHARED}")
    held = {path.name for path in SHARED.iterdir() if path.suffix != ".md" and "kafka" not in path.name}
    assert held == {case.name for case in CASES}


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("rabbitmq-tracing-text.log", "2026-11-21 02:42:14.094", "2026-11-21 02:42:17.018"),
        ("rabbitmq-server.log", "2026-11-21 02:42:13.636215", "2026-11-21 02:42:17.53088"),
        ("nats-server-trace.log", "2026-11-21 02:39:59.147259", "2026-11-21 02:40:03.736965"),
        ("nats-jsz.json", "2026-11-21 02:40:04.797604", "2026-11-21 02:40:04.797604"),
        ("nats-consumer-info.jsonl", "2026-11-21 02:40:00.73105", "2026-11-21 02:40:03.736987"),
        ("redis-monitor.log", "2026-11-21 02:39:03.045813", "2026-11-21 02:39:04.372786"),
        ("redis-server.log", "2026-11-21 02:39:01.545", "2026-11-21 02:39:11.483"),
        ("redis-xrange.json", "2026-11-21 02:39:03.045", "2026-11-21 02:39:03.055"),
        ("mqtt-mosquitto.log", "2026-11-21 02:39:11", "2026-11-21 02:39:19"),
        ("mqtt-mosquitto-iso.log", "2026-11-21 02:39:56", "2026-11-21 02:39:58"),
        ("mqtt-mosquitto-sub.jsonl", "2026-11-21 02:39:13.164661", "2026-11-21 02:39:13.171096"),
        ("sqs-lambda-event-fifo.json", "2026-11-21 02:40:56.6", "2026-11-21 02:40:56.6"),
    ],
)
def test_times_are_read(name: str, first: str, last: str, samples: Samples) -> None:
    times = samples.rows(name, "make_timestamp(ts // 1000) AS t")
    known = [str(time) for (time,) in times if time is not None]
    assert min(known).rstrip("0").rstrip(".") == first.rstrip("0").rstrip(".")
    assert max(known).rstrip("0").rstrip(".") == last.rstrip("0").rstrip(".")


def _figures(samples: Samples, name: str, *path: str) -> list[Any]:
    found = []
    for kind, text in samples.rows(name, "kind, attributes"):
        value: Any = json.loads(text or "{}") if kind == "gauge" else {}
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        found.append(value)
    return [
        value for value, (kind,) in zip(found, samples.rows(name, "kind"), strict=True) if kind == "gauge"
    ]


@pytest.mark.parametrize(
    ("name", "path", "values"),
    [
        ("rabbitmq-list-queues.txt", ["messages_ready"], [0, 0, 1, 0, 0]),
        ("rabbitmq-list-queues.json", ["messages_ready"], [0, 0, 1, 0, 0]),
        ("rabbitmq-api-queue.json", ["message_stats", "redeliver"], [1]),
        ("nats-consumer-info.jsonl", ["info", "num_redelivered"], [2, 1]),
        ("nats-cli-consumer-info.txt", ["info", "delivered_consumer_seq"], [234]),
        ("nats-jsz.json", ["info", "num_ack_pending"], [0, None]),
        ("redis-xinfo-groups-tty.txt", ["info", "lag"], [2]),
        ("redis-xinfo-groups-lag-null.txt", ["info", "lag"], [3, None, None]),
        ("redis-xinfo-stream.txt", ["info", "entries-added"], [4]),
        ("redis-xpending.txt", ["info", "pending"], [1]),
        ("pulsar-topics-stats.json", ["figures", "msgBacklog"], [None, 1]),
    ],
)
def test_figures_stay_numbers(name: str, path: list[str], values: list[Any], samples: Samples) -> None:
    assert _figures(samples, name, *path) == values


def test_text_and_json_tracing_say_the_same(samples: Samples) -> None:
    columns = "ts, kind, channel, grp, consumer, event_id, publish_ts, trace_id, attempt, hop, routed, origin, payload"
    text, lines = (samples.rows(f"rabbitmq-tracing-{name}", columns) for name in ("text.log", "json.jsonl"))
    assert text == lines


def test_message_without_id_has_its_payload_to_know_it_by(samples: Samples) -> None:
    published, received = samples.rows("rabbitmq-tracing-json-issue.jsonl", "payload, payload_hash")
    assert published == received
    assert published[0] == '{"message":"test55555"}'


def test_unknown_lag_is_not_nought(samples: Samples) -> None:
    attributes = [
        json.loads(text) for (text,) in samples.rows("redis-xinfo-groups-lag-null.txt", "attributes") if text
    ]
    assert ["lag" in one["info"] for one in attributes] == [True, True, True]


def test_retain_flag_is_no_redelivery(samples: Samples) -> None:
    ((redelivered, attributes),) = samples.rows(
        "mqtt-mosquitto-bridge-retained.log", "redelivered, attributes"
    )
    assert (redelivered, json.loads(attributes)["retain"]) == (False, True)


def test_deduplicated_publish_is_marked(samples: Samples) -> None:
    told = [
        json.loads(text or "{}").get("duplicate")
        for (text,) in samples.rows("nats-js-deliveries.txt", "attributes")
    ]
    assert told[:5] == [None, None, None, None, True]


def test_outputs_without_a_time_take_the_given_one(tmp_path: Path) -> None:
    path = str(tmp_path / "at.duckdb")
    listed = [str(HERE / f"rabbitmq-list-queues.{ending}") for ending in ("txt", "json")]
    summaries = read(
        path, [*listed, str(HERE / "nats-consumer-info.jsonl")], Options(at="2026-11-21T02:42:18Z")
    )
    assert [summary.undated for summary in summaries] == [0, 0, 0]
    with Store.open(path, read_only=True) as store:
        times = store.rows(
            "SELECT kind, source_id, count(DISTINCT ts) FROM records GROUP BY ALL ORDER BY source_id, kind"
        )
    assert times == [("gauge", 1, 1), ("gauge", 2, 1), ("commit", 3, 2), ("gauge", 3, 1)]


def test_three_traces_of_one_broker_tell_of_the_same_deliveries(tmp_path: Path) -> None:
    path = str(tmp_path / "traces.duckdb")
    names = ("rabbitmq-tracing-text.log", "rabbitmq-tracing-json.jsonl", "rabbitmq-firehose.jsonl")
    ingest(path, [str(HERE / name) for name in names])
    with Store.open(path, read_only=True) as store:
        rows = store.rows(
            "SELECT e.event_id, e.channel, d.grp, d.attempt, d.observers FROM deliveries AS d JOIN events AS e USING (event_no) ORDER BY ALL"
        )
    assert rows == [
        ("e-1", "orders", "audit", 1, 3),
        ("e-1", "orders", "billing", 1, 3),
        ("e-2", "billing", "billing", 2, 3),
        ("e-2", "billing", "billing", 3, 3),
        ("e-2", "billing", "billing", 4, 3),
        ("e-2", "orders", "billing", 1, 3),
        ("e-2", "orders", "billing", 2, 3),
    ]


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("nats-server-trace.log", "nats_server"),
        ("mqtt-mosquitto.log", "mosquitto"),
        ("rabbitmq-server.log", "rabbitmq_log"),
    ],
)
def test_log_of_a_broker_in_a_container_says_the_same(name: str, format: str, tmp_path: Path) -> None:
    case = next(one for one in CASES if one.name == name)
    packed = tmp_path / "container.log"
    lines = case.path.read_text().splitlines(keepends=True)
    logged = ({"log": line, "stream": "stdout", "time": "2026-11-21T02:40:00.5Z"} for line in lines)
    packed.write_text("".join(json.dumps(one) + "\n" for one in logged))
    (summary,) = read(str(tmp_path / "s.duckdb"), [str(packed)], Options())
    assert (summary.format, summary.rejects, summary.parts) == (f"docker+{format}", 0, case.parts)
    with Store.open(str(tmp_path / "s.duckdb"), read_only=True) as store:
        assert facts(store, 1) == case.facts
