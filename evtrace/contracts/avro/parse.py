"""Avro text → types. fastavro says what is no schema; where it stands is found here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from evtrace.contracts import extras, texts
from evtrace.contracts.avro.defaults import is_default
from evtrace.contracts.avro.types import (
    PRIMITIVES,
    Array,
    Enum,
    Field,
    Fixed,
    Map,
    Named,
    Primitive,
    Record,
    Schema,
    Type,
    Union,
    Use,
)
from evtrace.contracts.positions import Lines, step
from evtrace.contracts.source import Source, part
from evtrace.errors import UnreadableError

_LOGICAL = ("logicalType", "precision", "scale")
_STRUCTURE = {
    "type", "name", "namespace", "aliases", "fields", "symbols", "size", "items", "values", "default", *_LOGICAL,
}  # fmt: skip


def parse(source: Source) -> Schema:
    """Understand a schema, or say in which line it is none."""
    text = source.text()
    raw, lines = texts.read(text, source.entry, source.label)
    raw = part(raw, source, lines)
    reading = _Reading(source.label, lines)
    root = reading.type(raw, source.pointer, "")
    schema = Schema(root, reading.names, raw, source.pointer, source.label, lines)
    _confirm(schema)
    return schema


def _confirm(schema: Schema) -> None:
    fastavro = extras.library("fastavro")
    from fastavro.schema import SchemaParseException, UnknownType

    try:
        fastavro.parse_schema(schema.raw, named_schemas={})
    except (SchemaParseException, UnknownType, KeyError, TypeError, ValueError) as problem:
        line = schema.lines.line(_suspect(schema) if "Default value" in str(problem) else schema.base)
        raise UnreadableError(f"{schema.label}:{line}: no Avro schema: {problem}") from problem


def _suspect(schema: Schema) -> str:
    """The first field whose default does not fit; fastavro does not say which it is."""
    records = (named for named in schema.names.values() if isinstance(named, Record))
    fields = (field for record in records for field in record.fields if field.has_default)
    return next(
        (field.pointer for field in fields if not is_default(schema, field.type, field.default)), schema.base
    )


class _Reading:
    """One schema while it is read; names are known from where they are defined on."""

    def __init__(self, label: str, lines: Lines) -> None:
        self.names: dict[str, Named] = {}
        self._declared: set[str] = set()
        self._label, self._lines = label, lines

    def type(self, raw: Any, pointer: str, namespace: str) -> Type:
        if isinstance(raw, str):
            return self._named(raw, pointer, namespace)
        if isinstance(raw, list):
            branches = (self.type(branch, step(pointer, at), namespace) for at, branch in enumerate(raw))
            return Union(tuple(branches), pointer)
        if not isinstance(raw, dict) or "type" not in raw:
            self._refuse(pointer, "a type is a name, a list or an object with 'type'")
        return self._complex(raw, pointer, namespace)

    def _named(self, name: str, pointer: str, namespace: str) -> Type:
        if name in PRIMITIVES:
            return Primitive(name, pointer, {})
        full = _full(name, namespace)
        if full not in self._declared:
            full = name
        if full not in self._declared:
            self._refuse(pointer, f"unknown type {name}; define it in this file before it is used")
        return Use(full, pointer)

    def _complex(self, raw: Mapping[str, Any], pointer: str, namespace: str) -> Type:
        kind = raw["type"]
        if kind == "array":
            return Array(
                self.type(self._need(raw, "items", pointer), step(pointer, "items"), namespace), pointer
            )
        if kind == "map":
            return Map(
                self.type(self._need(raw, "values", pointer), step(pointer, "values"), namespace), pointer
            )
        if kind in ("record", "error", "enum", "fixed"):
            return self._define(raw, pointer, namespace)
        if kind in PRIMITIVES:
            return Primitive(kind, pointer, _logical(raw))
        return self.type(kind, step(pointer, "type"), namespace)

    def _define(self, raw: Mapping[str, Any], pointer: str, namespace: str) -> Named:
        name = _full(str(self._need(raw, "name", pointer)), str(raw.get("namespace", namespace) or ""))
        if name in self._declared:
            self._refuse(pointer, f"{name} is defined twice")
        self._declared.add(name)
        inner = name.rpartition(".")[0]
        aliases = tuple(_full(alias, inner) for alias in raw.get("aliases") or ())
        self.names[name] = self._definition(raw, pointer, name, aliases)
        return self.names[name]

    def _definition(self, raw: Mapping[str, Any], pointer: str, name: str, aliases: tuple[str, ...]) -> Named:
        notes = _notes(raw)
        if raw["type"] == "enum":
            symbols = tuple(self._need(raw, "symbols", pointer))
            if raw.get("default", next(iter(symbols), None)) not in symbols and "default" in raw:
                self._refuse(
                    step(pointer, "default"), f"the default {raw['default']!r} is no symbol of {name}"
                )
            return Enum(name, pointer, aliases, symbols, raw.get("default"), notes)
        if raw["type"] == "fixed":
            return Fixed(name, pointer, aliases, self._need(raw, "size", pointer), _logical(raw), notes)
        inner, at = name.rpartition(".")[0], step(pointer, "fields")
        listed = self._need(raw, "fields", pointer)
        if not isinstance(listed, list):
            self._refuse(at, "fields is a list")
        fields = tuple(self._field(field, step(at, number), inner) for number, field in enumerate(listed))
        return Record(name, pointer, aliases, fields, notes)

    def _field(self, raw: Any, pointer: str, namespace: str) -> Field:
        if not isinstance(raw, dict):
            self._refuse(pointer, "a field is an object")
        return Field(
            name=str(self._need(raw, "name", pointer)),
            type=self.type(self._need(raw, "type", pointer), step(pointer, "type"), namespace),
            pointer=pointer,
            aliases=tuple(raw.get("aliases") or ()),
            has_default="default" in raw,
            default=raw.get("default"),
            notes=_notes(raw),
        )

    def _need(self, raw: Mapping[str, Any], key: str, pointer: str) -> Any:
        if key not in raw:
            self._refuse(pointer, f"{key} is missing")
        return raw[key]

    def _refuse(self, pointer: str, reason: str) -> NoReturn:
        raise UnreadableError(f"{self._label}:{self._lines.line(pointer)}: {reason}")


def _full(name: str, namespace: str) -> str:
    return name if "." in name or not namespace else f"{namespace}.{name}"


def _logical(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: raw[key] for key in _LOGICAL if key in raw} if "logicalType" in raw else {}


def _notes(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: value for key, value in raw.items() if key not in _STRUCTURE}
