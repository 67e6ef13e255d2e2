"""Fields that exclude each other: what one version sets together, the other may keep only one of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from evtrace.changes import BACKWARD, FORWARD
from evtrace.contracts.found import Found
from evtrace.contracts.protobuf.pair import Meeting, Pair
from evtrace.contracts.protobuf.trips import EFFECTS
from evtrace.contracts.protobuf.types import SINGULAR, Field, Message


def differences(pair: Pair, meeting: Meeting) -> Iterator[Found]:
    """Compare which fields exclude each other."""
    told = set()
    for rule, direction in (("protobuf/oneof-joined", BACKWARD), ("protobuf/oneof-parted", FORWARD)):
        reader, writer = (meeting.new, meeting.old) if direction == BACKWARD else (meeting.old, meeting.new)
        for name, members in _oneofs(reader).items():
            found = _clash(pair, meeting, rule, (direction, name, members, writer))
            if found is not None:
                told |= {member.number for member in members}
                yield found
    yield from _moved(pair, meeting, told)


def _oneofs(message: Message) -> Mapping[str, list[Field]]:
    found: dict[str, list[Field]] = {}
    for field in message.fields:
        if field.oneof is not None:
            found.setdefault(field.oneof, []).append(field)
    return found


def _clash(
    pair: Pair, meeting: Meeting, rule: str, asked: tuple[str, str, list[Field], Message]
) -> Found | None:
    """Two fields that the writer may set at once and the reader keeps one of."""
    direction, name, members, writer = asked
    known = writer.by_number()
    shared = [
        (known[one.number], one)
        for one in members
        if one.number in known and known[one.number].shape == SINGULAR
    ]
    for at, (first, one) in enumerate(shared):
        for second, other in shared[at + 1 :]:
            if first.oneof is None or first.oneof != second.oneof:
                outcome, event = pair.together(direction, meeting, (first, second), (one, other))
                if outcome in EFFECTS:
                    fields = " and ".join(field.name for field, _ in shared)
                    now = known if direction == FORWARD else {field.number: field for _, field in shared}
                    field = now[first.number]
                    found = pair.found(rule, field.full_name, field.spot, fields=fields, oneof=name)
                    return replace(found, effects={direction: EFFECTS[outcome]}, examples={direction: event})
    return None


def _moved(pair: Pair, meeting: Meeting, told: set[int]) -> Iterator[Found]:
    """Moves that lose nothing."""
    was, renamed = meeting.old.by_number(), set()
    for field in meeting.new.fields:
        old = was.get(field.number)
        if old is None or old.oneof == field.oneof or field.number in told:
            continue
        if old.oneof and field.oneof:
            if (old.oneof, field.oneof) not in renamed:
                renamed.add((old.oneof, field.oneof))
                yield pair.found(
                    "protobuf/oneof-renamed", field.full_name, field.spot, old=old.oneof, new=field.oneof
                )
        else:
            turn = f"is now in oneof {field.oneof}" if field.oneof else f"is no longer in oneof {old.oneof}"
            yield pair.found("protobuf/oneof-moved", field.full_name, field.spot, field=field.name, turn=turn)
