"""What Kafka's tools, clients and brokers write: each file gives its format and the records that are in it.

Files of class captured and constructed lie in kafka/ beside this; excerpts are read from ../shared where that is there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

OURS = Path(__file__).parent / "kafka"
SHARED = Path(__file__).parents[3] / "shared" / "cases" / "formats"
COLUMNS = "kind, grp, consumer, channel, part, pos"


@dataclass(frozen=True)
class Case:
    """A file and what is in it."""

    name: str
    format: str
    kinds: dict[str, int]
    first: tuple[Any, ...]  # kind, grp, consumer, channel, part, pos of the first record
    last: tuple[Any, ...] = ()  # of the last, where it says more
    parts: int = 0
    skipped: int = 0
    undated: int = 0


CASES = [
    # The samples of the index.
    Case("kafka-broker-groupcoordinator.log", "bracketed", {"rebalance": 5}, ("rebalance", "test_consumer", None, None, None, None), ("rebalance", "stl-jss-product-event-reader-group", None, None, None, None)),
    Case("kafka-client-log-csv-wrapped.csv", "csv", {"assign": 1, "revoke": 3}, ("assign", "group-name", None, "topic", 11, 960291897), ("revoke", "group-name", "stream-name", "topic", 2, None)),
    Case("kafka-client-log4j-kip848-reconcile.log", "bracketed", {"assign": 1}, ("assign", "test_group_id", "consumer-test_group_id-test_group_id-instance-1", "test_topic", 0, None), parts=6),
    Case("kafka-client-log4j-message-forms.txt", "plain", {"commit": 1, "log": 2, "rebalance": 1, "reset": 2, "revoke": 2}, ("log", "billing", "c-1", "orders", 0, None), ("rebalance", "billing", "c-1", None, None, None), undated=8),
    Case("kafka-client-log4j-rebalance.log", "logback", {"assign": 4, "revoke": 1}, ("assign", "kafka-consumer-group-id-0", "kafka-consumer-group-id-0", "topicB", 1, None), ("revoke", "kafka-consumer-group-id-0", "kafka-consumer-group-id-0", "topicB", 1, None)),
    Case("kafka-confluent-cli-consume.txt", "confluent", {"publish": 2}, ("publish", None, None, None, 3, 0), ("publish", None, None, None, 3, 1)),
    Case("kafka-console-consumer-all-fields.txt", "kafka-console", {"publish": 4}, ("publish", None, None, None, 0, 0), ("publish", None, None, None, 0, 2)),
    Case("kafka-console-consumer-before-2.7.txt", "kafka-console", {"publish": 2}, ("publish", None, None, None, 0, None), ("publish", None, None, None, 1, None)),
    Case("kafka-console-consumer-correlation-headers.txt", "kafka-console", {"publish": 1}, ("publish", None, None, None, 0, 0)),
    Case("kafka-console-consumer-field-order.txt", "kafka-console", {"publish": 6}, ("publish", None, None, None, None, None), ("publish", None, None, None, 0, 123), undated=4),
    Case("kafka-consumer-groups-describe-active.txt", "kafka-groups", {"commit": 3, "end_offset": 3}, ("commit", "x", "console-consumer-9c7a5258-4c71-4020-889b-7bb5d165624b", "mytest", 0, 3), ("end_offset", "x", "console-consumer-bc4ad2e9-cd5f-4425-85f0-83ec0f3e7fcd", "mytest", 2, 3), skipped=1, undated=6),
    Case("kafka-consumer-groups-describe-inactive.txt", "kafka-groups", {"commit": 1, "end_offset": 1, "gauge": 1}, ("gauge", "lambda-consumer", None, None, None, None), ("end_offset", "lambda-consumer", None, "HelloWorld", 0, 98), skipped=3, undated=3),
    Case("kafka-consumer-groups-describe-kafka-python.txt", "kafka-groups", {"commit": 2, "end_offset": 2}, ("commit", "alert-center", "kafka-python-3.0.10-e11c912e-04db-45bc-9001-5f8a8a4764e7", "sensor.alerts", 0, 9), ("end_offset", "processors", "kafka-python-3.0.10-bad82bb8-2457-4532-9c5f-34fc1b447839", "sensor.readings", 1, 10), skipped=3, undated=4),
    Case("kafka-consumer-groups-describe-no-commit.txt", "kafka-groups", {"end_offset": 1}, ("end_offset", "console-consumer-10519", "console-consumer-04bd761a-bbb2-4b56-b1a9-b54a3ba2f945", "test", 0, 3), skipped=2, undated=1),
    Case("kafka-consumer-groups-describe-rebalancing.txt", "kafka-groups", {"commit": 2, "end_offset": 2, "rebalance": 1}, ("rebalance", "billing", None, None, None, None), ("end_offset", "billing", None, "orders", 1, 98), skipped=3, undated=5),
    Case("kafka-consumer-offsets-formatter-json.txt", "kafka-coordinator", {"commit": 1, "reset": 1}, ("commit", "group-id", None, "foo", 1, 100), ("reset", "group-id", None, "foo", 1, None), undated=1),
    Case("kafka-consumer-offsets-formatter-text.txt", "kafka-offsets", {"commit": 3}, ("commit", "java-consumer-topic1", None, "topic1", 0, 1142), ("commit", "g01", None, "test", 2, 1)),
    Case("kafka-dump-log-consumer-offsets.txt", "kafka-dump", {"commit": 1, "log": 1}, ("commit", "my-group", None, "input-topic", 0, 1), ("log", None, None, "__consumer_offsets", 12, 2), skipped=4),
    Case("kafka-dump-log-print-data-log.txt", "kafka-dump", {"publish": 3}, ("publish", None, None, "orders", 0, 0), ("publish", None, None, "orders", 0, 2), skipped=4),
    Case("kafka-dump-log-transaction-state.txt", "kafka-dump", {"log": 1}, ("log", None, None, None, None, None), skipped=2),
    Case("kafka-kcat-J-old-without-ts.jsonl", "kcat", {"publish": 2}, ("publish", None, None, "json", 0, 0), ("publish", None, None, "test-topic", 0, 0), undated=2),
    Case("kafka-kcat-J-stderr.txt", "librdkafka", {"end_offset": 4}, ("end_offset", None, None, "orders", 2, 0), ("end_offset", None, None, "orders", 0, 5), undated=4),
    Case("kafka-kcat-J-with-b3-headers.jsonl", "kcat", {"publish": 1}, ("publish", None, None, "content", 0, 8)),
    Case("kafka-kcat-J.jsonl", "kcat", {"publish": 6}, ("publish", None, None, "orders", 0, 0), ("publish", None, None, "orders", 1, 0)),
    Case("kafka-kcat-f-format.txt", "kcat-text", {"publish": 5}, ("publish", None, None, "orders", 0, 0), ("publish", None, None, "orders", 0, 4)),
    Case("kafka-kcat-group-stderr.txt", "librdkafka", {"assign": 4, "end_offset": 4, "log": 6, "rebalance": 1, "revoke": 4}, ("rebalance", "billing", None, None, None, None), ("log", None, None, None, None, None), undated=14),
    Case("kafka-librdkafka-debug-cgrp.log", "librdkafka", {"assign": 4, "log": 35, "rebalance": 10}, ("rebalance", "billing", "rdkafka#consumer-1", None, None, None), ("log", "billing", "rdkafka#consumer-1", None, None, None)),
    Case("kafka-remora-consumer.json", "remora", {"commit": 1, "end_offset": 1}, ("commit", "console-consumer-20891", None, "products-in", 1, 3), ("end_offset", "console-consumer-20891", None, "products-in", 1, 3), undated=2),
    Case("kafka-rpk-group-lag.txt", "kafka-groups", {"commit": 2, "end_offset": 2}, ("commit", "grou33", None, "topic0", 0, 1000004), ("end_offset", "grou333", "rdkafka-33bbfde8-087a-4681-b773-43cff30a97a4", "topic0", 0, 1000006), skipped=1, undated=4),
    Case("kafka-spring-retry-loop.log", "springboot", {"drop": 1, "log": 2, "reset": 1}, ("reset", "message.dispatched.group", "consumer-message.dispatched.group-1", "message.dispatched", 0, 36), ("drop", None, None, "icmWorkOrderStatusUpdatedV1", 1, 18), parts=1, skipped=1),
    Case("service-log-kafka-publish-and-receive.log", "isotext", {"publish": 1, "receive": 1}, ("publish", None, None, "reserva.eventos", 0, 1), ("receive", None, None, None, 0, 1)),
    # Captures of other versions and options, by these tools against brokers of our own.
    Case("consumer_offsets-3.9.1.txt", "kafka-offsets", {"commit": 8}, ("commit", "payment", None, "shop.orders", 2, 1), ("commit", "payment", None, "shop.orders", 1, 1)),
    Case("kafka-client-4.1.1-classic.log", "bracketed", {"assign": 2, "commit": 4, "log": 4, "rebalance": 8, "revoke": 1}, ("log", "billing", "console-consumer", None, None, None), ("rebalance", "billing", "console-consumer", None, None, None)),
    Case("kafka-client-4.1.1-kip848.log", "bracketed", {"assign": 2, "log": 5, "rebalance": 7, "reset": 2, "revoke": 2}, ("log", "shipping", "console-consumer", None, None, None), parts=6),
    Case("kafka-console-consumer-2.6.3.shop.orders.txt", "kafka-console", {"publish": 8}, ("publish", None, None, None, 2, None), ("publish", None, None, None, 0, None)),
    Case("kafka-console-consumer-2.6.3-timestamp-key.shop.orders.txt", "kafka-console", {"publish": 8}, ("publish", None, None, None, None, None)),
    Case("kafka-console-consumer-4.1.1.txt", "kafka-console", {"publish": 4}, ("publish", None, None, None, 0, 0), ("publish", None, None, None, 1, 0)),
    Case("kafka-console-consumer-4.1.1-lines.txt", "kafka-console", {"publish": 7}, ("publish", None, None, None, 0, 0), ("publish", None, None, None, 1, 0), parts=3, skipped=1),
    Case("kafka-console-consumer-4.1.1-own-separators.txt", "kafka-console", {"publish": 3}, ("publish", None, None, None, 2, 0), ("publish", None, None, None, 2, 2)),
    Case("kafka-console-consumer-4.1.1-dlq-bytes.txt", "kafka-console", {"publish": 2}, ("publish", None, None, None, 0, 0), ("publish", None, None, None, 0, 1)),
    Case("kafka-console-consumer-4.1.1-dlq-lines.txt", "kafka-console", {"publish": 2}, ("publish", None, None, None, 0, 0), ("publish", None, None, None, 0, 1), parts=6),
    Case("kafka-consumer-groups-kip848.txt", "kafka-groups", {"commit": 6, "end_offset": 6}, ("commit", "billing", "iohdd28eS6ifxARefu3_Hw", "shop.orders", 2, 4), skipped=2, undated=12),
    Case("kafka-consumer-groups-kip848-members.txt", "kafka-groups", {"gauge": 2}, ("gauge", "billing", "iohdd28eS6ifxARefu3_Hw", None, None, None), skipped=2, undated=2),
    Case("kafka-consumer-groups-reset.txt", "kafka-groups", {"reset": 3}, ("reset", "payment", None, "shop.orders", 2, 1), ("reset", "payment", None, "shop.orders", 0, 1), skipped=2, undated=3),
    Case("kafka-consumer-groups-delete.txt", "kafka-groups", {"reset": 1}, ("reset", "payment", None, None, None, None), undated=1),
    Case("kafka-consumer-offsets-formatter-4.1.1.txt", "kafka-coordinator", {"commit": 5, "reset": 2}, ("commit", "billing", None, "orders-eu-0", 0, 3), ("commit", "tx-group", None, "in-put-1", 0, 5), undated=2),
    Case("kafka-group-metadata-formatter-4.1.1.txt", "kafka-coordinator", {"assign": 6, "rebalance": 5}, ("rebalance", "billing", None, None, None, None), ("assign", "billing", "console-consumer-e41cb7b1-18f7-49b9-9385-26db00155547", "orders-eu-0", 1, None)),
    Case("kafka-transaction-formatter-4.1.1.txt", "kafka-coordinator", {"log": 3}, ("log", None, None, None, None, None)),
    Case("kafka-dump-log-4.1.1.txt", "kafka-dump", {"log": 2, "publish": 7}, ("publish", None, None, "orders-eu-0", 0, 0), ("publish", None, None, "orders-eu-0", 1, 0), parts=3, skipped=11),
    Case("kafka-dump-log-4.1.1-consumer-offsets.txt", "kafka-dump", {"assign": 8, "commit": 9, "log": 1, "rebalance": 16, "reset": 2}, ("rebalance", "billing", None, None, None, None), ("log", None, None, "__consumer_offsets", 1, 47), skipped=22),
    Case("kafka-dump-log-4.1.1-transactions.txt", "kafka-dump", {"log": 8}, ("log", None, None, None, None, None), skipped=12),
    Case("kafka-server-4.1.1.log", "bracketed", {"log": 2, "rebalance": 30}, ("rebalance", "billing", "console-consumer-defa7d63-d310-4aac-943e-1e45da5eca86", None, None, None)),
    Case("kcat-f-short.txt", "kcat-text", {"publish": 3}, ("publish", None, None, "shop.orders", 0, 0), ("publish", None, None, "shop.orders", 0, 2)),
    Case("kcat-group.stderr.txt", "librdkafka", {"assign": 7, "end_offset": 5, "rebalance": 1, "revoke": 7}, ("rebalance", "tail-orders", None, None, None, None), ("revoke", "tail-orders", "rdkafka-a85fcae3-2f05-4e4c-aebd-97614b96ecd8", "shop.orders", 2, None), undated=20),
]  # fmt: skip


def path_of(name: str) -> Path:
    for folder in (OURS, SHARED):
        if (folder / name).exists():
            return folder / name
    pytest.skip(f"an excerpt that is not beside this repository (../shared): {name}")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_file_gives_its_records(case: Case, reader: Any) -> None:
    path = path_of(case.name)
    (summary,) = reader.read(path)
    assert summary.format == case.format
    assert dict(reader.rows("SELECT kind, count(*) FROM records GROUP BY kind ORDER BY kind")) == case.kinds
    rows = reader.rows(f"SELECT {COLUMNS} FROM records ORDER BY record_id")
    assert (rows[0], rows[-1]) == (case.first, case.last or rows[-1])
    assert (summary.parts, summary.skipped, summary.undated) == (case.parts, case.skipped, case.undated)
    assert summary.rejects == 0
    assert bool(case.undated) == any(
        "have no time" in note or "has no time" in note for note in summary.notes
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_line_is_accounted_for(case: Case, reader: Any) -> None:
    """Records that share a line (a describe row is two) count once; a document of several lines is one unit."""
    path = path_of(case.name)
    (summary,) = reader.read(path)
    lines = path.read_text("utf-8", "replace").removesuffix("\n").count("\n") + 1
    ((with_records,),) = reader.rows("SELECT count(DISTINCT line) FROM records")
    assert with_records + summary.parts + summary.skipped + summary.rejects == lines


def test_every_sample_of_the_index_has_a_case() -> None:
    if not SHARED.is_dir():
        pytest.skip("the samples are not beside this repository (../shared)")
    listed = re.findall(r"^\| ((?:service-log-)?kafka-\S+) \|", (SHARED / "index.md").read_text(), re.M)
    assert len(listed) == 31
    assert set(listed) <= {case.name for case in CASES}


def test_excerpts_are_not_ours() -> None:
    if not SHARED.is_dir():
        pytest.skip("the samples are not beside this repository (../shared)")
    excerpts = re.findall(r"^\| (\S+) \| excerpt ", (SHARED / "index.md").read_text(), re.M)
    assert not [name for name in excerpts if (OURS / name).exists()]


def test_console_fields_fill_their_columns(reader: Any) -> None:
    reader.read(path_of("kafka-console-consumer-4.1.1-lines.txt"))
    found = reader.rows(
        "SELECT ts // 1000000, message_key, payload, event_id, correlation_id, clock FROM records WHERE pos = 4"
    )
    payload = '{\n  "event_id": "e-9",\n  "note": "two\\nlines"\n}'
    assert found == [(1795270075949, "o-9", payload, "e-9", "c-9", "host")]
    assert reader.rows("SELECT payload FROM records WHERE pos = 2") == [(None,)]


def test_headers_may_hold_what_separates_fields(reader: Any) -> None:
    reader.read(path_of("kafka-console-consumer-4.1.1-dlq-lines.txt"))
    (row,) = reader.rows(
        "SELECT event_type, message_key, payload, attributes ->> '$.headers.\"NServiceBus.ExceptionInfo.StackTrace\"' FROM records WHERE pos = 0"
    )
    assert row[:2] == (
        "InventoryReserved",
        reader.rows("SELECT message_key FROM records WHERE pos = 0")[0][0],
    )
    assert row[1].startswith("order-") and row[2].startswith('{"order_id"')
    assert "WriteWithPath" in row[3] or "ReThrowWithPath" in row[3]
    assert reader.rows("SELECT DISTINCT hop FROM records") == [("dead_letter",)]


def test_numbers_in_headers_may_be_bytes(reader: Any) -> None:
    reader.read(path_of("kafka-console-consumer-4.1.1-dlq-bytes.txt"))
    found = reader.rows("SELECT hop, origin FROM records ORDER BY pos")
    assert found[0] == ("dead_letter", '{"channel":"shop.payments","part":0,"pos":6,"grp":"inventory"}')
    assert found[1] == ("dead_letter", '{"channel":"shop.payments","part":1,"pos":20,"grp":"inventory"}')


@pytest.mark.parametrize(
    ("line", "key", "headers", "payload"),
    [
        ("Partition:0\tk\tv", "k", None, "v"),
        ("Partition:0\tv", None, None, "v"),
        ("Partition:0\torder:8123\tv", "order:8123", None, "v"),
        ("Partition:0\ttraceparent:00-a-b-01\tv", None, {"traceparent": "00-a-b-01"}, "v"),
        (
            "Partition:0\ta:1,b:x, y,c:http://h/,d:null\tk\tv\tw",
            "k",
            {"a": "1", "b": "x, y", "c": "http://h/", "d": None},
            "v\tw",
        ),
        ("Partition:0\tNO_HEADERS\tnull\tnull", None, None, None),
        ('Partition:0\ta:1\n\tat x.Y\tk\t{"n":\t1}', "k", {"a": "1\n\tat x.Y"}, '{"n":\t1}'),
        ('CreateTime:1795183331513|k|{"n":1}', "k", None, '{"n":1}'),
        ('CreateTime:1795183331513 :: {"n":1}', None, None, '{"n":1}'),
        ("CreateTime:1795183331513\tk\tv\t3", "k", None, "v"),
        ("CreateTime:1795183331513\tk\t3", "k", None, "3"),
    ],
)
def test_console_line_is_taken_apart(line: str, key: str, headers: Any, payload: str, reader: Any) -> None:
    reader.read(reader.write("console.txt", line + "\n"), format="kafka-console")
    import json

    ((found, told, attributes),) = reader.rows("SELECT message_key, payload, attributes FROM records")
    left = json.loads(attributes).get("headers") if attributes else None
    ids = {"traceparent"} & set(headers or {})
    assert (found, told) == (key, payload)
    assert left == headers or ids


def test_the_partition_is_the_last_number_of_a_name(reader: Any) -> None:
    text = path_of("kafka-dump-log-4.1.1.txt").read_text()
    reader.read(reader.write("dump.txt", text))
    assert reader.rows("SELECT DISTINCT channel, part FROM records ORDER BY part") == [
        ("orders-eu-0", 0),
        ("orders-eu-0", 1),
    ]
    for directory in (r"C:\kafka\a-b-0.4f2c-delete", "/kafka/a-b-0"):
        line = "| offset: 5 CreateTime: 1795183331513 keySize: 1 valueSize: 1 sequence: 0 headerKeys: [] key: k payload: v\n"
        reader.read(
            reader.write(f"{len(directory)}.txt", f"Dumping {directory}/00000000000000000000.log\n{line}")
        )
    assert reader.rows("SELECT channel, part, pos FROM records WHERE source_id > 1") == [("a-b", 0, 5)] * 2


def test_the_file_named_above_holds_over_blocks(reader: Any) -> None:
    line = (
        "| offset: %d CreateTime: 1795183331513 keySize: 1 valueSize: 900 sequence: 0 headerKeys: [] key: k payload: "
        + "v" * 900
        + "\n"
    )
    text = "".join(["Dumping data/orders-3/00000000000000000000.log\n", *(line % n for n in range(20_000))])
    (summary,) = reader.read(reader.write("dump.txt", text))
    assert len(text) > 16 << 20
    assert (summary.records, summary.skipped, summary.rejects) == (20_000, 1, 0)
    assert reader.rows("SELECT channel, part, count(DISTINCT pos) FROM records GROUP BY ALL") == [
        ("orders", 3, 20_000)
    ]


def test_damaged_records_of_a_dump_are_rejects(reader: Any) -> None:
    whole = "| offset: 5 CreateTime: 1795183331513 keySize: 1 valueSize: 1 sequence: 0 headerKeys: [] key: k payload: v\n"
    text = (
        "Dumping a-0/00000000000000000000.log\n"
        + whole
        + "| offset: x CreateTime: 1\n"
        + whole.replace("5", "6", 1)
    )
    (summary,) = reader.read(reader.write("dump.txt", text))
    assert (summary.records, summary.skipped, summary.rejects) == (2, 1, 1)
    assert reader.rows("SELECT line, text FROM rejects") == [(3, "| offset: x CreateTime: 1")]


def test_a_dump_that_grows_keeps_its_place(reader: Any) -> None:
    line = "| offset: %d CreateTime: 1795183331513 keySize: 1 valueSize: 1 sequence: 0 headerKeys: [] key: k payload: v\n"
    head = "Dumping a-0/00000000000000000000.log\n" + line % 0 + line % 1
    reader.read(reader.write("dump.txt", head))
    reader.read(reader.write("dump.txt", head + line % 2))
    assert reader.rows("SELECT channel, part, pos FROM records ORDER BY pos") == [
        ("a", 0, n) for n in range(3)
    ]


def test_a_producer_without_idempotence_is_seen(reader: Any) -> None:
    reader.read(path_of("kafka-dump-log-print-data-log.txt"))
    found = reader.rows("SELECT pos, attributes ->> '$.producerId', event_id FROM records ORDER BY pos")
    assert found == [(0, "17", "e-1"), (1, "17", "e-2"), (2, "-1", "e-2")]


@pytest.mark.parametrize(
    "name", ["kafka-console-consumer-4.1.1.txt", "kafka-kcat-J.jsonl", "kafka-dump-log-print-data-log.txt"]
)
def test_long_positions_are_kept_as_text(name: str, reader: Any) -> None:
    text = path_of(name).read_text()
    long = re.sub(r"(Offset:|offset: |\"offset\":)2\b", r"\g<1>99999999999999999999", text)
    assert long != text
    reader.read(reader.write("long.txt", long))
    assert reader.rows("SELECT pos FROM records WHERE pos_text = '99999999999999999999'") == [(None,)]
    assert reader.rows("SELECT count(*) FROM records WHERE pos_text IS NULL AND pos IS NULL") == [(0,)]


def test_assignments_in_bytes_are_read() -> None:
    """Two topics in one assignment, by what the client encodes."""
    from evtrace.formats import coordinator
    from evtrace.store import Store

    value = '{"version":3,"data":{"generation":2,"members":[{"memberId":"c-1","assignment":"AAEAAAACAAFhAAAAAgAAAAAAAAACAAJiLQAAAAEAAAAH/////w=="}]}}'
    with Store.memory() as store:
        steps = ", ".join(f"{sql} AS {name}" for name, sql in coordinator.steps("ck", "cv").items())
        units = f'SELECT *, {steps} FROM (SELECT \'{{"type":2,"data":{{"group":"g"}}}}\' AS ck, \'{value}\' AS cv)'
        (each,) = store.row(
            f"SELECT json_extract(doc, '$.\"@each\"[*]') FROM (SELECT {coordinator.doc({})} AS doc FROM ({units}))"
        )
    assert [one.split('"topic":')[1] for one in map(str, each[1:])] == [
        '"a","partition":0}',
        '"a","partition":2}',
        '"b-","partition":7}',
    ]
