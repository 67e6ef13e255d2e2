"""Two versions, the trips between them, and places where they meet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evtrace.changes import BACKWARD, DIRECTIONS, FORWARD
from evtrace.contracts.found import Found
from evtrace.contracts.protobuf.rules import BY_ID
from evtrace.contracts.protobuf.trips import CHANGED, EFFECTS, LOST, REFUSED, Trips
from evtrace.contracts.protobuf.types import MAP, REPEATED, Field, Message, Schema, Spot


@dataclass(frozen=True)
class Meeting:
    """A message of the old version and the one that reads it in the new, and the way there from an event."""

    old: Message
    new: Message
    roots: tuple[str, str]
    routes: tuple[tuple[Field, ...], tuple[Field, ...]] = ((), ())
    prefix: str = ""  # the way in the words of the data: 'lines[].'
    maps: tuple[Field, Field] | None = None  # where the messages are the entries of these

    def inside(self, fields: tuple[Field, Field], messages: tuple[Message, Message]) -> Meeting:
        """Through a field."""
        name, (old, new) = f"{self.prefix}{fields[1].name}", self.routes
        if messages[0].is_map_entry:
            return Meeting(*messages, self.roots, self.routes, name, fields)
        if self.maps is not None:
            return Meeting(
                *messages, self.roots, ((*old, self.maps[0]), (*new, self.maps[1])), f"{self.prefix}{{}}."
            )
        mark = "[]." if fields[1].shape == REPEATED else "."
        return Meeting(*messages, self.roots, ((*old, fields[0]), (*new, fields[1])), name + mark)

    def spoken(self, field: Field) -> str:
        """A field in the words of the data."""
        if self.maps is None:
            return f"{self.prefix}{field.name}"
        return f"{self.prefix}{{}}" if field.name == "value" else f"the key of {self.prefix}"


class Pair:
    """Two versions."""

    def __init__(self, old: Schema, new: Schema, *, as_json: bool) -> None:
        self.old, self.new, self.as_json = old, new, as_json
        self._trips = {
            BACKWARD: Trips(old, new, as_json=as_json),
            FORWARD: Trips(new, old, as_json=as_json),
        }

    def found(self, rule: str, path: str, spot: Spot, **words: object) -> Found:
        """A difference."""
        return Found(BY_ID[rule], path, spot.file, spot.line, words={"hint": "", **words})

    def tried(self, found: Found, meeting: Meeting, fields: tuple[Field, Field]) -> Found:
        """What becomes of the values of a field in both directions."""
        effects, examples, hints = {}, {}, []
        for direction in DIRECTIONS:
            trips, side = self._trips[direction], 0 if direction == BACKWARD else 1
            writer, reader = fields[side], fields[1 - side]
            outcome, value = trips.of_field(_names(meeting, side), writer, reader)
            if outcome in EFFECTS:
                effects[direction] = EFFECTS[outcome]
                examples[direction] = self.event(direction, meeting, [(writer, value)])
                hints.append(f"; {_TOLD[direction, outcome]}")
        words = {**found.words, "hint": f"{found.words['hint']}{''.join(hints)}"}
        return replace(found, effects=effects, examples=examples, words=words)

    def outcome(self, direction: str, meeting: Meeting, fields: tuple[Field, Field], value: Any) -> str:
        """What becomes of one value; fields are those of the old and the new version."""
        side = 0 if direction == BACKWARD else 1
        return self._trips[direction].of_value(_names(meeting, side), (fields[side], fields[1 - side]), value)

    def together(
        self, direction: str, meeting: Meeting, writer: Sequence[Field], reader: Sequence[Field]
    ) -> tuple[str, Any]:
        """What becomes of several fields that the writer sets at once, and such an event."""
        side, trips = 0 if direction == BACKWARD else 1, self._trips[direction]
        outcome = trips.of_several(_names(meeting, side), writer, reader)
        return outcome, self.event(direction, meeting, [(field, trips.sample(field)) for field in writer])

    def event(self, direction: str, meeting: Meeting, values: Sequence[tuple[Field, Any]]) -> Any:
        """An event of the writer with these values."""
        side = 0 if direction == BACKWARD else 1
        maps = meeting.maps[side] if meeting.maps else None
        return self._trips[direction].event((meeting.roots[side], meeting.routes[side], maps), values)

    def shown(self, direction: str, meeting: Meeting, field: Field) -> Any:
        """An event of the writer with something in a field, also in a map."""
        side, trips = 0 if direction == BACKWARD else 1, self._trips[direction]
        if field.shape == MAP:
            return trips.event((meeting.roots[side], meeting.routes[side], field), [])
        return self.event(direction, meeting, [(field, trips.sample(field))])


_TOLD = {
    (BACKWARD, LOST): "the new schema loses values",
    (BACKWARD, CHANGED): "the new schema reads other values",
    (BACKWARD, REFUSED): "the new schema cannot read some values",
    (FORWARD, LOST): "old readers lose values",
    (FORWARD, CHANGED): "old readers read other values",
    (FORWARD, REFUSED): "old readers cannot read some values",
}


def _names(meeting: Meeting, side: int) -> tuple[str, str]:
    names = (meeting.old.full_name, meeting.new.full_name)
    return names[side], names[1 - side]


def risky(found: Found) -> Found:
    """Both directions read on, and may mean something else."""
    return replace(found, effects={**dict.fromkeys(DIRECTIONS, "risky"), **found.effects})


def numbers(ranges: Sequence[tuple[int, int]]) -> str:
    """'9, 20 to 30'."""
    return ", ".join(str(first) if first == last else f"{first} to {last}" for first, last in ranges)


def by_name(fields: Sequence[Field]) -> Mapping[str, Field]:
    """Fields by what people call them."""
    return {field.name: field for field in fields}


def numbers_of(
    ranges: Sequence[tuple[int, int]], others: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Ranges that no other range holds."""
    return (one for one in ranges if not any(first <= one[0] and one[1] <= last for first, last in others))
