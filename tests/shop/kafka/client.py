"""A service's connection to Kafka: librdkafka consumer and producer, each message committed by hand."""

from __future__ import annotations

import time
import zlib
from collections.abc import Mapping
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from tests.shop.kafka.names import PARTITIONS, dead_letters, topic, topics
from tests.shop.transport import Delivery, Outgoing, Place, Reader, Said

_SESSION_MS = 6_000
_PATIENCE_S = 20
_BY_KEY = -1
#: What the broker answers to a commit of a member that has lost its partitions meanwhile.
_REBALANCES = (KafkaError.REBALANCE_IN_PROGRESS, KafkaError.ILLEGAL_GENERATION, KafkaError.UNKNOWN_MEMBER_ID)


class Client:
    """One member of a consumer group, and one producer without idempotence."""

    def __init__(self, address: str, reader: Reader) -> None:
        self.news: list[Said] = []
        self._reader = reader
        self._tries: dict[tuple[str, int, int], int] = {}
        shared = {"bootstrap.servers": address, "client.id": reader.instance}
        self._producer = Producer(shared | {"acks": "all", "linger.ms": 0})
        self._consumer = Consumer(
            shared
            | {
                "group.id": reader.group,
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "partition.assignment.strategy": "range",
                "session.timeout.ms": _SESSION_MS,
                "heartbeat.interval.ms": 500,
                "fetch.wait.max.ms": 100,
            }
            | ({"debug": "cgrp"} if reader.debug else {})
        )
        self._early: list[Delivery] = []
        self._consumer.subscribe(topics(reader.reads), on_assign=self._assigned, on_revoke=self._revoked)
        self._await_partitions()

    def publish(self, message: Outgoing) -> Place:
        part = _another(message.key) if message.split else _BY_KEY
        return self._send(topic(message.address), message, part)

    def receive(self, patience_s: float) -> Delivery | None:
        if self._early:
            return self._early.pop()
        message = self._consumer.poll(patience_s)
        if message is None:
            return None
        if problem := message.error():
            if problem.code() == KafkaError._PARTITION_EOF or problem.retriable():
                return None
            raise KafkaException(problem)
        return self._delivery(message)

    def done(self, delivery: Delivery) -> Said:
        place = self._commit(delivery)
        return Said(
            f"committed offset {place['offset']} of {place['topic']}-{place['partition']}",
            place,
            names_event=False,
        )

    def again(self, delivery: Delivery, after_s: float) -> Said:
        time.sleep(after_s)
        at = delivery.place
        self._consumer.seek(TopicPartition(at["topic"], at["partition"], at["offset"]))
        text = f"Seeking to offset {at['offset']} for partition {at['topic']}-{at['partition']}"
        return Said(text, {name: at[name] for name in ("topic", "partition", "offset", "group")})

    def dead(self, delivery: Delivery, extra: Mapping[str, str]) -> Said:
        name = dead_letters(self._reader.group)
        headers = delivery.headers | dict(extra)
        stored = self._send(name, Outgoing("", delivery.key or "", headers, delivery.body, time.time_ns()))
        self._commit(delivery)
        return Said(f"sent to {name}", {f"dlq_{field}": value for field, value in stored.items()})

    def skip(self, delivery: Delivery) -> None:
        self._commit(delivery)

    def close(self) -> None:
        self._producer.flush(_PATIENCE_S)
        self._consumer.close()

    def _await_partitions(self) -> None:
        """Orders that are placed before a group has its partitions would seem to be late."""
        end = time.monotonic() + _PATIENCE_S
        while not self.news and not self._early and time.monotonic() < end:
            if delivery := self.receive(0.1):
                self._early.append(delivery)

    def _delivery(self, message: Any) -> Delivery:
        slot = (message.topic(), message.partition(), message.offset())
        self._tries[slot] = self._tries.get(slot, 0) + 1
        place = {"topic": slot[0], "partition": slot[1], "offset": slot[2], "group": self._reader.group}
        headers = {name: _text(value) for name, value in message.headers() or ()}
        key = message.key()
        return Delivery(key and _text(key), headers, message.value(), place, self._tries[slot])

    def _commit(self, delivery: Delivery) -> Place:
        """A committed offset is the next one to read."""
        place = delivery.place | {"offset": delivery.place["offset"] + 1}
        at = TopicPartition(place["topic"], place["partition"], place["offset"])
        try:
            self._consumer.commit(offsets=[at], asynchronous=False)
        except KafkaException as problem:
            if problem.args[0].code() not in _REBALANCES:
                raise
            self.news.append(Said(f"commit failed: {problem.args[0].str()}", place, names_event=False))
        return place

    def _send(self, name: str, message: Outgoing, part: int = _BY_KEY) -> Place:
        stored: list[tuple[KafkaError | None, Any]] = []
        self._producer.produce(
            name,
            message.body,
            message.key,
            partition=part,
            headers=[
                (each, value.encode("utf-8", "surrogateescape")) for each, value in message.headers.items()
            ],
            timestamp=message.sent_ns // 1_000_000,
            on_delivery=lambda problem, told: stored.append((problem, told)),
        )
        end = time.monotonic() + _PATIENCE_S
        while not stored and time.monotonic() < end:
            self._producer.poll(0.05)
        if not stored or stored[0][0]:
            raise KafkaException(stored[0][0] if stored else KafkaError(KafkaError._MSG_TIMED_OUT))
        at = stored[0][1]
        return {"topic": at.topic(), "partition": at.partition(), "offset": at.offset()}

    def _assigned(self, _: Any, slots: list[TopicPartition]) -> None:
        self._tell("assigned", slots)

    def _revoked(self, _: Any, slots: list[TopicPartition]) -> None:
        self._tell("revoked", slots)

    def _tell(self, what: str, slots: list[TopicPartition]) -> None:
        for slot in slots:
            place = {"topic": slot.topic, "partition": slot.partition, "group": self._reader.group}
            self.news.append(
                Said(f"{what} partition {slot.topic}-{slot.partition}", place, names_event=False)
            )


def _text(raw: bytes | None) -> str:
    return (raw or b"").decode("utf-8", "surrogateescape")


def _another(key: str) -> int:
    """Give a partition that another member reads: of three, two members read the first two and the last."""
    own = zlib.crc32(key.encode()) % PARTITIONS
    return 0 if own == PARTITIONS - 1 else PARTITIONS - 1
