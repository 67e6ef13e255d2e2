"""Keywords about the items of arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from evtrace.contracts.jsonschema import dialects
from evtrace.contracts.jsonschema.places import Place
from evtrace.contracts.jsonschema.reading.manners import EXACT, OPEN, Reader
from evtrace.contracts.jsonschema.terms import TRUE, Contains, Unique

if TYPE_CHECKING:
    from evtrace.contracts.jsonschema.reading.reading import Reading


def places_of_items(place: Place, raw: Mapping[str, Any], year: int) -> tuple[list[Place], Place | None]:
    """Where the schemas of the first items stand, and that of the rest."""
    if year >= 2020:
        key, rest = "prefixItems", "items"
    elif isinstance(raw.get("items"), list):
        key, rest = "items", "additionalItems"
    else:
        return [], place.step("items") if "items" in raw else None
    first = [place.step(key, number) for number in range(len(raw.get(key, ())))]
    return first, place.step(rest) if rest in raw else None


def _items(reading: Reading, place: Place, raw: Mapping[str, Any], manner: str) -> int:
    first, rest = places_of_items(place, raw, reading.document.dialect.year)
    said = [reading.value(one, manner) for one in first]
    return reading.terms.items(said, reading.value(rest, manner) if rest else TRUE)


def _unique(reading: Reading, place: Place, raw: Mapping[str, Any], manner: str) -> int:
    return reading.terms.number(Unique()) if raw["uniqueItems"] else TRUE


def _contains(reading: Reading, place: Place, raw: Mapping[str, Any], manner: str) -> int:
    knows_counts = dialects.knows(reading.document.dialect, "minContains")
    least = int(raw.get("minContains", 1)) if knows_counts else 1
    most = int(raw["maxContains"]) if knows_counts and "maxContains" in raw else None
    is_loosened = manner == OPEN and most is None  # otherwise an open part could be met too often
    part = reading.value(place.step("contains"), OPEN if is_loosened else EXACT)
    return reading.terms.number(Contains(part, least, most)) if least or most is not None else TRUE


def _unevaluated(reading: Reading, place: Place, raw: Mapping[str, Any], manner: str) -> int:
    return reading.cases.items(place, reading.value(place.step("unevaluatedItems"), manner))


KEYWORDS: Mapping[str, Reader] = {
    "items": _items,
    "prefixItems": _items,
    "additionalItems": _items,
    "uniqueItems": _unique,
    "contains": _contains,
    "unevaluatedItems": _unevaluated,
}
