"""Items: place by place where both schemas tell places apart in the same way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from evtrace.contracts.jsonschema.places import Place
from evtrace.contracts.jsonschema.reading.arrays import places_of_items
from evtrace.contracts.jsonschema.spots import Spot
from evtrace.contracts.jsonschema.walk.difference import Difference
from evtrace.contracts.jsonschema.walk.keywords import whole

if TYPE_CHECKING:
    from evtrace.contracts.jsonschema.walk.walking import Walk


def differences(walk: Walk, old: Spot, new: Spot, spoken: str) -> Iterator[Difference]:
    """Compare what both schemas say of items."""
    (was, was_rest), (now, now_rest) = _items(old), _items(new)
    for number, places in enumerate(zip(was, now, strict=False)):
        before, after = (
            spot.at(place, spot.to_item(number)) for spot, place in zip((old, new), places, strict=True)
        )
        yield from walk.pair(before, after, f"{spoken}[{number}]")
    if len(was) == len(now) and was_rest and now_rest:
        before = old.at(was_rest, old.to_items_from(len(was)))
        yield from walk.pair(before, new.at(now_rest, new.to_items_from(len(was))), f"{spoken}[]")
    elif len(was) != len(now) or was_rest or now_rest:
        keys = ("prefixItems", "items", "additionalItems")
        yield from whole("json/items-changed", keys, old, new, spoken)


def _items(spot: Spot) -> tuple[list[Place], Place | None]:
    return places_of_items(spot.place, spot.raw, spot.side.document.dialect.year)
