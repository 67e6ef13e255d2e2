"""Files that others published and that brokers wrote: each gets its format, every unit is counted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from evtrace.formats import Sample, load
from evtrace.formats.prose import is_prose

from .running import run

SHARED = Path(__file__).parents[3] / "shared"
REAL = SHARED / "real"
CASES = SHARED / "cases" / "formats"
FORMATS = load()

pytestmark = pytest.mark.skipif(
    not REAL.is_dir(), reason="the published logs are not beside this repository (../shared)"
)

#: file, format, docs, rejects
COUNTS = [
    ("real/otel-demo/test_data.json", "otlp", 570, 0),
    ("real/zipkin/messaging.json", "zipkin", 4, 0),
    ("real/zipkin/messaging2.json", "zipkin", 11, 0),
    ("real/wikimedia/2020-02-02.recentchange.sse", "sse", 3, 0),
    ("real/wikimedia/2022-12-11.example.events.sse", "sse", 3, 0),
    ("real/wikimedia/2019-03-04.recentchange.json", "jsondoc", 1, 0),
    ("real/kafka/maxwell-data.txt", "jsonl", 20, 0),
    ("real/kafka/apicurio-kafkasql-journal.kcat.jsonl", "kcat", 12, 0),
    ("real/kafka/kafka-verifiable-producer.jsonl", "jsonl", 13, 1),
    ("real/kafka/kafka-verifiable-consumer.jsonl", "jsonl", 5, 3),
    ("real/kafka/strimzi-canary.dump-log.txt", "kafka-dump", 4, 0),
    ("real/cloud/aws/kafka-event.json", "jsondoc", 1, 0),
    ("real/cloud/aws/rabbitmq-event.json", "jsondoc", 1, 0),
    ("real/cloud/aws/kinesis-firehose-event.json", "jsondoc", 2, 0),
    ("real/cloud/aws/dynamodb-event-malformed.2.json", "jsondoc", 0, 1),
    ("cases/formats/kafka-kcat-J.jsonl", "kcat", 6, 0),
    ("cases/formats/kafka-broker-groupcoordinator.log", "bracketed", 5, 0),
    ("cases/formats/kafka-client-log4j-kip848-reconcile.log", "bracketed", 1, 0),
    ("cases/formats/kafka-client-log4j-rebalance.log", "logback", 3, 0),
    ("cases/formats/kafka-client-log-csv-wrapped.csv", "csv", 2, 0),
    ("cases/formats/kafka-spring-retry-loop.log", "springboot", 4, 0),
    ("cases/formats/nats-server-trace.log", "golog", 22, 0),
    ("cases/formats/rabbitmq-server.log", "isotext", 15, 0),
    ("cases/formats/rabbitmq-list-queues.json", "jsondoc", 5, 0),
    ("cases/formats/service-log-kafka-publish-and-receive.log", "isotext", 2, 0),
    ("cases/formats/servicebus-poison-consumer.log", "dotnet", 3, 0),
    ("cases/formats/pubsub-pull.json", "jsondoc", 1, 0),
    ("cases/formats/sqs-lambda-event-fifo.json", "jsondoc", 1, 0),
]
_NO_LOGS = (".md", ".yaml", ".yml", ".feature", ".schema.json", "SOURCES.txt")


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")


def _detected(text: str) -> str:
    sample = Sample(text[: 1 << 18], whole=len(text) <= 1 << 18)
    return max(FORMATS, key=lambda name: FORMATS[name].detect(sample))


@pytest.mark.parametrize(
    ("path", "name", "docs", "rejects"), COUNTS, ids=[Path(count[0]).name for count in COUNTS]
)
def test_file_is_read(path: str, name: str, docs: int, rejects: int) -> None:
    text = _read(SHARED / path)
    assert _detected(text) == name
    found = Counter(
        "doc" if doc is not None else "skipped" if skipped else "reject"
        for _, _, doc, skipped in run(FORMATS[name], text)
    )
    assert (found["doc"], found["reject"]) == (docs, rejects)


@pytest.mark.parametrize(("kind", "total"), [("log", 12_353), ("trace", 24_029)])
def test_every_row_of_the_train_tickets_is_read(kind: str, total: int) -> None:
    texts = [_read(path) for path in sorted(REAL.glob(f"train-ticket/*/{kind}/*.csv"))]
    assert {_detected(text) for text in texts} == {"csv"}
    units = [unit for text in texts for unit in run(FORMATS["csv"], text)]
    assert Counter(doc is not None for _, _, doc, skipped in units if not skipped) == {True: total}


def test_text_in_the_train_tickets_is_timeonly_and_names_the_order() -> None:
    rows = run(FORMATS["csv"], _read(next(REAL.glob("train-ticket/*/log/10_04_log.csv"))))
    outer = "\n".join(doc["Log"] for _, _, doc, _ in rows if doc)
    assert _detected(outer) == "docker"
    inner = "".join(doc["log"] for _, _, doc, _ in run(FORMATS["docker"], outer) if doc)
    assert _detected(inner) == "timeonly"
    docs = [doc for _, _, doc, _ in run(FORMATS["timeonly"], inner) if doc]
    assert all(doc.get("trace_id") for doc in docs)
    assert any("OrderId" in doc.get("fields", {}) for doc in docs)


@pytest.mark.parametrize("path", sorted(p for p in REAL.rglob("*") if p.is_file()), ids=lambda p: p.name)
def test_documentation_is_told_from_logs(path: Path) -> None:
    text = _read(path)
    reason = is_prose(path.name, Sample(text[: 1 << 18], whole=len(text) <= 1 << 18))
    is_log = not path.name.endswith(_NO_LOGS) and not path.name.startswith("_LICENSE")
    assert (reason is None) == is_log


@pytest.mark.parametrize(
    "path", sorted(p for p in CASES.glob("*") if p.suffix != ".md"), ids=lambda p: p.name
)
def test_broker_sample_is_read_without_rejects(path: Path) -> None:
    text = _read(path)
    assert is_prose(path.name, Sample(text, whole=True)) is None
    units = run(FORMATS[_detected(text)], text)
    assert all(doc is not None or skipped for _, _, doc, skipped in units)
