"""A Protobuf schema as frozen data, with what editions and syntaxes leave implicit made plain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SINGULAR, REPEATED, MAP = "singular", "repeated", "map"


@dataclass(frozen=True)
class Spot:
    """Where something is written."""

    file: str
    line: int


@dataclass(frozen=True)
class Field:
    """A field of a message."""

    name: str
    full_name: str
    number: int
    kind: str  # int32 … bytes, enum, message, group
    shape: str  # singular, repeated or map
    type_name: str  # of the enum or message
    json_name: str
    oneof: str | None  # the oneof that it is in, if it is written
    is_required: bool
    has_presence: bool
    default: Any  # what an absent one reads as
    told: str  # the type in words: 'repeated int32', 'map<string, t.v1.Line>'
    spot: Spot


@dataclass(frozen=True)
class Message:
    """A message type."""

    full_name: str
    fields: tuple[Field, ...]
    oneofs: tuple[str, ...]
    reserved_numbers: tuple[tuple[int, int], ...]  # both ends included
    reserved_names: tuple[str, ...]
    extension_ranges: tuple[tuple[int, int], ...]
    is_map_entry: bool
    spot: Spot

    def by_number(self) -> Mapping[int, Field]:
        """Fields by what the wire knows of them."""
        return {field.number: field for field in self.fields}

    def reserves(self, number: int) -> bool:
        """May the number never be used again?"""
        return any(first <= number <= last for first, last in self.reserved_numbers)


@dataclass(frozen=True)
class Value:
    """A value of an enum."""

    name: str
    number: int
    spot: Spot


@dataclass(frozen=True)
class Enum:
    """An enum type."""

    full_name: str
    values: tuple[Value, ...]
    is_closed: bool  # what it does not know is set aside
    reserved_numbers: tuple[tuple[int, int], ...]
    spot: Spot

    def numbers(self) -> Mapping[int, str]:
        """The first name of each number."""
        return {value.number: value.name for value in reversed(self.values)}


@dataclass(frozen=True)
class Call:
    """A method of a service."""

    full_name: str
    signature: str
    spot: Spot


@dataclass(frozen=True)
class Schema:
    """The types of a file, and those that it imports."""

    label: str
    package: str
    syntax: str
    options: str
    own: tuple[str, ...]  # full names of the messages that the file itself defines
    messages: Mapping[str, Message]
    enums: Mapping[str, Enum]
    calls: Mapping[str, Call]
    pool: Any = field(repr=False, compare=False)  # of descriptors, for real messages
    only: str = ""
    digest: str = ""
