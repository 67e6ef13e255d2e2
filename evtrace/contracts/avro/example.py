"""An event that the writer may send and that goes to a place which the reader cannot read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evtrace.contracts.avro.resolve import Step
from evtrace.contracts.avro.types import (
    Array,
    Enum,
    Fixed,
    Map,
    Primitive,
    Record,
    Schema,
    Type,
    Union,
)

#: A long that is no int, so that it is clear which branch of a union is meant.
_PLAIN: Mapping[str, Any] = {
    "null": None, "boolean": True, "int": 1, "long": 5_000_000_000, "float": 1.5, "double": 1.5, "bytes": b"a", "string": "a",
}  # fmt: skip
_DEEPEST = 40


class _Endless(Exception):
    """No finite event goes there."""


def example(writer: Schema, route: Sequence[Step]) -> list[Any]:
    """The event that goes the route, as JSON would show it; none where no finite event does."""
    try:
        return [_plain(event(writer, route))]
    except _Endless:
        return []


def event(writer: Schema, route: Sequence[Step]) -> Any:
    """That event as fastavro writes it."""
    return _Making(writer).value(writer.root, tuple(route))


class _Making:
    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def value(self, type: Type, route: tuple[Step, ...], depth: int = 0) -> Any:
        if depth > _DEEPEST:
            raise _Endless
        type, (kind, key), rest = self._schema.of(type), *_head(route)
        match type:
            case Record():
                return self._record(type, route, depth)
            case Union():
                number = int(key) if kind == "branch" else self._shortest(type)
                return self._branch(type, number, rest if kind == "branch" else (), depth)
            case Array(items):
                return [self.value(items, rest, depth + 1)] if kind == "item" else []
            case Map(values):
                return {"key": self.value(values, rest, depth + 1)} if kind == "value" else {}
            case Enum():
                return key if kind == "symbol" else type.symbols[0]
            case Fixed():
                return b"\0" * type.size
            case Primitive():
                return _primitive(type)
        raise _Endless

    def _record(self, type: Record, route: tuple[Step, ...], depth: int) -> dict[str, Any]:
        (kind, key), rest = _head(route)
        return {
            field.name: self.value(
                field.type, rest if (kind, key) == ("field", field.name) else (), depth + 1
            )
            for field in type.fields
        }

    def _branch(self, union: Union, number: int, rest: tuple[Step, ...], depth: int) -> Any:
        branch = self._schema.of(union.branches[number])
        value = self.value(branch, rest, depth + 1)
        if isinstance(branch, (Record, Enum, Fixed)):
            return (branch.name, value)  # fastavro's way to name a branch
        return value

    def _shortest(self, union: Union) -> int:
        """A branch without parts, so that recursive schemas end."""
        if not union.branches:
            raise _Endless
        kinds = [self._schema.of(branch).kind for branch in union.branches]
        simple = [number for number, kind in enumerate(kinds) if kind != "record"]
        return kinds.index("null") if "null" in kinds else (simple or [0])[0]


def _head(route: tuple[Step, ...]) -> tuple[Step, tuple[Step, ...]]:
    return (route[0], route[1:]) if route else (("", ""), ())


def _primitive(type: Primitive) -> Any:
    if type.logical.get("logicalType") == "uuid":
        return "00000000-0000-0000-0000-000000000000"
    return _PLAIN[type.kind]


def _plain(value: Any) -> Any:
    """As Avro's JSON would show it, without the names of branches."""
    if isinstance(value, tuple):
        return _plain(value[1])
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.decode("latin-1") if isinstance(value, bytes) else value
