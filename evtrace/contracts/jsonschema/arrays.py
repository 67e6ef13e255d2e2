"""An array by the facts that are known of it: how long it is, and a value for each place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations, islice
from typing import Any

from evtrace.contracts.jsonschema.answers import Answer, Facts, Failures, Nothing, Seeker, Unknown, Witness
from evtrace.contracts.jsonschema.terms import Contains, ItemAt, Items, Size, Unique

_LONGEST, _MOST_WAYS, _MOST_VALUES = 300, 200, 4


@dataclass(frozen=True)
class _Want:
    """An item that there must be: at one of these places, other than those of its group."""

    part: int
    first: int = 0
    is_last: bool = False
    group: int = 0  # items that one `contains` counts must be several


_Places = Mapping[int, tuple[_Want, ...]]


@dataclass
class _Known:
    """The facts, sorted."""

    items: list[Items] = field(default_factory=list)
    wants: list[_Want] = field(default_factory=list)
    at_most: list[tuple[int, int, int]] = field(default_factory=list)  # part, how many, group
    is_unique: bool = False
    has_twins: bool = False
    least: int = 0
    most: int | None = None


def find(seeker: Seeker, kind: int, facts: Facts) -> Answer:
    """Search for an array."""
    known = _Known()
    for fact in sorted(facts, key=abs):
        match seeker.terms.term(fact):
            case Items() as items:
                known.items.append(items)
            case ItemAt(place, is_last, part):
                known.wants.append(_Want(part, place, is_last))
            case Contains(part, least, most):
                known.wants += [_Want(part, group=fact)] * least
                known.at_most += [] if most is None else [(part, most, fact)]
            case Unique() if fact > 0:
                known.is_unique = True
            case Unique():
                known.has_twins = True
            case Size(_, least, most):
                known.least = max(known.least, least)
                known.most = (
                    most if known.most is None else known.most if most is None else min(most, known.most)
                )
    if known.least > _LONGEST or len(known.wants) > _LONGEST:
        return Unknown("very long arrays")
    return _Search(seeker, known).run()


class _Search:
    def __init__(self, seeker: Seeker, known: _Known) -> None:
        self._seeker, self._known = seeker, known
        lengths = [len(items.first) for items in known.items]
        self._head = max([*lengths, *(want.first + want.is_last for want in known.wants)], default=0)

    def run(self) -> Answer:
        failures = Failures()
        for number, places in enumerate(self._plans(self._known.wants, {})):
            if number > _MOST_WAYS:
                return Unknown("many ways to place the items of an array")
            for twins in self._twins(places):
                answer = self._built(places, twins)
                if isinstance(answer, Witness):
                    return answer
                failures.add(answer)
        return failures.answer()

    def _plans(self, wants: list[_Want], places: _Places) -> Iterator[_Places]:
        """Every way to give each want a place; places behind the head are all alike."""
        if not wants:
            yield places
            return
        want = wants[0]
        for place in self._options(want, places):
            yield from self._plans(wants[1:], {**places, place: (*places.get(place, ()), want)})

    def _options(self, want: _Want, places: _Places) -> Iterator[int]:
        if want.is_last:
            yield want.first
            return
        taken = [
            at for at, wants in places.items() if want.group and any(one.group == want.group for one in wants)
        ]
        begin = max([want.first, *(at + 1 for at in taken)])
        fresh = max([self._head, begin, *(at + 1 for at in places)])
        used = [at for at in sorted(places) if at >= max(begin, self._head)]
        new = next(at for at in range(max(self._head, begin), fresh + 1) if at not in places)
        yield from dict.fromkeys((*range(begin, self._head), new, *used))

    def _twins(self, places: _Places) -> list[tuple[int, int] | None]:
        """Which two items are equal, where two must be."""
        if not self._known.has_twins:
            return [None]
        end = max([self._head, *(at + 1 for at in places)]) + 2
        return list(combinations(range(end), 2))

    def _built(self, places: _Places, twins: tuple[int, int] | None) -> Answer:
        length = max([self._known.least, *(at + 1 for at in places), *(at + 1 for at in twins or ())])
        if self._known.most is not None and length > self._known.most:
            return Nothing()
        failures = Failures()
        for number, free in enumerate(self._free(places, length)):
            if number > _MOST_WAYS:
                return Unknown("many ways to count the items of an array")
            answer = self._valued([self._literal(at, places, free) for at in range(length)], twins)
            if isinstance(answer, Witness):
                return answer
            failures.add(answer)
        return failures.answer()

    def _free(self, places: _Places, length: int) -> Iterator[list[frozenset[int]]]:
        """For each `contains` with a limit the places where items may satisfy it; the others must not."""

        def choices(limits: list[tuple[int, int, int]]) -> Iterator[list[frozenset[int]]]:
            if not limits:
                yield []
                return
            _, most, group = limits[0]
            own = {at for at, wants in places.items() if any(one.group == group for one in wants)}
            others = [at for at in range(length) if at not in own]
            spare = min(most - len(own), len(others))
            if most < len(own):
                return
            for count in (0, spare) if spare > 0 else (0,):
                for more in islice(combinations(others, count), _MOST_WAYS + 2):
                    yield from ([frozenset(own | set(more)), *rest] for rest in choices(limits[1:]))

        return choices(self._known.at_most)

    def _literal(self, at: int, places: _Places, free: list[frozenset[int]]) -> int:
        parts = [items.first[at] if at < len(items.first) else items.rest for items in self._known.items]
        parts += [want.part for want in places.get(at, ())]
        for (part, _, _), allowed in zip(self._known.at_most, free, strict=True):
            parts += [] if at in allowed else [-part]
        return self._seeker.terms.all(parts)

    def _valued(self, literals: list[int], twins: tuple[int, int] | None) -> Answer:
        terms = self._seeker.terms
        found: list[Any] = []
        if twins is not None:
            both = terms.all((literals[twins[0]], literals[twins[1]]))
            literals = [both if at in twins else literal for at, literal in enumerate(literals)]
        for literal in dict.fromkeys(literals):
            answer = self._seeker.solve(literal)
            if not isinstance(answer, Witness):
                return answer
            found.append(answer.value)
        if self._known.is_unique:
            return self._different(literals, [])
        values = dict(zip(dict.fromkeys(literals), found, strict=True))
        return Witness([values[literal] for literal in literals])

    def _different(self, literals: list[int], found: list[Any]) -> Answer:
        """A value for each place that no place before has; other values for those where none is left."""
        terms, failures = self._seeker.terms, Failures()
        if len(found) == len(literals):
            return Witness(found)
        taken = [-terms.equal(value) for value in found]
        for _ in range(_MOST_VALUES):
            answer = self._seeker.solve(terms.all((literals[len(found)], *taken)))
            failures.add(answer)
            if not isinstance(answer, Witness):
                return failures.answer()
            whole = self._different(literals, [*found, answer.value])
            if isinstance(whole, Witness) or len(set(literals)) == 1:
                return whole
            failures.add(whole)
            taken.append(-terms.equal(answer.value))
        return Unknown("different items that must differ")
