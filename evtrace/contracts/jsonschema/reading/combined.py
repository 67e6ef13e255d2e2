"""Keywords that combine schemas or refer to one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from evtrace.contracts.jsonschema.places import REFERENCES, Place
from evtrace.contracts.jsonschema.reading.manners import EXACT, OPEN, Reader
from evtrace.contracts.jsonschema.terms import TRUE

if TYPE_CHECKING:
    from evtrace.contracts.jsonschema.reading.reading import Reading


def _reference(key: str) -> Reader:
    def read(reading: Reading, place: Place, raw: Mapping[str, Any], manner: str) -> int:
        target = reading.document.target(place.step(key))
        if target is None:
            return reading.opaque(place.step(key), f"where {key} leads depends on the way of a value to it")
        return reading.at(target, manner)

    return read


def _all_of(reading: Reading, place: Place, raw: Mapping[str, Any], manner: str) -> int:
    return reading.terms.all(reading.inner(place, "allOf", manner))


def _any_of(reading: Reading, place: Place, raw: Mapping[str, Any], manner: str) -> int:
    return reading.terms.any(reading.inner(place, "anyOf", manner))


def _one_of(reading: Reading, place: Place, raw: Mapping[str, Any], manner: str) -> int:
    """More or less open branches may both hold where one should; only as it is, one is one."""
    exactly_one = reading.terms.one(reading.inner(place, "oneOf", EXACT))
    if manner == EXACT:
        return exactly_one
    some = reading.terms.any(reading.inner(place, "oneOf", manner))
    return some if manner == OPEN else reading.terms.all((some, exactly_one))


def _not(reading: Reading, place: Place, raw: Mapping[str, Any], manner: str) -> int:
    return -reading.at(place.step("not"), EXACT)


def _if(reading: Reading, place: Place, raw: Mapping[str, Any], manner: str) -> int:
    condition = reading.at(place.step("if"), EXACT)
    then, other = (reading.at(place.step(key), manner) if key in raw else TRUE for key in ("then", "else"))
    return reading.terms.all((reading.terms.any((-condition, then)), reading.terms.any((condition, other))))


KEYWORDS: Mapping[str, Reader] = {
    **{key: _reference(key) for key in REFERENCES},
    "allOf": _all_of,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "not": _not,
    "if": _if,
}
