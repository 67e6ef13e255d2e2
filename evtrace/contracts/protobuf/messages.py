"""Messages: which belong together, and every message that an event leads to."""

from __future__ import annotations

from collections.abc import Iterator

from evtrace.contracts.found import Found
from evtrace.contracts.protobuf import enums, fields, oneofs
from evtrace.contracts.protobuf.pair import Meeting, Pair, risky
from evtrace.contracts.protobuf.types import Field, Message, Schema, Spot

_MESSAGES = ("message", "group")


class Messages:
    """Both versions side by side; each pair of messages or enums meets once."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self._met: set[tuple[str, str]] = set()
        self._partners = dict(_partners(pair))

    def differences(self) -> Iterator[Found]:
        """Walk from the messages that no other holds."""
        old, new = self._pair.old, self._pair.new
        yield from self._come_and_gone()
        for name in roots_first(old):
            partner = self._partners.get(name)
            if partner is not None:
                yield from self._meet(Meeting(old.messages[name], new.messages[partner], (name, partner)))

    def _come_and_gone(self) -> Iterator[Found]:
        pair = self._pair
        taken = set(self._partners.values())
        for name in pair.old.own:
            partner = self._partners.get(name)
            if partner is None:
                yield risky(
                    pair.found("protobuf/message-removed", name, Spot(pair.new.label, 1), message=name)
                )
            elif _local(pair.old, name) != _local(pair.new, partner):
                spot = pair.new.messages[partner].spot
                yield risky(pair.found("protobuf/message-renamed", partner, spot, old=name, new=partner))
        for name in pair.new.own:
            if name not in taken:
                yield pair.found("protobuf/message-added", name, pair.new.messages[name].spot, message=name)

    def _meet(self, meeting: Meeting) -> Iterator[Found]:
        names = (meeting.old.full_name, meeting.new.full_name)
        if names in self._met:
            return
        self._met.add(names)
        yield from fields.differences(self._pair, meeting)
        yield from oneofs.differences(self._pair, meeting)
        now = meeting.new.by_number()
        for old in meeting.old.fields:
            if old.number in now and old.shape == now[old.number].shape:
                yield from self._inside(meeting, (old, now[old.number]))

    def _inside(self, meeting: Meeting, pair: tuple[Field, Field]) -> Iterator[Found]:
        """Into the message or enum of a field that both have."""
        old, new = pair
        if old.kind == new.kind == "enum":
            if (old.type_name, new.type_name) not in self._met:
                self._met.add((old.type_name, new.type_name))
                yield from enums.differences(self._pair, meeting, pair)
        elif old.kind == new.kind and old.kind in _MESSAGES:
            was, now = self._pair.old.messages[old.type_name], self._pair.new.messages[new.type_name]
            if was.is_map_entry != now.is_map_entry:
                return
            if self._partners.get(old.type_name, new.type_name) != new.type_name and not was.is_map_entry:
                words = {"field": meeting.spoken(new), "old": old.type_name, "new": new.type_name}
                yield risky(
                    self._pair.found("protobuf/message-type-changed", new.full_name, new.spot, **words)
                )
            yield from self._meet(meeting.inside(pair, (was, now)))


def _partners(pair: Pair) -> Iterator[tuple[str, str]]:
    """Old messages and their new ones: by name, by name in another package, by shape under another name."""
    old, new = pair.old, pair.new
    names = {_local(new, name): name for name in new.messages}
    left = [name for name in new.own if _local(new, name) not in {_local(old, one) for one in old.messages}]
    for name in old.messages:
        if _local(old, name) in names:
            yield name, names[_local(old, name)]
        elif name in old.own:
            twin = next(
                (one for one in left if _shape(new.messages[one]) == _shape(old.messages[name])), None
            )
            if twin is not None:
                left.remove(twin)
                yield name, twin


def _local(schema: Schema, name: str) -> str:
    """A name without the file's package."""
    return name.removeprefix(f"{schema.package}.") if schema.package else name


def _shape(message: Message) -> list[tuple[int, str, str, str]]:
    return sorted((field.number, field.name, field.kind, field.shape) for field in message.fields)


def roots_first(schema: Schema) -> list[str]:
    """Own messages, those last that others hold: a message that others hold is met inside them, so that examples are whole events."""
    held = {
        field.type_name
        for name, message in schema.messages.items()
        for field in message.fields
        if field.type_name != name
    }
    return sorted(schema.own, key=lambda name: name in held)
