"""An Avro schema as frozen data. Named types are told apart from their uses, so recursion is no cycle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evtrace.contracts.positions import Lines, steps

_SPOKEN = {"items": "[]", "values": "{}"}

PRIMITIVES = ("null", "boolean", "int", "long", "float", "double", "bytes", "string")


@dataclass(frozen=True)
class Primitive:
    """A type without parts."""

    kind: str
    pointer: str
    logical: Mapping[str, Any]  # logicalType, precision, scale; empty where there is none


@dataclass(frozen=True)
class Array:
    """A list of values of one type."""

    items: Type
    pointer: str
    kind: str = "array"


@dataclass(frozen=True)
class Map:
    """Values of one type by name."""

    values: Type
    pointer: str
    kind: str = "map"


@dataclass(frozen=True)
class Union:
    """One of several types."""

    branches: tuple[Type, ...]
    pointer: str
    kind: str = "union"


@dataclass(frozen=True)
class Use:
    """A named type, by its full name."""

    name: str
    pointer: str
    kind: str = "use"


@dataclass(frozen=True)
class Field:
    """A field of a record."""

    name: str
    type: Type
    pointer: str
    aliases: tuple[str, ...]
    has_default: bool
    default: Any
    notes: Mapping[str, Any]  # doc, order and what else the reader of data never sees


@dataclass(frozen=True)
class Record:
    """Named fields."""

    name: str
    pointer: str
    aliases: tuple[str, ...]
    fields: tuple[Field, ...]
    notes: Mapping[str, Any]
    kind: str = "record"


@dataclass(frozen=True)
class Enum:
    """One of several symbols."""

    name: str
    pointer: str
    aliases: tuple[str, ...]
    symbols: tuple[str, ...]
    default: str | None
    notes: Mapping[str, Any]
    kind: str = "enum"


@dataclass(frozen=True)
class Fixed:
    """So many bytes."""

    name: str
    pointer: str
    aliases: tuple[str, ...]
    size: int
    logical: Mapping[str, Any]
    notes: Mapping[str, Any]
    kind: str = "fixed"


Named = Record | Enum | Fixed
Type = Primitive | Array | Map | Union | Use | Record | Enum | Fixed


@dataclass(frozen=True)
class Schema:
    """A whole schema: its root, its named types, and the text that it came from."""

    root: Type
    names: Mapping[str, Named]
    raw: Any
    base: str  # the pointer of the root in its file
    label: str
    lines: Lines = field(repr=False, compare=False)

    def of(self, type: Type) -> Type:
        """The type behind a use."""
        return self.names[type.name] if isinstance(type, Use) else type

    def spoken(self, pointer: str) -> str:
        """A place in the words of the data: 'lines[].price' for /fields/0/type/items/fields/1/type."""
        part, words, above = self.raw, "", ""
        for key in steps(pointer.removeprefix(self.base)):
            part = part[int(key) if isinstance(part, list) else key]
            words += f".{part['name']}" if above == "fields" else _SPOKEN.get(key, "")
            above = key
        return words.strip(".") or "the schema"


def short(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition(".")[2]


def told(type: Type) -> str:
    """A type in a word or two: 'string', 'record Order', 'long (timestamp-millis)', '[null, string]'."""
    match type:
        case Primitive(kind, _, logical):
            return f"{kind} ({logical['logicalType']})" if logical else kind
        case Array(items):
            return f"array of {told(items)}"
        case Map(values):
            return f"map of {told(values)}"
        case Union(branches):
            return f"[{', '.join(told(branch) for branch in branches)}]"
        case Use(name):
            return short(name)
        case Record(name) | Enum(name) | Fixed(name):
            return f"{type.kind} {short(name)}"
