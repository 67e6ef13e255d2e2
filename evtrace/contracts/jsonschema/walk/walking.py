"""Goes through both schemas in step and asks, at each pair of places, every room of keywords."""

from __future__ import annotations

from collections.abc import Iterator

from evtrace.contracts.jsonschema.places import Place
from evtrace.contracts.jsonschema.spots import Side, Spot
from evtrace.contracts.jsonschema.walk import arrays, branches, keywords, notes, objects
from evtrace.contracts.jsonschema.walk.difference import Difference, named, turned

_ROOMS = (keywords, objects, arrays, branches, notes)


class Walk:
    """All differences, in the order of the new schema; each pair of places is met once."""

    def __init__(self, old: Side, new: Side) -> None:
        self._old, self._new = old, new
        self._met: set[tuple[Place, Place]] = set()

    def differences(self) -> Iterator[Difference]:
        """Walk from the roots on."""
        old, new = (
            Spot(side, side.document.entry, lambda literal: literal) for side in (self._old, self._new)
        )
        was, now = old.side.document.dialect, new.side.document.dialect
        if was != now:
            words = {"turn": turned(was.name, now.name), "hint": ""}
            yield Difference(
                "json/dialect-changed", new.place.step("$schema").pointer, new.place.step("$schema"), words
            )
        yield from self.pair(old, new, "")

    def pair(self, old: Spot, new: Spot, spoken: str) -> Iterator[Difference]:
        """Two schemas that belong together."""
        old, new = old.followed(), new.followed()
        if (old.place, new.place) in self._met:
            return
        self._met.add((old.place, new.place))
        if isinstance(old.raw, bool) or isinstance(new.raw, bool):
            yield from self._replaced(old, new, spoken)
            return
        for room in _ROOMS:
            yield from room.differences(self, old, new, spoken)

    def _replaced(self, old: Spot, new: Spot, spoken: str) -> Iterator[Difference]:
        if old.exact() == new.exact():
            return
        words = {"place": named(spoken), "turn": turned(old.raw, new.raw)}
        was, now = (spot.context(spot.read()) for spot in (old, new))
        yield Difference("json/schema-replaced", new.place.pointer, new.place, words, was, now)
