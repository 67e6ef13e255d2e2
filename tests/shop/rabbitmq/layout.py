"""The shop's exchanges and queues, grown over the years: not every group fails in the same way."""

from __future__ import annotations

from collections.abc import Iterable

from pika.adapters.blocking_connection import BlockingChannel

from tests.shop.transport import ADDRESSES, Reader

HEADER_PREFIX = "cloudEvents:"
DEAD_EXCHANGE, WAIT_EXCHANGE = "shop.dlx", "shop.wait"
#: Groups that try again at once before they let a message wait in a queue until it expires.
HASTY = frozenset({"inventory"})
#: Groups on quorum queues (x-delivery-count counts); others are on classic ones, which only say `redelivered`.
QUORUM = frozenset({"payment"})
#: Groups of several consumers, each of which takes one message at a time, so that none waits behind a slow one.
FAIR = frozenset({"payment"})


def exchange_of(address: str) -> str:
    """Each channel of the shop is a topic exchange."""
    return address.split(".", maxsplit=1)[0]


def dead_queue(group: str) -> str:
    return f"{group}.dlq"


def wait_queue(group: str) -> str:
    return f"{group}.wait"


def declare(channel: BlockingChannel, readers: Iterable[Reader]) -> None:
    """Make all that the shop needs before its first message."""
    for exchange in sorted({exchange_of(address) for address in ADDRESSES.values()}):
        channel.exchange_declare(exchange, "topic", durable=True)
    channel.exchange_declare(DEAD_EXCHANGE, "direct", durable=True)
    channel.exchange_declare(WAIT_EXCHANGE, "direct", durable=True)
    for group, reads in {reader.group: reader.reads for reader in readers}.items():
        _queues(channel, group)
        for address in reads or sorted(ADDRESSES.values()):
            channel.queue_bind(group, exchange_of(address), address)


def _queues(channel: BlockingChannel, group: str) -> None:
    kind = {"x-queue-type": "quorum"} if group in QUORUM else {}
    to_dead = {"x-dead-letter-exchange": DEAD_EXCHANGE, "x-dead-letter-routing-key": group}
    channel.queue_declare(group, durable=True, arguments=kind | to_dead)
    channel.queue_declare(dead_queue(group), durable=True)
    channel.queue_bind(dead_queue(group), DEAD_EXCHANGE, group)
    back = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": group}
    channel.queue_declare(wait_queue(group), durable=True, arguments=back)
    channel.queue_bind(wait_queue(group), WAIT_EXCHANGE, group)
