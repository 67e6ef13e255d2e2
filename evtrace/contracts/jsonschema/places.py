"""Where schemas stand inside schemas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from evtrace.contracts.jsonschema import dialects
from evtrace.contracts.jsonschema.dialects import Dialect
from evtrace.contracts.positions import step

# Alone, in a list, by name. `items` and `dependencies` are both of two.
_ALONE = (
    "additionalItems", "items", "contains", "additionalProperties", "propertyNames", "not", "if", "then", "else",
    "unevaluatedItems", "unevaluatedProperties", "contentSchema",
)  # fmt: skip
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems", "items")
_MAPS = ("properties", "patternProperties", "definitions", "$defs", "dependentSchemas", "dependencies")

#: Keywords that apply to the value itself, not to a part of it.
_IN_PLACE = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "dependencies")

#: Keywords whose contents are values, not schemas.
_VALUES = ("enum", "const", "examples", "example", "default")

REFERENCES = ("$ref", "$recursiveRef", "$dynamicRef")


@dataclass(frozen=True)
class Place:
    """A file and a pointer."""

    file: str
    pointer: str

    def step(self, *keys: str | int) -> Place:
        """The place of a part."""
        pointer = self.pointer
        for key in keys:
            pointer = step(pointer, key)
        return Place(self.file, pointer)

    @property
    def above(self) -> Place:
        """The place around this one."""
        return Place(self.file, self.pointer.rpartition("/")[0])


def parts(raw: Any, place: Place, dialect: Dialect) -> Iterator[tuple[Place, bool]]:
    """The schemas inside a schema, and whether each applies to the very same value."""
    if not isinstance(raw, dict) or ("$ref" in raw and dialect.ref_stands_alone):
        return
    for key, value in raw.items():
        if not dialects.knows(dialect, key):
            continue
        if key in _ALONE and isinstance(value, (dict, bool)):
            yield place.step(key), key in _IN_PLACE
        elif key in _LISTS and isinstance(value, list):
            yield from ((place.step(key, number), key in _IN_PLACE) for number in range(len(value)))
        elif key in _MAPS and isinstance(value, dict):
            for name, inner in value.items():
                if isinstance(inner, (dict, bool)):
                    yield place.step(key, name), key in _IN_PLACE


def candidates(raw: Any, place: Place) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Every object in a text that may be a schema, whether a keyword leads to it or a reference might."""
    todo = [(place, raw, False)]
    while todo:
        here, value, is_map = todo.pop()
        if isinstance(value, list):
            todo += [(here.step(number), item, False) for number, item in enumerate(value)]
        elif isinstance(value, dict):
            if not is_map:
                yield here, value
            for key, inner in value.items():
                if is_map or key not in _VALUES:
                    todo.append((here.step(key), inner, key in _MAPS and not is_map))
