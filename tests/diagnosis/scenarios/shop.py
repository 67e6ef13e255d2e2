"""What a shop is made of: services, what each reads and announces, and where things may go wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Place = tuple[str, str]  # service and event type


@dataclass(frozen=True)
class Service:
    """A service: what it reads and how it logs."""

    name: str
    reads: tuple[str, ...]  # topics
    style: str | None  # None: it keeps no log
    wrap: str | None = None  # docker, cri, or as it is
    instances: int = 2
    version: str = "3.1.0"
    logs_handled: bool = True  # says when it is done with a message
    logs_ignored: bool = False  # says what it does not handle
    work_ms: tuple[float, float] = (20.0, 0.5)  # median and spread (sigma of the logarithm) of its handling


@dataclass(frozen=True)
class Shop:
    """A shop as data; the world runs it."""

    name: str
    partitions: int  # of every topic; messages are keyed by order
    topics: Mapping[str, str]  # event type → its topic
    append_time: frozenset[str]  # topics whose messages carry the broker's time, not the producer's
    services: Mapping[str, Service]
    handles: Mapping[Place, tuple[str, ...]]  # who reads which type → what it announces
    asks: str  # the service that customers speak to
    root: str  # what it announces
    changed: str  # and what some customers make it announce right after
    joined: Mapping[str, tuple[str, ...]]  # service → types that must all have come before it announces
    other_way: tuple[str, str]  # the service and what some orders make it announce instead; that is well
    timer: tuple[
        frozenset[str], str
    ]  # types after which, some time later, the same service announces another
    cancelled: str  # the type on which work is undone
    undoes: Mapping[str, str]  # service → the type of its work
    refusals: Mapping[str, Place]  # announced refusal → who, handling what
    amounts: Mapping[str, str]  # event type → its field with the amount
    copied: Place  # type and type: the amount of the first is copied into the second
    needs_amount: tuple[Place, Place]  # who cannot do without the first, and the second
    hangs: Place  # reader and topic: a partition of it stops
    gone: str  # the reader that stops altogether
    always: tuple[Place, ...]  # who handles what, in every order and with a log
    announcing: tuple[Place, ...]  # of those, who always announces something on it, by itself
    join_inputs: tuple[Place, ...]
    duplicable: tuple[Place, ...]  # who announces what, harmful when it comes twice
    apart: tuple[tuple[Place, Place], ...]  # branches that do not depend on each other
    silent: Place  # a handler in the service without a log
    readers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def readers(services: Mapping[str, Service], topics: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Topic → who reads it."""
    return {
        topic: tuple(name for name, service in services.items() if topic in service.reads)
        for topic in dict.fromkeys(topics.values())
    }
