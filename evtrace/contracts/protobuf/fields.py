"""Fields by number: what the wire knows of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from evtrace.changes import BACKWARD, FORWARD
from evtrace.contracts.found import Found
from evtrace.contracts.protobuf.pair import Meeting, Pair, by_name, numbers, numbers_of, risky
from evtrace.contracts.protobuf.types import MAP, Field

_MESSAGES = ("message", "group")


def differences(pair: Pair, meeting: Meeting) -> Iterator[Found]:
    """Compare the fields of two messages."""
    was, now = meeting.old.by_number(), meeting.new.by_number()
    for number, field in now.items():
        if number in was:
            yield from _kept(pair, meeting, (was[number], field))
        else:
            yield from _added(pair, meeting, field)
    for number, field in was.items():
        if number not in now:
            yield from _removed(pair, meeting, field)
    yield from _reservations(pair, meeting)


def _kept(pair: Pair, meeting: Meeting, fields: tuple[Field, Field]) -> Iterator[Found]:
    old, new = fields
    if old.name != new.name or old.json_name != new.json_name:
        yield from _renamed(pair, meeting, fields)
    if old.shape != new.shape or not _is_same_type(pair, old, new):
        yield _retyped(pair, meeting, fields)
    if old.is_required != new.is_required:
        yield _required(pair, meeting, new, is_added=new.is_required)
    elif old.has_presence != new.has_presence and old.shape == new.shape:
        hint = "can now be told apart" if new.has_presence else "can no longer be told apart"
        yield pair.found(
            "protobuf/presence-changed", new.full_name, new.spot, field=meeting.spoken(new), hint=hint
        )
    if old.kind == new.kind and old.shape == new.shape and old.kind != "enum" and old.default != new.default:
        found = pair.found("protobuf/default-changed", new.full_name, new.spot, field=meeting.spoken(new), old=old.default, new=new.default)  # fmt: skip
        yield risky(found)


def _is_same_type(pair: Pair, old: Field, new: Field) -> bool:
    """Messages and enums are compared by what is in them."""
    if old.kind != new.kind:
        return False
    if old.shape == MAP:
        return True  # keys and values are fields of their own
    return old.kind == "enum" or old.kind in _MESSAGES or old.type_name == new.type_name


def _renamed(pair: Pair, meeting: Meeting, fields: tuple[Field, Field]) -> Iterator[Found]:
    old, new = fields
    words = {"number": new.number, "old": old.name, "new": new.name, "hint": ""}
    others = by_name(meeting.new.fields)
    if old.name in others and old.name != new.name:
        words["hint"] = (
            f"; {old.name} has now number {others[old.name].number}: values are read under another name"
        )
    if old.name == new.name:
        found = pair.found("protobuf/json-name-changed", new.full_name, new.spot, field=meeting.spoken(new), old=old.json_name, new=new.json_name)  # fmt: skip
    else:
        found = replace(pair.found("protobuf/field-renamed", new.full_name, new.spot), words=words)
    is_lost = pair.as_json and old.json_name != new.json_name and old.shape != MAP
    yield pair.tried(found, meeting, fields) if is_lost else risky(found)


def _retyped(pair: Pair, meeting: Meeting, fields: tuple[Field, Field]) -> Found:
    old, new = fields
    rule = "protobuf/type-changed" if old.shape == new.shape else "protobuf/cardinality-changed"
    found = pair.found(rule, new.full_name, new.spot, field=meeting.spoken(new), old=old.told, new=new.told)
    if MAP in (old.shape, new.shape):
        hint = "; entries that repeat a key read differently"
        lossy = dict.fromkeys((BACKWARD, FORWARD), "lossy")
        examples = {BACKWARD: pair.shown(BACKWARD, meeting, old), FORWARD: pair.shown(FORWARD, meeting, new)}
        return replace(found, effects=lossy, examples=examples, words={**found.words, "hint": hint})
    return pair.tried(found, meeting, fields)


def _required(pair: Pair, meeting: Meeting, field: Field, *, is_added: bool) -> Found:
    """An event without the field: what the reader demands must not be left out by the writer."""
    rule, direction = (
        ("protobuf/required-added", BACKWARD) if is_added else ("protobuf/required-removed", FORWARD)
    )
    found = pair.found(rule, field.full_name, field.spot, field=meeting.spoken(field))
    return replace(
        found, effects={direction: "breaking"}, examples={direction: pair.event(direction, meeting, [])}
    )


def _added(pair: Pair, meeting: Meeting, field: Field) -> Iterator[Found]:
    if field.is_required:
        yield _required(pair, meeting, field, is_added=True)
    elif field.name in by_name(meeting.old.fields):
        old = by_name(meeting.old.fields)[field.name]
        words = {"field": meeting.spoken(field), "old": old.number, "new": field.number}
        yield risky(pair.found("protobuf/field-renumbered", field.full_name, field.spot, **words))
    else:
        yield pair.found("protobuf/field-added", field.full_name, field.spot, field=meeting.spoken(field))
    if meeting.old.reserves(field.number):
        words = {"field": meeting.spoken(field), "number": field.number}
        yield risky(pair.found("protobuf/reserved-number-used", field.full_name, field.spot, **words))


def _removed(pair: Pair, meeting: Meeting, field: Field) -> Iterator[Found]:
    spot = meeting.new.spot
    if field.is_required:
        found = _required(pair, meeting, field, is_added=False)
        yield replace(found, file=spot.file, line=spot.line)
    elif field.name not in by_name(meeting.new.fields):
        is_reserved = meeting.new.reserves(field.number)
        hint = (
            ""
            if is_reserved
            else f"; reserve {field.number}, or a later field may take its number and misread old events"
        )
        found = pair.found(
            "protobuf/field-removed", field.full_name, spot, field=meeting.spoken(field), hint=hint
        )
        yield found if is_reserved else risky(found)


def _reservations(pair: Pair, meeting: Meeting) -> Iterator[Found]:
    message = meeting.new
    dropped = list(numbers_of(meeting.old.reserved_numbers, message.reserved_numbers))
    if dropped:
        words = {"message": message.full_name, "numbers": numbers(dropped)}
        yield risky(pair.found("protobuf/reservation-dropped", message.full_name, message.spot, **words))
    lost = list(numbers_of(meeting.old.extension_ranges, message.extension_ranges))
    if lost:
        words = {"message": message.full_name, "numbers": numbers(lost)}
        yield risky(pair.found("protobuf/extension-range-dropped", message.full_name, message.spot, **words))
