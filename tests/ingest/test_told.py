"""What log lines say of groups and positions: one line, the records that it becomes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evtrace import dialects
from evtrace.dialects.messages import compiled
from evtrace.errors import UsageError

CLIENT = "[Consumer clientId=c-1, groupId=billing] "
COORDINATOR = "[GroupCoordinator id=1 topic=__consumer_offsets partition=1] "

Fact = tuple[str, str | None, str | None, str | None, int | None, int | None]

#: dialect, message, (kind, grp, consumer, channel, part, pos) of every record
CASES: list[tuple[str, str, list[Fact]]] = [
    ("kafka_client", CLIENT + "Adding newly assigned partitions: [a-b-0, c-12]", [("assign", "billing", "c-1", "a-b", 0, None), ("assign", "billing", "c-1", "c", 12, None)]),
    ("kafka_client", CLIENT + "Adding newly assigned partitions: a-0, b.c-1", [("assign", "billing", "c-1", "a", 0, None), ("assign", "billing", "c-1", "b.c", 1, None)]),
    ("kafka_client", CLIENT + "Adding newly assigned partitions: ", [("log", "billing", "c-1", None, None, None)]),
    ("kafka_client", CLIENT + "Setting offset for partition a-b-0 to the committed offset FetchPosition{offset=7, offsetEpoch=Optional.empty, currentLeader=LeaderAndEpoch{leader=Optional[h:9092 (id: 1 rack: null)], epoch=0}}", [("assign", "billing", "c-1", "a-b", 0, 7)]),
    ("kafka_client", "Setting offset for partition a-1 to the committed offset FetchPosition{offset=7, offsetEpoch=Optional[0]}", [("assign", None, None, "a", 1, 7)]),
    ("kafka_client", "[Consumer clientId=c-1, groupId=null] Seeking to offset 3 for partition a-0", [("reset", None, "c-1", "a", 0, 3)]),
    ("kafka_client", "[Consumer instanceId=i-1, clientId=c-1, groupId=billing] Revoke previously assigned partitions [a-0]", [("revoke", "billing", "c-1", "a", 0, None)]),
    ("kafka_client", CLIENT + "Lost previously assigned partitions a-0, a-1", [("revoke", "billing", "c-1", "a", 0, None), ("revoke", "billing", "c-1", "a", 1, None)]),
    ("kafka_client", CLIENT + "Committed offset 42 for partition a-b-0", [("commit", "billing", "c-1", "a-b", 0, 42)]),
    ("kafka_client", CLIENT + "Completed asynchronous auto-commit of offsets {a-b-0=OffsetAndMetadata{offset=4, leaderEpoch=0, metadata=''}, a-b-1=OffsetAndMetadata{offset=1, leaderEpoch=0, metadata=''}}", [("commit", "billing", "c-1", "a-b", 0, 4), ("commit", "billing", "c-1", "a-b", 1, 1)]),
    ("kafka_client", CLIENT + "Completed asynchronous auto-commit of offsets {}", [("log", "billing", "c-1", None, None, None)]),
    ("kafka_client", CLIENT + "Asynchronous auto-commit of offsets {a-0=OffsetAndMetadata{offset=4, leaderEpoch=null, metadata=''}} failed: rebalancing", [("log", "billing", "c-1", "a", 0, 4)]),
    ("kafka_client", CLIENT + "Offset commit failed on partition a-0 at offset 42: The coordinator is not aware of this member.", [("log", "billing", "c-1", "a", 0, 42)]),
    ("kafka_client", CLIENT + "Found no committed offset for partition a-0", [("log", "billing", "c-1", "a", 0, None)]),
    ("kafka_client", CLIENT + "Resetting offset for partition a-0 to position FetchPosition{offset=0, offsetEpoch=Optional.empty}.", [("reset", "billing", "c-1", "a", 0, 0)]),
    ("kafka_client", CLIENT + "Seeking to AutoOffsetResetStrategy{type=earliest} offset of partition a-0", [("reset", "billing", "c-1", "a", 0, None)]),
    ("kafka_client", CLIENT + "Fetch position FetchPosition{offset=5, offsetEpoch=Optional[0]} is out of range for partition a-0, resetting offset", [("reset", "billing", "c-1", "a", 0, None)]),
    ("kafka_client", CLIENT + "Truncation detected for partition a-0 at offset FetchPosition{offset=9}, resetting offset to the first offset known to diverge OffsetAndMetadata{offset=5, leaderEpoch=1, metadata=''}", [("reset", "billing", "c-1", "a", 0, 5)]),
    ("kafka_client", CLIENT + "Request joining group due to: group is already rebalancing", [("rebalance", "billing", "c-1", None, None, None)]),
    ("kafka_client", CLIENT + "Successfully joined group with generation Generation{generationId=3, memberId='c-1-x', protocol='range'}", [("rebalance", "billing", "c-1", None, None, None)]),
    ("kafka_client", CLIENT + "Member c-1-x sending LeaveGroup request to coordinator h:9092 (id: 2147483646 rack: null) due to the consumer is being closed", [("rebalance", "billing", "c-1", None, None, None)]),
    ("kafka_client", CLIENT + "consumer poll timeout has expired. This means the time between subsequent calls to poll() was longer", [("rebalance", "billing", "c-1", None, None, None)]),
    ("kafka_client", CLIENT + "Member m-1 with epoch 1 transitioned from RECONCILING to STABLE.", [("rebalance", "billing", "c-1", None, None, None)]),
    ("kafka_client", CLIENT + "Received fetch at FetchPosition{offset=5, partition=3}", [("log", "billing", "c-1", None, None, None)]),
    ("kafka_client", "[Producer clientId=p-1] Resetting sequence number offset=5", [("log", None, None, None, None, None)]),
    ("kafka_broker", COORDINATOR + "Stabilized group my group generation 1 with 1 members.", [("rebalance", "my group", None, None, None, None)]),
    ("kafka_broker", COORDINATOR + "Preparing to rebalance group billing in state PreparingRebalance with old generation 0 (reason: Adding new member c-1-x with group instance id null; client reason: x).", [("rebalance", "billing", None, None, None, None)]),
    ("kafka_broker", COORDINATOR + "Assignment received from leader c-1-x for group billing for generation 1. The group has 1 members, 0 of which are static.", [("rebalance", "billing", None, None, None, None)]),
    ("kafka_broker", COORDINATOR + "[Group billing] Member c-1-x has left group through explicit `LeaveGroup` request; client reason: closed", [("rebalance", "billing", "c-1-x", None, None, None)]),
    ("kafka_broker", COORDINATOR + "Group billing with generation 2 is now empty.", [("rebalance", "billing", None, None, None, None)]),
    ("kafka_broker", "[GroupCoordinator 3]: Member c-1-x in group billing has failed, removing it from the group", [("rebalance", "billing", "c-1-x", None, None, None)]),
    ("kafka_broker", COORDINATOR + "Dynamic member with unknown member id joins group billing in Empty state. Created a new member id c-1-x and requesting the member to rejoin with this id.", [("rebalance", "billing", "c-1-x", None, None, None)]),
    ("kafka_broker", COORDINATOR + "Pending dynamic member with id c-1-x joins group billing in Empty state. Adding to the group now.", [("rebalance", "billing", "c-1-x", None, None, None)]),
    ("kafka_broker", COORDINATOR + "[GroupId billing] Member m-1 joins the consumer group using the consumer protocol.", [("rebalance", "billing", "m-1", None, None, None)]),
    ("kafka_broker", COORDINATOR + "[GroupId billing] Bumped group epoch to 2 with metadata hash 7.", [("rebalance", "billing", None, None, None, None)]),
    ("kafka_broker", COORDINATOR + "[GroupId billing] Expired offset for partition=a-b-0", [("reset", "billing", None, "a-b", 0, None)]),
    ("kafka_broker", "[GroupCoordinator id=1] Starting up.", [("log", None, None, None, None, None)]),
    ("celery_log", "Task shop.charge[4f1c2a34-0a1b-4c2d-8e3f-112233445566] received", [("receive", "celery", None, None, None, None)]),
    ("celery_log", "Received task: shop.charge[4f1c2a34-0a1b-4c2d-8e3f-112233445566]", [("receive", "celery", None, None, None, None)]),
    ("celery_log", "Task shop.charge[4f1c2a34-0a1b-4c2d-8e3f-112233445566] succeeded in 0.2s: None", [("ack", "celery", None, None, None, None)]),
    ("celery_log", "Task shop.charge[4f1c2a34-0a1b-4c2d-8e3f-112233445566] retry: Retry in 5s: ValueError('no')", [("nack", "celery", None, None, None, None)]),
    ("celery_log", "Task shop.charge[4f1c2a34-0a1b-4c2d-8e3f-112233445566] rejected", [("nack", "celery", None, None, None, None)]),
    ("celery_log", "Discarding revoked task: shop.charge[4f1c2a34-0a1b-4c2d-8e3f-112233445566]", [("drop", "celery", None, None, None, None)]),
    ("masstransit_log", "SEND rabbitmq://host/shop/ship-order?bind=true 4f1c2a34-0a1b-4c2d-8e3f-112233445566 Shop.ShipOrder", [("publish", None, None, "ship-order", None, None)]),
    ("masstransit_log", "RECEIVE sb://ns.example/ship-order 4f1c2a34-0a1b-4c2d-8e3f-112233445566 Shop.ShipOrder Shop.ShipConsumer(00:00:00.1230000)", [("ack", "ship-order", None, None, None, None)]),
    ("masstransit_log", "R-RETRY rabbitmq://host/ship-order 4f1c2a34-0a1b-4c2d-8e3f-112233445566 System.TimeoutException: late", [("nack", "ship-order", None, None, None, None)]),
    ("masstransit_log", "MOVE rabbitmq://host/ship-order 4f1c2a34-0a1b-4c2d-8e3f-112233445566 rabbitmq://host/ship-order_error?bind=true Fault: no stock", [("dead_letter", "ship-order", None, None, None, None)]),
    ("sidekiq", "pid=12 tid=gnk3 class=Ship jid=b4a577edbccf1d805744efa9 elapsed=0.4 INFO: done", [("ack", "sidekiq", None, None, None, None)]),
    ("spring_kafka", "billing: partitions assigned: [a-b-0, a-b-1]", [("assign", "billing", None, "a-b", 0, None), ("assign", "billing", None, "a-b", 1, None)]),
    ("spring_kafka", "billing: partitions revoked: [a-0]", [("revoke", "billing", None, "a", 0, None)]),
    ("spring_kafka", "Backoff FixedBackOff{interval=0, currentAttempts=10, maxAttempts=9} exhausted for a-b-0@18", [("drop", None, None, "a-b", 0, 18)]),
    ("spring_kafka", "Backoff none exhausted for ConsumerRecord(topic = a, partition = 1, leaderEpoch = 0, offset = 18, CreateTime = 1571418373269, serialized key size = 1, serialized value size = 2, headers = RecordHeaders(headers = [], isReadOnly = false), key = k-1, value = v)", [("drop", None, None, "a", 1, 18)]),
    ("kafka_python", "Setting newly assigned partitions {TopicPartition(topic='a-b', partition=0), TopicPartition(topic='c', partition=1)} for group billing", [("assign", "billing", None, "a-b", 0, None), ("assign", "billing", None, "c", 1, None)]),
    ("kafka_python", "Revoking previously assigned partitions {TopicPartition(topic='a', partition=0)} for group billing", [("revoke", "billing", None, "a", 0, None)]),
    ("kafka_python", "Resetting offset for partition TopicPartition(topic='a', partition=0) to offset 5.", [("reset", None, None, "a", 0, 5)]),
]  # fmt: skip

COLUMNS = "kind, grp, consumer, channel, part, pos"


@pytest.mark.parametrize(
    ("dialect", "message", "facts"), CASES, ids=[f"{n}-{c[0]}" for n, c in enumerate(CASES)]
)
def test_line_tells(dialect: str, message: str, facts: list[Fact], reader: Any) -> None:
    log = f"[2026-11-20 14:02:11,513] INFO {message} (org.example.Some)\n"
    (summary,) = reader.read(reader.write("server.log", log * 2))
    assert reader.rows(f"SELECT {COLUMNS} FROM records WHERE line = 2 ORDER BY record_id") == facts
    assert dialect in (summary.dialect or "").split("+")
    assert reader.rows("SELECT count(*) FROM records WHERE ts IS NULL") == [(0,)]


@pytest.mark.parametrize("shape", ["%s\n", '{"time":"2026-11-20T14:02:11Z","level":"INFO","message":"%s"}\n'])
def test_lines_of_any_shape_tell(shape: str, reader: Any) -> None:
    lines = [
        shape % "starting",
        shape % (CLIENT + "Adding newly assigned partitions: a-0, a-1"),
        "\n",
        shape % "done",
    ]
    (summary,) = reader.read(reader.write("a.log", "".join(lines)))
    found = reader.rows("SELECT line, item, kind, part FROM records ORDER BY record_id")
    assert found == [(1, None, "log", None), (2, 1, "assign", 0), (2, 2, "assign", 1), (4, None, "log", None)]
    assert (summary.records, summary.skipped, summary.rejects) == (4, 1, 0)


def test_a_line_without_its_group_speaks_of_the_only_one(reader: Any) -> None:
    text = (
        f"[2026-11-20 14:02:11,513] INFO {CLIENT}Adding newly assigned partitions: a-0 (o.e.S)\n"
        "[2026-11-20 14:02:11,514] INFO Setting offset for partition a-0 to the committed offset FetchPosition{offset=4, x} (o.e.S)\n"
    )
    reader.read(reader.write("a.log", text))
    assert reader.rows("SELECT kind, grp, pos FROM records ORDER BY line") == [
        ("assign", "billing", None),
        ("assign", "billing", 4),
    ]
    other = "[2026-11-20 14:02:12,513] INFO [Consumer clientId=c-2, groupId=stock] Adding newly assigned partitions: a-1 (o.e.S)\n"
    reader.read(reader.write("b.log", other + text))
    assert reader.rows("SELECT grp FROM records WHERE source_id = 2 ORDER BY line") == [
        ("stock",),
        ("billing",),
        (None,),
    ]


def test_a_message_of_several_lines_tells(reader: Any) -> None:
    text = (
        f"[2026-11-20 14:02:11,513] INFO {CLIENT}Reconciling assignment with local epoch 3\n"
        "\tMember:                                    m-1\n"
        "\tAssigned partitions:                       [a-b-0, a-b-1]\n"
        "\tCurrent owned partitions:                  [c-0]\n"
        "\tAdded partitions (assigned - owned):       [a-b-0, a-b-1]\n"
        "\tRevoked partitions (owned - assigned):     [c-0]\n"
        " (org.example.Membership)\n"
        f"[2026-11-20 14:02:12,513] INFO {CLIENT}Reconciling assignment with local epoch 4\n"
        "\tAdded partitions (assigned - owned):       []\n"
        "\tRevoked partitions (owned - assigned):     []\n"
    )
    (summary,) = reader.read(reader.write("a.log", text))
    found = reader.rows("SELECT line, item, kind, channel, part, error FROM records ORDER BY record_id")
    assert found == [
        (1, 1, "assign", "a-b", 0, None), (1, 2, "assign", "a-b", 1, None), (1, 3, "revoke", "c", 0, None),
        (8, None, "rebalance", None, None, None),
    ]  # fmt: skip
    assert (summary.records, summary.parts) == (4, 8)
    assert (
        reader.rows("SELECT contains(message, 'Revoked partitions') FROM records WHERE line = 1")
        == [(True,)] * 3
    )


def test_what_comes_late_in_a_large_log_is_told(reader: Any) -> None:
    quiet = "2026-11-20 14:02:11,513 INFO shop: order placed order_id=order-8123 and so on\n" * 150_000
    (summary,) = reader.read(
        reader.write(
            "a.log",
            quiet + f"2026-11-20 14:02:12,513 INFO shop: {CLIENT}Committed offset 4 for partition a-0\n",
        )
    )
    assert reader.rows("SELECT line, kind, grp, channel, pos FROM records WHERE kind <> 'log'") == [
        (150_001, "commit", "billing", "a", 4)
    ]
    assert (summary.records, summary.dialect) == (150_001, "text+kafka_client")


def test_users_say_what_their_lines_tell(reader: Any) -> None:
    own = reader.write("shop.toml", """
[messages]
speaker = '^(?P<service>\\w+)>'
constants = { broker = "rabbitmq" }
[[messages.says]]
kind = "publish"
hint = "gesendet"
text = '(?P<event_type>\\w+) (?P<event_id>[\\w-]+) gesendet an (?P<channel>\\S+)'
""")  # fmt: skip
    log = "2026-11-20 14:02:11,513 INFO a: kasse> Bestellt e-1 gesendet an orders\n"
    reader.read(reader.write("a.log", log), maps=(own,))
    columns = "kind, service, broker, event_type, event_id, channel"
    assert reader.rows(f"SELECT {columns} FROM records") == [
        ("publish", "kasse", "rabbitmq", "Bestellt", "e-1", "orders")
    ]


def test_our_patterns_are_sound() -> None:
    found = [one.messages for one in dialects.load() if one.messages]
    assert {one.dialect for one in found} >= {
        "kafka_client",
        "kafka_broker",
        "librdkafka",
        "kafka_python",
        "spring_kafka",
    }
    for one in found:
        assert compiled(one.speaker).groups == len(one.speaker_groups)
        for saying in one.says:
            assert set(compiled(saying.text).groupindex) == set(saying.groups)
            assert set(compiled(saying.each).groupindex) == set(saying.each_groups)


@pytest.mark.parametrize(
    ("says", "why"),
    [
        ("kind = 'sent'\nhint = 'gesendet'", "no kind 'sent'"),
        ("kind = 'publish'\nhint = 'x'", "at least four characters"),
        ("kind = 'publish'\nhint = 'gesendet'\ntext = '(?P<topic>a)'", "no role 'topic'"),
        ("kind = 'publish'\nhint = 'gesendet'\ntext = '(a'", "no regular expression"),
        ("kind = 'publish'\nhint = 'gesendet'\ntext = 'a(?=b)'", "looking around"),
        ("kind = 'publish'\nhint = 'gesendet'\neach = '(?P<part>a)'", "`each` needs a group"),
        ("kind = 'publish'\nhint = 'gesendet'\nwords = 'a'", "unknown key 'words'"),
    ],
)
def test_what_is_wrong_with_a_pattern_is_said(says: str, why: str, tmp_path: Path) -> None:
    own = tmp_path / "shop.toml"
    own.write_text(f"[[messages.says]]\n{says}\n")
    with pytest.raises(UsageError, match=why):
        dialects.load([own])


def test_a_log_that_grows_tells_on(reader: Any) -> None:
    line = '{"time":"2026-11-20T14:02:11Z","level":"INFO","message":"%s"}\n'
    first = line % (CLIENT + "Adding newly assigned partitions: a-0, a-1") + line % "open"
    path = reader.write("a.jsonl", first[:-1])
    reader.read(path)
    path.write_text(first + line % (CLIENT + "Revoke previously assigned partitions a-0, a-1"))
    reader.read(path)
    found = reader.rows("SELECT line, item, kind, part FROM records ORDER BY line, item")
    assert found == [
        (1, 1, "assign", 0),
        (1, 2, "assign", 1),
        (2, None, "log", None),
        (3, 1, "revoke", 0),
        (3, 2, "revoke", 1),
    ]
    assert reader.rows("SELECT records, lines FROM sources") == [(5, 3)]


def test_lines_in_an_envelope_tell(reader: Any) -> None:
    import json

    texts = [
        f"[2026-11-20 14:02:11,513] INFO {CLIENT}Reconciling assignment with local epoch 3",
        "\tAdded partitions (assigned - owned):       [a-0, a-1]",
        "\tRevoked partitions (owned - assigned):     []",
        "[2026-11-20 14:02:12,513] INFO done (o.e.S)",
    ]
    rows = [
        json.dumps({"log": text + "\n", "stream": "stdout", "time": "2026-11-20T14:02:11.6Z"})
        for text in texts
    ]
    (summary,) = reader.read(reader.write("a.log", "\n".join(rows) + "\n"))
    found = reader.rows("SELECT line, item, kind, part FROM records ORDER BY line, item")
    assert found == [(1, 1, "assign", 0), (1, 2, "assign", 1), (4, None, "log", None)]
    assert (summary.format, summary.records, summary.parts) == ("docker+bracketed", 3, 2)
