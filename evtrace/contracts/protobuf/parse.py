"""Descriptors → types."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from evtrace.contracts.protobuf.compile import descriptors
from evtrace.contracts.protobuf.libraries import library
from evtrace.contracts.protobuf.types import (
    MAP,
    REPEATED,
    SINGULAR,
    Call,
    Enum,
    Field,
    Message,
    Schema,
    Spot,
    Value,
)
from evtrace.contracts.source import MOST_BYTES, Source
from evtrace.errors import UnreadableError

_KINDS = (
    "", "double", "float", "int64", "uint64", "int32", "fixed64", "fixed32", "bool", "string", "group", "message",
    "bytes", "uint32", "enum", "sfixed32", "sfixed64", "sint32", "sint64",
)  # fmt: skip
# numbers of fields in google/protobuf/descriptor.proto, by which source locations are found
_MESSAGES, _ENUMS, _SERVICES = 4, 5, 6
_FIELDS, _NESTED, _NESTED_ENUMS = 2, 3, 4
_VALUES = _METHODS = 2
_Path = tuple[int, ...]


def parse(source: Source) -> Schema:
    """Understand a .proto file or a descriptor set, or say in which line it is none."""
    is_text = PurePosixPath(source.entry).suffix.lower() == ".proto"
    raw, labels = descriptors(source) if is_text else (_binary(source), {})
    message = library("message")
    try:
        files = library("descriptor_pb2").FileDescriptorSet.FromString(raw).file
    except message.DecodeError as problem:
        raise UnreadableError(f"{source.label}:1: no descriptor set: {problem}") from problem
    if not files:
        raise UnreadableError(f"{source.label}:1: the descriptor set is empty")
    main = next((file for file in files if file.name == source.entry), files[-1])
    reading = _Reading(
        _pool(files, source), {file.name: labels.get(file.name, source.label) for file in files}
    )
    for file in files:
        reading.file(file)
    return _schema(source, main, reading, raw)


def _binary(source: Source) -> bytes:
    content = source.files[source.entry]
    raw = content.encode("latin-1") if isinstance(content, str) else content
    if len(raw) > MOST_BYTES:
        raise UnreadableError(
            f"{source.label}:1: the schema has {len(raw):,} bytes; evtrace reads up to {MOST_BYTES:,}"
        )
    return raw


def _pool(files: Any, source: Source) -> Any:
    pool = library("descriptor_pool").DescriptorPool()
    try:
        for file in files:
            pool.Add(file)
            pool.FindFileByName(file.name)
    except (TypeError, KeyError) as problem:
        raise UnreadableError(
            f"{source.label}:1: the descriptor set does not hold together: {problem}"
        ) from problem
    return pool


def _schema(source: Source, main: Any, reading: _Reading, raw: bytes) -> Schema:
    own = tuple(name for name, message in reading.messages.items() if reading.origin[name] == main.name and not message.is_map_entry)  # fmt: skip
    if source.only and source.only not in reading.messages:
        known = ", ".join(own) or "none"
        raise UnreadableError(f"{source.label}:1: no message {source.only}; there are {known}")
    return Schema(
        label=source.label,
        package=main.package,
        syntax=f"edition {main.edition}" if main.syntax == "editions" else main.syntax or "proto2",
        options=str(main.options),
        own=(source.only,) if source.only else own,
        messages=reading.messages,
        enums=reading.enums,
        calls=reading.calls,
        pool=reading.pool,
        only=source.only,
        digest=hashlib.sha256(raw).hexdigest(),
    )


class _Reading:
    """All files of one version."""

    def __init__(self, pool: Any, labels: Mapping[str, str]) -> None:
        self.pool = pool
        self.messages: dict[str, Message] = {}
        self.enums: dict[str, Enum] = {}
        self.calls: dict[str, Call] = {}
        self.origin: dict[str, str] = {}  # message → file
        self._labels = labels

    def file(self, file: Any) -> None:
        lines = {tuple(place.path): place.span[0] + 1 for place in file.source_code_info.location}
        where = _Where(self._labels[file.name], lines)
        package = file.package
        for number, message in enumerate(file.message_type):
            self._message(message, package, file.name, where.inside(_MESSAGES, number))
        for number, enum in enumerate(file.enum_type):
            self._enum(enum, package, where.inside(_ENUMS, number))
        for number, service in enumerate(file.service):
            for at, method in enumerate(service.method):
                spot = where.inside(_SERVICES, number).inside(_METHODS, at).spot
                name = _full(package, f"{service.name}.{method.name}")
                self.calls[name] = Call(name, _signature(method), spot)

    def _message(self, raw: Any, above: str, file: str, where: _Where) -> None:
        name = _full(above, raw.name)
        known = self.pool.FindMessageTypeByName(name).fields_by_number
        fields = (
            _field(
                one,
                known[one.number],
                [oneof.name for oneof in raw.oneof_decl],
                where.inside(_FIELDS, at).spot,
            )
            for at, one in enumerate(raw.field)
        )
        self.origin[name] = file
        self.messages[name] = Message(
            full_name=name,
            fields=tuple(fields),
            oneofs=tuple(oneof.name for oneof in raw.oneof_decl),
            reserved_numbers=tuple((one.start, one.end - 1) for one in raw.reserved_range),
            reserved_names=tuple(raw.reserved_name),
            extension_ranges=tuple((one.start, one.end - 1) for one in raw.extension_range),
            is_map_entry=raw.options.map_entry,
            spot=where.spot,
        )
        for at, nested in enumerate(raw.nested_type):
            self._message(nested, name, file, where.inside(_NESTED, at))
        for at, enum in enumerate(raw.enum_type):
            self._enum(enum, name, where.inside(_NESTED_ENUMS, at))

    def _enum(self, raw: Any, above: str, where: _Where) -> None:
        name = _full(above, raw.name)
        self.enums[name] = Enum(
            full_name=name,
            values=tuple(
                Value(one.name, one.number, where.inside(_VALUES, at).spot)
                for at, one in enumerate(raw.value)
            ),
            is_closed=bool(self.pool.FindEnumTypeByName(name).is_closed),
            reserved_numbers=tuple((one.start, one.end) for one in raw.reserved_range),
            spot=where.spot,
        )


class _Where:
    """A path through a file's descriptor, and the lines of what it leads to."""

    def __init__(self, label: str, lines: Mapping[_Path, int], path: _Path = ()) -> None:
        self._label, self._lines, self._path = label, lines, path

    def inside(self, kind: int, number: int) -> _Where:
        return _Where(self._label, self._lines, (*self._path, kind, number))

    @property
    def spot(self) -> Spot:
        return Spot(
            self._label, next((self._lines[path] for path in self._above() if path in self._lines), 1)
        )

    def _above(self) -> Iterator[_Path]:
        yield from (self._path[:end] for end in range(len(self._path), -1, -1))


def _field(raw: Any, known: Any, oneofs: list[str], spot: Spot) -> Field:
    kind = _KINDS[known.type]
    is_map = known.message_type is not None and known.message_type.GetOptions().map_entry
    is_written_oneof = raw.HasField("oneof_index") and not raw.proto3_optional
    return Field(
        name=raw.name,
        full_name=known.full_name,
        number=raw.number,
        kind=kind,
        shape=MAP if is_map else REPEATED if known.is_repeated else SINGULAR,
        type_name=raw.type_name.removeprefix("."),
        json_name=known.json_name,
        oneof=oneofs[raw.oneof_index] if is_written_oneof else None,
        is_required=known.is_required,
        has_presence=known.has_presence,
        default=None if known.is_repeated or known.message_type else known.default_value,
        told=_told(known, is_map=is_map),
        spot=spot,
    )


def _told(known: Any, *, is_map: bool) -> str:
    if is_map:
        key, value = (
            _told(known.message_type.fields_by_name[name], is_map=False) for name in ("key", "value")
        )
        return f"map<{key}, {value}>"
    named = known.message_type or known.enum_type
    name = named.full_name if named is not None else _KINDS[known.type]
    return f"repeated {name}" if known.is_repeated else str(name)


def _full(above: str, name: str) -> str:
    return f"{above}.{name}" if above else name


def _signature(method: Any) -> str:
    """'stream t.v1.Order → t.v1.Receipt'."""
    sides = ((method.client_streaming, method.input_type), (method.server_streaming, method.output_type))
    return " → ".join(f"{'stream ' * streams}{name.removeprefix('.')}" for streams, name in sides)
