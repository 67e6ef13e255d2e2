"""What really happened: messages, and what services say of them, on the one true clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Message:
    """A message of the broker."""

    event_id: str
    event_type: str
    topic: str
    part: int
    order_id: str
    correlation_id: str
    producer: str
    instance: str
    version: str  # of the producer
    sequence: int  # as the producer counts the basket's versions
    payload: dict[str, Any]
    cause: Message | None
    sent: float  # seconds since the run began
    pos: int = -1
    headers: dict[str, str] = field(default_factory=dict)  # of a dead letter


@dataclass(frozen=True)
class Said:
    """A line that a service writes."""

    at: float
    service: str
    instance: str
    worker: str
    level: str
    act: str  # received, published, handled, failed, gave_up, dead_lettered, ignored, repeated, remark
    message: Message | None
    words: str = ""
    error: str | None = None
    attempt: int | None = None
    order_id: str | None = None  # where the line names another


@dataclass(frozen=True)
class Commit:
    """A group has read up to here."""

    at: float
    grp: str
    topic: str
    part: int
    pos: int  # the next to read


@dataclass
class Told:
    """All that a run leaves behind."""

    said: list[Said] = field(default_factory=list)
    stored: list[Message] = field(default_factory=list)
    commits: list[Commit] = field(default_factory=list)
    stopped: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # order → who no longer read what
    ended: float = 0.0


Action = Callable[[], None]
