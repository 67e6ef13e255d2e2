"""What the shop's channels are called on Kafka: one topic per channel, whatever happened in it."""

from __future__ import annotations

from collections.abc import Iterable

from tests.shop.transport import ADDRESSES

PARTITIONS = 3


def topic(address: str) -> str:
    return f"shop.{address.split('.', maxsplit=1)[0]}"


def topics(addresses: Iterable[str] = ()) -> list[str]:
    """Give the topics in which these addresses lie; all of them if none is named."""
    return sorted({topic(address) for address in tuple(addresses) or ADDRESSES.values()})


def dead_letters(group: str) -> str:
    return f"shop.{group}.dlq"
