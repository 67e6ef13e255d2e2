"""Since when and until when the events of one producer have each part, by the shapes that they have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from evtrace.reports.shapes import Path, Shape


@dataclass
class Span:
    """Events, from the first to the last."""

    events: int = 0
    first_ts: int | None = None
    last_ts: int | None = None

    def add(self, shape: Shape) -> None:
        """The events of a shape as well."""
        self.events += shape.events
        if shape.first_ts is not None and shape.last_ts is not None:
            self.first_ts = shape.first_ts if self.first_ts is None else min(self.first_ts, shape.first_ts)
            self.last_ts = shape.last_ts if self.last_ts is None else max(self.last_ts, shape.last_ts)


@dataclass
class Part:
    """A part of the payload."""

    span: Span = field(default_factory=Span)
    types: dict[str, Span] = field(default_factory=dict)

    def kinds(self) -> dict[str, Span]:
        """Types that are not null; a whole number is a number where others are none."""
        own = {name: span for name, span in self.types.items() if name not in ("null", "any")}
        if {"integer", "number"} <= own.keys():
            del own["integer"]
        return own


@dataclass
class Timeline:
    """What one producer sent of one type."""

    event_type: str
    producer: str | None
    whole: Span = field(default_factory=Span)
    parts: dict[Path, Part] = field(default_factory=dict)

    def add(self, shape: Shape) -> None:
        """The events of a shape as well."""
        self.whole.add(shape)
        for path, kind in shape.types():
            part = self.parts.setdefault(path, Part())
            if kind not in part.types or shape.events:
                part.types.setdefault(kind, Span()).add(shape)
        for path in {path for path, _ in shape.types()}:
            self.parts[path].span.add(shape)


def timelines(found: Sequence[Shape]) -> list[Timeline]:
    """One for each type and producer."""
    made: dict[tuple[str, str | None], Timeline] = {}
    for shape in found:
        if shape.structure is not None:
            key = (shape.event_type, shape.producer)
            made.setdefault(key, Timeline(*key)).add(shape)
    return list(made.values())
