"""A schema inside one version, and how what it says there bears on the whole event."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from evtrace.contracts.jsonschema import dialects
from evtrace.contracts.jsonschema.document import Document
from evtrace.contracts.jsonschema.holds import wanted
from evtrace.contracts.jsonschema.places import Place
from evtrace.contracts.jsonschema.reading import EXACT, OPEN, Reading, keywords
from evtrace.contracts.jsonschema.terms import FALSE, TRUE, Items, Members

#: What a literal of a part means for what is around it.
Step = Callable[[int], int]


@dataclass(frozen=True)
class Side:
    """One version."""

    document: Document
    exact: Reading
    reader: Reading  # as it is read where it reads; the same as exact under the strict policy


@dataclass(frozen=True)
class Spot:
    """A schema inside one version."""

    side: Side
    place: Place
    context: Step

    @cached_property
    def raw(self) -> Any:
        """The schema as it is written."""
        return self.side.document.at(self.place)

    @cached_property
    def words(self) -> list[str]:
        """Its keywords that say something about values."""
        known = (key for key in keywords(self.raw) if dialects.knows(self.side.document.dialect, key))
        return list(known) if isinstance(self.raw, dict) else []

    # -- what it says

    def says(self, keys: Iterable[str]) -> int:
        """What these keywords say, exactly."""
        reading = self.side.exact
        return reading.terms.all(reading.keyword(self.place, key, EXACT) for key in keys if key in self.raw)

    def alone(self, keys: Iterable[str]) -> int:
        """The whole event where this side reads it, with these keywords only."""
        reading = self.side.reader
        said = (reading.keyword(self.place, key, reading.manner) for key in keys if key in self.raw)
        return self.context(reading.terms.all(said))

    def exact(self, *keys: str | int) -> int:
        """What a part says, exactly."""
        return self.side.exact.at(self.place.step(*keys), EXACT)

    def read(self, *keys: str | int) -> int:
        """What a value inside says where this side reads it; an open reader refuses no property for its name."""
        reading = self.side.reader
        literal = reading.value(self.place.step(*keys), reading.manner)
        return TRUE if literal == FALSE and reading.manner == OPEN else literal

    def branches(self, key: str) -> list[int]:
        """The schemas of a list, where this side reads them."""
        reading = self.side.reader
        return reading.inner(self.place, key, reading.manner)

    # -- going inside

    def at(self, place: Place, step: Step) -> Spot:
        """The schema at another place, of whose literals the step says what they mean here."""
        context = self.context
        return Spot(self.side, place, lambda literal: context(TRUE if literal == TRUE else step(literal)))

    def inside(self, step: Step, *keys: str | int) -> Spot:
        """A part of this schema."""
        return self.at(self.place.step(*keys), step)

    def followed(self) -> Spot:
        """What a lone $ref leads to."""
        seen: set[Place] = set()
        spot = self
        while spot.place not in seen and isinstance(spot.raw, dict) and spot._is_lone_reference():
            seen.add(spot.place)
            target = spot.side.document.target(spot.place.step("$ref"))
            if target is None:
                break
            spot = Spot(spot.side, target, spot.context)
        return spot

    def _is_lone_reference(self) -> bool:
        if self.side.document.dialect.ref_stands_alone:
            return "$ref" in self.raw
        return self.words == ["$ref"]

    # -- steps

    def to_member(self, name: str) -> Step:
        """Into a property."""
        terms = self.side.reader.terms
        return lambda literal: terms.number(Members(((name, literal),), (), TRUE))

    def to_matching(self, regex: str) -> Step:
        """Into all properties of a pattern."""
        terms = self.side.reader.terms
        return lambda literal: terms.number(Members((), ((regex, literal),), TRUE))

    def to_rest(self) -> Step:
        """Into all properties that are not listed."""
        terms = self.side.reader.terms
        named, matching = (
            tuple((name, TRUE) for name in sorted(self.raw.get(key, ())))
            for key in ("properties", "patternProperties")
        )
        return lambda literal: terms.number(Members(named, matching, literal))

    def to_item(self, number: int) -> Step:
        """Into one item."""
        terms = self.side.reader.terms
        return lambda literal: terms.number(Items((*(TRUE,) * number, literal), TRUE))

    def to_items_from(self, number: int) -> Step:
        """Into all items from one on."""
        terms = self.side.reader.terms
        return lambda literal: terms.number(Items((TRUE,) * number, literal))

    def to_branch(self, key: str, number: int) -> Step:
        """Into a branch; of anyOf and oneOf the others stay as they are: none of them may take the value either."""
        if key == "allOf":
            return lambda literal: literal
        terms = self.side.reader.terms
        others = [branch for at, branch in enumerate(self.branches(key)) if at != number]
        return lambda literal: terms.any((literal, *others))

    def unless(self, condition: int) -> Step:
        """Into what holds where the condition does not."""
        terms = self.side.reader.terms
        return lambda literal: terms.any((condition, literal))

    # -- properties that may not be listed

    def on_member(self, name: str) -> int:
        """What is said of one property, listed or not."""
        reading = self.side.reader
        key = next(
            (one for one in ("properties", "patternProperties", "additionalProperties") if one in self.raw),
            "",
        )
        members = reading.terms.term(reading.keyword(self.place, key, reading.manner)) if key else None
        said = reading.terms.all(wanted(members, name)) if isinstance(members, Members) else TRUE
        unevaluated = reading.keyword(self.place, "unevaluatedProperties", reading.manner)
        own = TRUE if said == TRUE else self.to_member(name)(said)
        return self.context(reading.terms.all((own, unevaluated)))

    def on_rest(self) -> int:
        """What is said of the properties that are not listed."""
        said = self.read("additionalProperties") if "additionalProperties" in self.raw else TRUE
        return self.context(TRUE if said == TRUE else self.to_rest()(said))
