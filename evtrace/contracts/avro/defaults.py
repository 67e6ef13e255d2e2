"""Does a default fit its field? fastavro takes any; the specification and Java do not."""

from __future__ import annotations

from typing import Any

from evtrace.contracts.avro.types import Array, Enum, Fixed, Map, Primitive, Record, Schema, Type, Union

_RANGES = {"int": 31, "long": 63}


def is_default(schema: Schema, type: Type, value: Any) -> bool:
    """Is the JSON value one of the type? Of a union, any branch will do (since Avro 1.12)."""
    match schema.of(type):
        case Union(branches):
            return any(is_default(schema, branch, value) for branch in branches)
        case Array(items):
            return isinstance(value, list) and all(is_default(schema, items, one) for one in value)
        case Map(values):
            return isinstance(value, dict) and all(is_default(schema, values, one) for one in value.values())
        case Record() as record:
            return isinstance(value, dict) and all(
                is_default(schema, field.type, value[field.name])
                if field.name in value
                else field.has_default
                for field in record.fields
            )
        case Enum() as enum:
            return value in enum.symbols
        case Fixed():
            return isinstance(value, str)
        case Primitive(kind):
            return _is_primitive(kind, value)
    return False


def _is_primitive(kind: str, value: Any) -> bool:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    match kind:
        case "null":
            return value is None
        case "boolean":
            return isinstance(value, bool)
        case "int" | "long":
            return (
                isinstance(value, int) and is_number and -(2 ** _RANGES[kind]) <= value < 2 ** _RANGES[kind]
            )
        case "float" | "double":
            return is_number or value in ("NaN", "Infinity", "-Infinity")
    return isinstance(value, str)
