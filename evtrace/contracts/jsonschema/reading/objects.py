"""Keywords about the properties of objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from evtrace.contracts.jsonschema.places import Place
from evtrace.contracts.jsonschema.reading.manners import EXACT, OPEN, Reader
from evtrace.contracts.jsonschema.terms import FALSE, TRUE, Names

if TYPE_CHECKING:
    from evtrace.contracts.jsonschema.reading.reading import Reading

#: Keywords by which a schema shows that it means objects.
ABOUT_OBJECTS = (
    "properties", "required", "additionalProperties", "patternProperties", "minProperties", "maxProperties",
    "propertyNames", "dependencies", "dependentRequired", "dependentSchemas", "unevaluatedProperties",
)  # fmt: skip


def _members(reading: Reading, place: Place, raw: Mapping[str, Any], manner: str) -> int:
    named, matching = (
        {name: reading.value(place.step(key, name), manner) for name in raw.get(key, ())}
        for key in ("properties", "patternProperties")
    )
    rest = TRUE
    if "additionalProperties" in raw:
        rest = _opened(reading.value(place.step("additionalProperties"), manner), manner)
    return reading.terms.members(named, matching, rest)


def _opened(rest: int, manner: str) -> int:
    """An open reader ignores what it does not know."""
    return TRUE if rest == FALSE and manner == OPEN else rest


def _required(reading: Reading, place: Place, raw: Mapping[str, Any], manner: str) -> int:
    return reading.terms.all(reading.terms.required(name) for name in raw["required"])


def _names(reading: Reading, place: Place, raw: Mapping[str, Any], manner: str) -> int:
    part = reading.at(place.step("propertyNames"), EXACT)
    return reading.terms.number(Names(part)) if part != TRUE else TRUE


def _dependencies(key: str) -> Reader:
    """Where one property is, others must be, or a schema holds."""

    def read(reading: Reading, place: Place, raw: Mapping[str, Any], manner: str) -> int:
        return reading.terms.all(
            reading.terms.any(
                (-reading.terms.has(name), _needed(reading, place.step(key, name), needed, manner))
            )
            for name, needed in raw[key].items()
        )

    return read


def _needed(reading: Reading, place: Place, needed: Any, manner: str) -> int:
    if isinstance(needed, (list, str)):
        names = [needed] if isinstance(needed, str) else needed
        return reading.terms.all(reading.terms.required(name) for name in names)
    return reading.at(place, manner)


def _unevaluated(reading: Reading, place: Place, raw: Mapping[str, Any], manner: str) -> int:
    part = _opened(reading.value(place.step("unevaluatedProperties"), manner), manner)
    return TRUE if part == TRUE else reading.cases.properties(place, part)


KEYWORDS: Mapping[str, Reader] = {
    "properties": _members,
    "patternProperties": _members,
    "additionalProperties": _members,
    "required": _required,
    "propertyNames": _names,
    "dependencies": _dependencies("dependencies"),
    "dependentRequired": _dependencies("dependentRequired"),
    "dependentSchemas": _dependencies("dependentSchemas"),
    "unevaluatedProperties": _unevaluated,
}
