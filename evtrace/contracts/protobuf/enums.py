"""Enums: by number on the wire, by name in JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from evtrace.changes import BACKWARD, DIRECTIONS, FORWARD
from evtrace.contracts.found import Found
from evtrace.contracts.protobuf.pair import Meeting, Pair, risky
from evtrace.contracts.protobuf.trips import EFFECTS, REFUSED
from evtrace.contracts.protobuf.types import REPEATED, Enum, Field, Value

_TOLD = {
    (BACKWARD, False): "the new schema sets it aside",
    (BACKWARD, True): "the new schema cannot read it",
    (FORWARD, False): "old readers set it aside",
    (FORWARD, True): "old readers cannot read it",
}


def differences(pair: Pair, meeting: Meeting, fields: tuple[Field, Field]) -> Iterator[Found]:
    """Compare the enums of a field."""
    old, new = pair.old.enums[fields[0].type_name], pair.new.enums[fields[1].type_name]
    yield from _values(pair, meeting, fields, (old, new))
    yield from _renumbered(pair, old, new)
    if old.values[0].number != new.values[0].number:
        words = {"enum": new.full_name, "old": old.values[0].name, "new": new.values[0].name}
        yield risky(pair.found("protobuf/enum-default-changed", new.full_name, new.values[0].spot, **words))
    if old.is_closed != new.is_closed:
        hint = "set aside" if new.is_closed else "kept"
        words = {"enum": new.full_name, "new": "closed" if new.is_closed else "open", "hint": hint}
        yield risky(pair.found("protobuf/enum-closedness-changed", new.full_name, new.spot, **words))


def _values(
    pair: Pair, meeting: Meeting, fields: tuple[Field, Field], enums: tuple[Enum, Enum]
) -> Iterator[Found]:
    old, new = enums
    was, now = old.numbers(), new.numbers()
    for value in _first_of_each(new):
        if value.number not in was:
            found = pair.found("protobuf/enum-value-added", f"{new.full_name}.{value.name}", value.spot, enum=new.full_name, value=value.name)  # fmt: skip
            yield _tried(pair, meeting, fields, replace(found, effects={FORWARD: "risky"}), value.number)
        elif not {one.name for one in old.values if one.number == value.number} & {value.name}:
            words = {
                "enum": new.full_name,
                "number": value.number,
                "old": was[value.number],
                "new": value.name,
            }
            found = pair.found(
                "protobuf/enum-value-renamed", f"{new.full_name}.{value.name}", value.spot, **words
            )
            yield _tried(pair, meeting, fields, risky(found), value.number)
    for value in _first_of_each(old):
        if value.number not in now:
            found = pair.found("protobuf/enum-value-removed", f"{old.full_name}.{value.name}", new.spot, enum=new.full_name, value=value.name)  # fmt: skip
            yield _tried(pair, meeting, fields, replace(found, effects={BACKWARD: "risky"}), value.number)


def _first_of_each(enum: Enum) -> Iterator[Value]:
    """Values without their aliases."""
    names = enum.numbers()
    return (value for value in enum.values if names[value.number] == value.name)


def _tried(pair: Pair, meeting: Meeting, fields: tuple[Field, Field], found: Found, number: int) -> Found:
    """What becomes of the value where it is sent."""
    for direction in DIRECTIONS:
        side = 0 if direction == BACKWARD else 1
        writer = (pair.old, pair.new)[side].enums[fields[side].type_name]
        if number not in writer.numbers():
            continue
        value = [number] if fields[side].shape == REPEATED else number
        outcome = pair.outcome(direction, meeting, fields, value)
        if outcome in EFFECTS and not _is_unset(number, fields[side]):
            effects = {**found.effects, direction: EFFECTS[outcome]}
            examples = {**found.examples, direction: pair.event(direction, meeting, [(fields[side], value)])}
            hint = f"; {_TOLD[direction, outcome == REFUSED]}"
            found = replace(found, effects=effects, examples=examples, words={**found.words, "hint": hint})
    return found


def _is_unset(number: int, field: Field) -> bool:
    """Zero is not sent where presence is implicit."""
    return number == 0 and not field.has_presence and field.shape != REPEATED


def _renumbered(pair: Pair, old: Enum, new: Enum) -> Iterator[Found]:
    was = {value.name: value.number for value in old.values}
    for value in new.values:
        if was.get(value.name, value.number) != value.number:
            words = {"enum": new.full_name, "value": value.name, "old": was[value.name], "new": value.number}
            yield risky(
                pair.found(
                    "protobuf/enum-value-renumbered", f"{new.full_name}.{value.name}", value.spot, **words
                )
            )
