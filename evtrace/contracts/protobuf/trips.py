"""Real round trips: a message written with one version and read with the other, on the wire or as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from evtrace.contracts.protobuf.libraries import library
from evtrace.contracts.protobuf.types import MAP, REPEATED, SINGULAR, Field, Schema

#: What became of a value, from the best on.
SAME, LOST, CHANGED, REFUSED = "same", "lost", "changed", "refused"
EFFECTS = {LOST: "lossy", CHANGED: "lossy", REFUSED: "breaking"}

_INTEGERS = {
    "int32": (1, 2, -1, 2**31 - 1, -(2**31)),
    "sint32": (1, 2, -1, 2**31 - 1, -(2**31)),
    "sfixed32": (1, 2, -1, 2**31 - 1, -(2**31)),
    "int64": (1, 2, -1, 2**40, 2**63 - 1, -(2**63)),
    "sint64": (1, 2, -1, 2**40, 2**63 - 1, -(2**63)),
    "sfixed64": (1, 2, -1, 2**40, 2**63 - 1, -(2**63)),
    "uint32": (1, 2, 2**31, 2**32 - 1),
    "fixed32": (1, 2, 2**31, 2**32 - 1),
    "uint64": (1, 2, 2**40, 2**64 - 1),
    "fixed64": (1, 2, 2**40, 2**64 - 1),
}
_OTHERS: dict[str, tuple[Any, ...]] = {
    "bool": (True,),
    "float": (1.5, -2.0, 1e30),
    "double": (1.5, -2.0, 0.1, 1e300),
    "string": ("a", "abc", "\u00e9"),
    "bytes": (b"a", b"\xff\xfe", b"\x08\x01"),
}


#: From a message through fields, at the end perhaps into the entries of a map.
Way = tuple[str, Sequence[Field], Field | None]


class Trips:
    """From a writer's schema to a reader's."""

    def __init__(self, writer: Schema, reader: Schema, *, as_json: bool) -> None:
        self.writer, self.reader, self._as_json = writer, reader, as_json

    def of_field(self, names: tuple[str, str], old: Field, new: Field) -> tuple[str, Any]:
        """The worst that becomes of a value of the writer's field, and the value."""
        worst: tuple[str, Any] = (SAME, None)
        for value in self._values(old):
            outcome = self.of_value(names, (old, new), value)
            if _ORDER.index(outcome) > _ORDER.index(worst[0]):
                worst = (outcome, value)
        return worst

    def of_value(self, names: tuple[str, str], fields: tuple[Field, Field], value: Any) -> str:
        """What becomes of one value of the writer's field."""
        written = _class(self.writer, names[0])()
        put(written, fields[0], value)
        read = self.read(written, names[1])
        return (
            REFUSED
            if read is None
            else _outcome(_taken(written, fields[0]), _taken(read, fields[1]), fields[1])
        )

    def of_several(self, names: tuple[str, str], old: Sequence[Field], new: Sequence[Field]) -> str:
        """What becomes of several fields that are set at once."""
        written = _class(self.writer, names[0])()
        for field in old:
            put(written, field, self.sample(field))
        read = self.read(written, names[1])
        if read is None:
            return REFUSED
        outcomes = [
            _outcome(_taken(written, one), _taken(read, other), other)
            for one, other in zip(old, new, strict=True)
        ]
        return max(outcomes, key=_ORDER.index)

    def read(self, written: Any, name: str) -> Any:
        """A message as the reader gets it; None where reading fails."""
        json_format, message = library("json_format"), library("message")
        empty = _class(self.reader, name)()
        try:
            if self._as_json:
                return json_format.Parse(
                    json_format.MessageToJson(written), empty, ignore_unknown_fields=True
                )
            empty.ParseFromString(written.SerializePartialToString())
            return empty
        except (message.DecodeError, json_format.Error, UnicodeDecodeError, ValueError):
            return None

    def event(self, way: Way, values: Sequence[tuple[Field, Any]]) -> Any:
        """A whole message, as JSON would show it, with values at the end of a way."""
        name, route, entries = way
        whole = _class(self.writer, name)()
        part = whole
        for field in route:
            part = _into(part, field)
        if entries is not None:
            self._put_entry(part, entries, {field.name: value for field, value in values})
        for field, value in values if entries is None else ():
            put(part, field, value)
        _complete(whole)
        return library("json_format").MessageToDict(whole, preserving_proto_field_name=not self._as_json)

    def _put_entry(self, message: Any, field: Field, values: dict[str, Any]) -> None:
        key, value = (self.writer.messages[field.type_name].by_number()[number] for number in (1, 2))
        entries, at = getattr(message, field.name), values.get("key", self.sample(key))
        if value.kind == "message":
            entries[at].CopyFrom(values.get("value", self.sample(value)))
        else:
            entries[at] = values.get("value", self.sample(value))

    def sample(self, field: Field) -> Any:
        """A value that can be told from an absent one."""
        return next(value for value in self._values(field) if value != 0)

    def _values(self, field: Field) -> Iterator[Any]:
        """Values near the edges, alone and several."""
        singles = list(self._singles(field))
        if field.shape == SINGULAR:
            yield from singles
        elif field.shape == REPEATED:
            yield from ([value] for value in singles)
            yield [*singles, singles[0]]

    def _singles(self, field: Field) -> Iterator[Any]:
        if field.kind == "enum":
            yield from self.writer.enums[field.type_name].numbers()
        elif field.kind in ("message", "group"):
            yield self._filled(field.type_name)
        else:
            yield from _INTEGERS.get(field.kind) or _OTHERS[field.kind]

    def _filled(self, name: str) -> Any:
        """A message with a value in each plain field."""
        made = _class(self.writer, name)()
        for field in self.writer.messages[name].fields:
            if field.shape == SINGULAR and field.kind not in ("message", "group"):
                put(made, field, next(iter(self._singles(field))))
        return made


_ORDER = (SAME, LOST, CHANGED, REFUSED)


def _class(schema: Schema, name: str) -> Any:
    return library("message_factory").GetMessageClass(schema.pool.FindMessageTypeByName(name))


def _into(message: Any, field: Field) -> Any:
    part = getattr(message, field.name)
    if field.shape == MAP:
        key = message.DESCRIPTOR.fields_by_name[field.name].message_type.fields_by_name["key"]
        return part["a" if key.cpp_type == key.CPPTYPE_STRING else 1]
    if field.shape == REPEATED:
        return part.add()
    part.SetInParent()
    return part


def put(message: Any, field: Field, value: Any) -> None:
    """Set a field."""
    if field.shape == REPEATED:
        getattr(message, field.name).extend(value)
    elif field.kind in ("message", "group"):
        getattr(message, field.name).CopyFrom(value)
    else:
        setattr(message, field.name, value)


def _complete(message: Any) -> None:
    """Set what is required and not set yet, everywhere inside."""
    for field in message.DESCRIPTOR.fields:
        if field.is_required and not message.HasField(field.name):
            if field.message_type is not None:
                getattr(message, field.name).SetInParent()
            else:
                setattr(message, field.name, field.default_value)
    for field, value in message.ListFields():
        if field.message_type is None or field.message_type.GetOptions().map_entry:
            continue
        for part in value if field.is_repeated else (value,):
            _complete(part)


def _taken(message: Any, field: Field) -> Any:
    """What a reader gets out of a field; None where it is absent."""
    value = getattr(message, field.name)
    if field.shape == REPEATED:
        return [_plain(item, field) for item in value]
    if field.has_presence and not message.HasField(field.name):
        return None
    return _plain(value, field)


def _plain(value: Any, field: Field) -> Any:
    if field.kind in ("message", "group"):
        return ("message", value.SerializePartialToString())
    return value.encode() if isinstance(value, str) else value


def _outcome(written: Any, read: Any, field: Field) -> str:
    sent, got = _listed(written), _listed(read)
    if len(sent) == len(got) and all(map(_equal, sent, got)):
        return SAME
    is_absent = not got or (not isinstance(read, list) and got[0] in (field.default, 0, b""))
    return (
        LOST if is_absent or (len(got) < len(sent) and all(map(_equal, sent[-len(got) :], got))) else CHANGED
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _equal(one: Any, other: Any) -> bool:
    """A boolean is the number that stands for it on the wire; a number is no floating one."""
    kinds = {
        float if isinstance(value, float) else int if isinstance(value, int) else type(value)
        for value in (one, other)
    }
    return len(kinds) == 1 and bool(one == other)
