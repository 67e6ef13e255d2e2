"""Which properties and items a schema has looked at: what `unevaluated*` and closed writers rest on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any

from evtrace.contracts.jsonschema import dialects
from evtrace.contracts.jsonschema.places import REFERENCES, Place
from evtrace.contracts.jsonschema.reading.manners import EXACT
from evtrace.contracts.jsonschema.terms import TRUE

if TYPE_CHECKING:
    from evtrace.contracts.jsonschema.reading.reading import Reading

_MOST_CASES = 64


class TooManyCases(Exception):
    """So many branches may hold together that the cases are not worth counting."""


@dataclass(frozen=True)
class Case:
    """Where these conditions hold, so much has been looked at."""

    conditions: frozenset[int] = frozenset()
    names: frozenset[str] = frozenset()
    patterns: frozenset[str] = frozenset()
    items: int = 0
    has_all_properties: bool = False
    has_all_items: bool = False
    contains: frozenset[int] = frozenset()  # items that satisfy one of these, wherever they are

    def joined(self, other: Case) -> Case:
        """Both hold."""
        return Case(
            self.conditions | other.conditions,
            self.names | other.names,
            self.patterns | other.patterns,
            max(self.items, other.items),
            self.has_all_properties or other.has_all_properties,
            self.has_all_items or other.has_all_items,
            self.contains | other.contains,
        )

    @property
    def extent(self) -> Case:
        """What has been looked at, under whatever conditions."""
        return replace(self, conditions=frozenset())


_NOTHING = Case()


class Cases:
    """The cases of the schemas of one document."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def properties(self, place: Place, part: int, *, is_closing: bool = False) -> int:
        """Every property that has not been looked at satisfies the part."""
        terms = self._reading.terms
        try:
            cases = self._of(place, is_closing, own="unevaluatedProperties")
        except TooManyCases:
            return self._reading.opaque(place, "unevaluatedProperties beside too many branches")
        return terms.all(
            terms.any(
                (
                    *(-condition for condition in case.conditions),
                    self._reading.terms.members(
                        dict.fromkeys(case.names, TRUE), dict.fromkeys(case.patterns, TRUE), part
                    ),
                )
            )
            for case in cases
            if not case.has_all_properties
        )

    def items(self, place: Place, part: int) -> int:
        """Every item that has not been looked at satisfies the part."""
        terms = self._reading.terms
        if part == TRUE:
            return TRUE
        try:
            cases = self._of(place, False, own="unevaluatedItems")
        except TooManyCases:
            return self._reading.opaque(place, "unevaluatedItems beside too many branches")
        return terms.all(
            terms.any(
                (
                    *(-condition for condition in case.conditions),
                    terms.items([TRUE] * case.items, terms.any((part, *case.contains))),
                )
            )
            for case in cases
            if not case.has_all_items
        )

    def applied(self, place: Place) -> Iterator[Place]:
        """Schemas that apply to the same value, whatever it is: references and the branches of combinations."""
        document = self._reading.document
        raw = document.at(place)
        if not isinstance(raw, dict):
            return
        for key in REFERENCES:
            target = document.target(place.step(key))
            if target is not None:
                yield target
        if self._reading.is_ref(raw):
            return
        for key in ("allOf", "anyOf", "oneOf"):
            yield from (place.step(key).step(number) for number in range(len(raw.get(key, ()))))
        if "if" in raw and dialects.knows(document.dialect, "if"):
            yield from (place.step(key) for key in ("if", "then", "else") if key in raw)
        for key in ("dependentSchemas", "dependencies"):
            for name, inner in raw.get(key, {}).items() if dialects.knows(document.dialect, key) else ():
                if isinstance(inner, dict):
                    yield place.step(key).step(name)

    def _of(self, place: Place, is_closing: bool, own: str = "") -> list[Case]:
        """All cases of a schema; `own` is the keyword that asks and does not count itself."""
        document = self._reading.document
        raw = document.at(place)
        if not isinstance(raw, dict):
            return [_NOTHING]
        groups = [[self._itself(place, raw, is_closing, own)]]
        for key in REFERENCES:
            if key in raw and dialects.knows(document.dialect, key):
                target = document.target(place.step(key))
                if target is None:
                    raise TooManyCases
                groups.append(self._of(target, is_closing))
        if not self._reading.is_ref(raw):
            groups += self._combined(place, raw, is_closing)
        return _joined(groups)

    def _itself(self, place: Place, raw: dict[str, Any], is_closing: bool, own: str) -> Case:
        dialect = self._reading.document.dialect
        if self._reading.is_ref(raw):
            return _NOTHING
        additional = [raw.get("additionalProperties")]
        if own != "unevaluatedProperties" and dialects.knows(dialect, "unevaluatedProperties"):
            additional.append(raw.get("unevaluatedProperties"))
        items, has_all = _items(raw, dialect.year)
        return Case(
            names=frozenset(raw.get("properties", ())),
            patterns=frozenset(raw.get("patternProperties", ())),
            items=items,
            has_all_properties=any(
                one is not None and not (is_closing and one is True) for one in additional
            ),
            has_all_items=has_all or (own != "unevaluatedItems" and raw.get("unevaluatedItems") is not None),
            contains=self._contained(place, raw),
        )

    def _contained(self, place: Place, raw: dict[str, Any]) -> frozenset[int]:
        if "contains" not in raw or self._reading.document.dialect.year < 2019:
            return frozenset()
        return frozenset((self._reading.at(place.step("contains"), EXACT),))

    def _combined(self, place: Place, raw: dict[str, Any], is_closing: bool) -> Iterator[list[Case]]:
        reading = self._reading
        for number in range(len(raw.get("allOf", ()))):
            yield self._of(place.step("allOf").step(number), is_closing)
        for number in range(len(raw.get("anyOf", ()))):
            inner = place.step("anyOf").step(number)
            yield self._if_holds(reading.at(inner, EXACT), self._of(inner, is_closing))
        if "oneOf" in raw:
            yield self._one_of(place, len(raw["oneOf"]), is_closing)
        if "if" in raw and dialects.knows(reading.document.dialect, "if"):
            yield self._if(place, raw, is_closing)
        for key in ("dependentSchemas", "dependencies"):
            for name, inner in (
                raw.get(key, {}).items() if dialects.knows(reading.document.dialect, key) else ()
            ):
                if isinstance(inner, dict):
                    cases = self._of(place.step(key).step(name), is_closing)
                    yield self._if_holds(reading.terms.has(name), cases)

    def _if_holds(self, condition: int, cases: list[Case]) -> list[Case]:
        """These cases where the condition holds; nothing where it does not."""
        if all(case.extent == _NOTHING for case in cases):
            return [_NOTHING]
        return [*_under(condition, cases), *_under(-condition, [_NOTHING])]

    def _one_of(self, place: Place, length: int, is_closing: bool) -> list[Case]:
        branches = [place.step("oneOf").step(number) for number in range(length)]
        cases = [_under(self._reading.at(one, EXACT), self._of(one, is_closing)) for one in branches]
        if len({case.extent for group in cases for case in group}) == 1:
            return [cases[0][0].extent]
        return [case for group in cases for case in group]

    def _if(self, place: Place, raw: dict[str, Any], is_closing: bool) -> list[Case]:
        condition = self._reading.at(place.step("if"), EXACT)
        groups = {key: self._of(place.step(key), is_closing) for key in ("if", "then", "else") if key in raw}
        holds = _joined([groups["if"], groups.get("then", [_NOTHING])])
        return [*_under(condition, holds), *_under(-condition, groups.get("else", [_NOTHING]))]


def _items(raw: dict[str, Any], year: int) -> tuple[int, bool]:
    """How many first items the schema looks at, and whether at all."""
    if year >= 2020:
        return len(raw.get("prefixItems", ())), "items" in raw
    if isinstance(raw.get("items"), list):
        return len(raw["items"]), "additionalItems" in raw
    return 0, "items" in raw


def _under(condition: int, cases: Iterable[Case]) -> list[Case]:
    return [replace(case, conditions=case.conditions | {condition}) for case in cases]


def _joined(groups: list[list[Case]]) -> list[Case]:
    """Every choice of one case from each group."""
    found = [_NOTHING]
    for group in groups:
        if len(found) * len(group) > _MOST_CASES:
            raise TooManyCases
        found = [one.joined(other) for one, other in product(found, group)]
    return found
