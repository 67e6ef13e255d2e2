"""What a case file is made of: the answer, the pictures, and payloads beside what is usual for them."""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.picture import Picture, Sequence
from evtrace.results import WhyAnswer

#: How a part of a payload stands to what payloads of its type have.
AS_USUAL, ABSENT, OTHER_TYPE, NEW = "as usual", "absent", "other type", "new"


@dataclass(frozen=True)
class Part:
    """A part of a payload: what it is, and what it usually is."""

    path: str  # 'lines[].price'
    here: str | None  # its type here; None: it is not there
    usual: tuple[str, ...]  # types that it usually has; none: it is not known
    share: float  # of the events of this type that have it, where they have what is around it
    values: tuple[str, ...]  # all values that are known, where they are few
    format: str | None
    stands: str


@dataclass(frozen=True)
class Payload:
    """What one event carried, beside the contract of its type."""

    step: int
    event_id: str
    event_type: str | None
    text: str
    schema_ref: str | None  # the contract that the event names
    schema_version: str | None
    events: int  # how many events of the type the usual is inferred from; 0: none but this
    parts: tuple[Part, ...]

    @property
    def departures(self) -> int:
        return sum(part.stands != AS_USUAL for part in self.parts)


@dataclass(frozen=True)
class Case:
    """One flow to hand over."""

    answer: WhyAnswer
    picture: Picture
    sequence: Sequence
    payloads: tuple[Payload, ...]
    redacted: tuple[str, ...] = ()  # what was taken out, in words; none: nothing was
