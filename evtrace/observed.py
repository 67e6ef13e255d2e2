"""What was really sent, as answers: frozen data, named and ordered as in the JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ObservedField:
    """A part of the events of one type."""

    path: str  # 'lines[].price'
    types: dict[str, int]  # JSON type → events that have it
    present: int  # events that have the part
    share: float  # of the events that have the part around it
    distinct: int | None  # about how many values; None: not counted
    values: tuple[Any, ...]  # all of them, where they are few
    format: str | None
    examples: tuple[Any, ...]


@dataclass(frozen=True)
class ObservedContract:
    """What the events of a type, of one producer and version where asked, have in common."""

    event_type: str
    producer: str | None  # None: all of them
    version: str | None
    events: int
    first_at: int | None
    last_at: int | None
    unreadable: int  # payloads that are no JSON
    least_bytes: int
    most_bytes: int
    mean_bytes: int
    fields: tuple[ObservedField, ...]
    schema: dict[str, Any]  # the same as a JSON Schema
    copies: int = 0  # dead letters and retries of these events: not counted among them


@dataclass(frozen=True)
class FailedReader:
    """A reader that failed on events of a kind."""

    reader: str
    failed: int
    read: int


@dataclass(frozen=True)
class Drift:
    """A change of what a producer really sends."""

    rule: str
    severity: str  # error where a reader failed on it
    event_type: str
    producer: str | None
    path: str
    since_at: int | None
    event_id: str | None  # the first event that shows it
    record_id: int | None
    events: int  # from then on
    flows: int
    failed: tuple[FailedReader, ...]
    sentence: str
    copies: int = 0  # dead letters and retries of these events: not counted among them


@dataclass(frozen=True)
class Violation:
    """A way in which events broke their contract."""

    contract: str
    event_type: str
    rule: str
    path: str  # in the event
    events: int
    flows: int
    producers: tuple[str, ...]
    first_event_id: str | None
    first_at: int | None
    sentence: str


@dataclass(frozen=True)
class ValidatedContract:
    """The events of one contract."""

    contract: str
    event_type: str
    language: str
    file: str
    events: int
    broken: int


@dataclass(frozen=True)
class ValidateAnswer:
    """Stored events against declared contracts."""

    contracts: tuple[ValidatedContract, ...]
    violations: tuple[Violation, ...]
    without_contract: dict[str, int]  # event type → events
    without_events: tuple[str, ...]

    @property
    def status(self) -> str:
        """As the envelope says it. Where nothing was checked, nothing is well."""
        if self.violations:
            return "findings"
        return "ok" if self.contracts else "not_evaluated"


@dataclass(frozen=True)
class Replay:
    """What a change of a contract would have meant for the events that are stored."""

    event_type: str
    events: int
    refused_by_new: int
    first_refused_by_new: str | None
    refused_by_old: int
    first_refused_by_old: str | None
    sentence: str
