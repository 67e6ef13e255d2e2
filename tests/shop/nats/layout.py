"""The shop's streams and consumers."""

from __future__ import annotations

from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, StreamConfig

from tests.shop import envelope
from tests.shop.transport import MOST_ATTEMPTS, Outgoing, Reader

HEADER_PREFIX = "ce-"
STREAM, DEAD_STREAM = "SHOP", "SHOP_DLQ"
ACK_WAIT_S = 4.0
#: A producer that tries again later than this stores a second copy.
_DUPLICATE_WINDOW_S = 0.1


def subject_of(address: str) -> str:
    return f"shop.{address}"


def dead_subject(group: str) -> str:
    return f"dlq.{group}"


def headers_of(message: Outgoing) -> dict[str, str]:
    """JetStream knows a message that comes twice by this header."""
    return {"Nats-Msg-Id": envelope.read(message.headers, HEADER_PREFIX).event_id} | message.headers


def streams() -> list[StreamConfig]:
    return [
        StreamConfig(STREAM, subjects=["shop.>"], duplicate_window=_DUPLICATE_WINDOW_S),
        StreamConfig(DEAD_STREAM, subjects=["dlq.>"]),
    ]


async def declare(stream: JetStreamContext, readers: dict[str, Reader]) -> None:
    for config in streams():
        await stream.add_stream(config)
    for group, reader in readers.items():
        await stream.add_consumer(STREAM, _consumer(group, reader))


def _consumer(group: str, reader: Reader) -> ConsumerConfig:
    return ConsumerConfig(
        durable_name=group,
        filter_subjects=[subject_of(address) for address in reader.reads] or ["shop.>"],
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ACK_WAIT_S,
        max_deliver=MOST_ATTEMPTS,
    )
