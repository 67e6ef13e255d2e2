"""Real data that lies beside the project: what is learned from it."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from evtrace.dialects import Mapping

REAL = Path(__file__).parents[3] / "shared" / "real"

Learned = Callable[..., Mapping]


def real(name: str) -> Path:
    path = REAL / name
    if not path.exists():
        pytest.skip(f"the real data are not here: {path}")
    return path


def json_lines(path: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("{")
    ]


def firsts(mapping: Mapping) -> dict[str, str]:
    """Per role the first field."""
    return {use.role: ".".join(use.path) for use in reversed(mapping.uses)}


def test_wikimedia(learned: Learned) -> None:
    lines = real("wikimedia/2022-12-11.example.events.sse").read_text(encoding="utf-8").splitlines()
    roles = firsts(learned(*(json.loads(line[6:]) for line in lines if line.startswith("data: "))))
    assert roles["event_id"] == "meta.id"
    assert roles["correlation_id"] == "meta.request_id"
    assert roles["pos"] == "meta.offset"
    assert roles["ts"] == "meta.dt"


@pytest.mark.parametrize("name", ["messaging", "messaging2"])
def test_zipkin(name: str, learned: Learned) -> None:
    mapping = learned(*json.loads(real(f"zipkin/{name}.json").read_text(encoding="utf-8")))
    roles = firsts(mapping)
    assert mapping.dialects == ("zipkin",)
    assert (roles["span_id"], roles["parent_span_id"]) == ("id", "parentId")
    assert roles["service"] == "localEndpoint.serviceName"
    assert mapping.kinds["consumer"] == "receive"
    assert mapping.constants == {"kind": "process"}


def test_otel_demo(learned: Learned) -> None:
    mapping = learned(*islice(otel_records(real("otel-demo/test_data.json")), 2_000))
    roles = firsts(mapping)
    assert roles["ts"] == "startTimeUnixNano"
    assert roles["service"] == "resource.service.name"
    assert roles["message"] in {"name", "body"}
    assert roles["parent_span_id"] == "parentSpanId"
    assert ("user", ("attributes", "app.user.id")) in mapping.ids
    assert "kind" not in mapping.constants


def otel_records(path: Path) -> Iterator[dict[str, Any]]:
    parts = (("resourceSpans", "scopeSpans", "spans"), ("resourceLogs", "scopeLogs", "logRecords"))
    for doc in json_lines(path):
        for outer, scope, inner in parts:
            for one in doc.get(outer, []):
                resource = plain_attributes(one.get("resource", {}))
                for record in (record for part in one[scope] for record in part[inner]):
                    body = {"body": plain_value(record["body"])} if "body" in record else {}
                    yield {**record, **body, "attributes": plain_attributes(record), "resource": resource}


def plain_attributes(holder: dict[str, Any]) -> dict[str, Any]:
    return {item["key"]: plain_value(item["value"]) for item in holder.get("attributes", [])}


def plain_value(value: dict[str, Any]) -> Any:
    return next(iter(value.values()), None)


def test_kcat_dump(learned: Learned) -> None:
    mapping = learned(*json_lines(real("kafka/apicurio-kafkasql-journal.kcat.jsonl")))
    assert mapping.dialects == ("kcat",)
    assert mapping.constants == {"broker": "kafka", "kind": "publish", "clock": "host"}
    # A magic byte stands before the JSON of every key; it hides the JSON unless it is 9, a tab.
    assert mapping.ids == (("tenant", ("key", "@json", "tenantId")),)


def test_verifiable_tools(learned: Learned) -> None:
    mapping = learned(*json_lines(real("kafka/kafka-verifiable-producer.jsonl")))
    assert mapping.dialects == ("kafka_verifiable",)
    assert mapping.kinds["producer_send_success"] == "publish"


def test_maxwell(learned: Learned) -> None:
    mapping = learned(*json_lines(real("kafka/maxwell-data.txt")))
    assert mapping.dialects == ("maxwell",)
    assert firsts(mapping)["correlation_id"] == "xid"


@pytest.mark.parametrize(
    ("name", "dialect", "roles"),
    [
        ("sqs", "sqs", {"event_id": "messageId", "channel": "eventSourceARN"}),
        ("sns", "sns", {"event_id": "Sns.MessageId", "ts": "Sns.Timestamp"}),
        ("kinesis", "kinesis", {"pos_text": "kinesis.sequenceNumber"}),
        ("dynamodb", "kinesis", {"event_type": "eventName"}),
    ],
)
def test_aws_records(name: str, dialect: str, roles: dict[str, str], learned: Learned) -> None:
    envelope = json.loads(real(f"cloud/aws/{name}-event.json").read_text(encoding="utf-8"))
    mapping = learned(*envelope["Records"])
    assert dialect in mapping.dialects
    assert roles.items() <= firsts(mapping).items()


def test_msk(learned: Learned) -> None:
    envelope = json.loads(real("cloud/aws/kafka-event.json").read_text(encoding="utf-8"))
    mapping = learned(*(record for records in envelope["records"].values() for record in records))
    assert mapping.dialects == ("msk",)
    assert mapping.constants["clock"] == "host"


def rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(islice(csv.DictReader(file), 2_000))


def test_train_ticket_spans(learned: Learned) -> None:
    mapping = learned(*rows(real("train-ticket/2023-01-29/trace/08_43_trace.csv")))
    assert mapping.dialects == ("span_table",)
    assert mapping.constants == {"kind": "process"}
    assert mapping.ids == ()
    service = next(use for use in mapping.uses if use.role == "service")
    assert (service.path, service.reading) == (("PodName",), "pod_service")


LINE = re.compile(r"(?s)(\S+) (\w+)\s+(\S+) TraceID: (\w*) SpanID: (\w*) (.*)")
NAMES = ("time_of_day", "level", "logger", "trace_id", "span_id", "message")


def test_train_ticket_logs(learned: Learned) -> None:
    docs = list(train_logs(rows(real("train-ticket/2023-01-29/log/08_43_log.csv"))))
    mapping = learned(*docs, format_names=("csv", "docker", "text"))
    roles = firsts(mapping)
    assert roles["ts"] == "docker.time"
    assert roles["message"] == "message"
    assert roles["trace_id"] == "trace_id"
    assert (roles["service"], roles["instance"]) == ("csv.PodName", "csv.PodName")
    assert [use.path for use in mapping.uses if use.role == "ts"][-1] == ("time_of_day",)


def train_logs(table: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in table:
        docker = json.loads(row.pop("Log"))
        found = LINE.fullmatch(docker.pop("log"))
        if found:
            yield {**dict(zip(NAMES, found.groups(), strict=True)), "docker": docker, "csv": row}
