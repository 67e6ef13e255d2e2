"""An object by the facts that are known of it: which properties it has, and a value for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations
from typing import Any

from evtrace.contracts.jsonschema.answers import Answer, Facts, Failures, Nothing, Seeker, Unknown, Witness
from evtrace.contracts.jsonschema.holds import chooses, wanted
from evtrace.contracts.jsonschema.terms import (
    STRING,
    Among,
    Member,
    MemberName,
    Members,
    Names,
    Pattern,
    Required,
    Size,
)

_MOST_PATTERNS, _MOST_PROPERTIES = 7, 300


@dataclass(frozen=True)
class _Other:
    """Names that are not listed anywhere and match just these patterns."""

    patterns: frozenset[str]
    name: int  # the literal of the name
    value: int  # the literal of the value


@dataclass(frozen=True)
class _Slot:
    """A property that there will be: a listed name, or one of the others."""

    name: str | None
    other: _Other | None = None
    parts: tuple[int, ...] = ()  # what its value must satisfy besides
    name_parts: tuple[int, ...] = ()  # what its name must satisfy besides


@dataclass
class _Known:
    """The facts, sorted."""

    members: list[Members] = field(default_factory=list)
    required: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)
    names: list[int] = field(default_factory=list)
    wants: list[Member | MemberName] = field(default_factory=list)
    least: int = 0
    most: int | None = None


def find(seeker: Seeker, kind: int, facts: Facts) -> Answer:
    """Search for an object."""
    known = _Known()
    for fact in sorted(facts, key=abs):
        match seeker.terms.term(fact):
            case Members() as members:
                known.members.append(members)
            case Required(name):
                (known.required if fact > 0 else known.absent).add(name)
            case Names(part):
                known.names.append(part)
            case Member() | MemberName() as want:
                known.wants.append(want)
            case Size(_, least, most):
                known.least = max(known.least, least)
                known.most = (
                    most if known.most is None else known.most if most is None else min(most, known.most)
                )
    if known.required & known.absent or (known.most is not None and known.most < known.least):
        return Nothing()
    return _Search(seeker, known).run()


class _Search:
    def __init__(self, seeker: Seeker, known: _Known) -> None:
        self._seeker, self._known = seeker, known
        listed = {name for members in known.members for name, _ in members.named}
        for want in known.wants:
            if isinstance(want, Member):
                listed |= {want.name} if want.name is not None else set()
                listed |= set(want.other_than[0]) if want.other_than else set()
        self._listed = sorted(listed | known.required | known.absent)
        self._failures = Failures()

    def run(self) -> Answer:
        for slots in self._plans(self._known.wants, ()):
            answer = self._built(slots)
            if isinstance(answer, Witness):
                return answer
            self._failures.add(answer)
        return self._failures.answer()

    # -- which properties

    def _plans(
        self, wants: list[Member | MemberName], slots: tuple[_Slot, ...]
    ) -> Iterator[tuple[_Slot, ...]]:
        """Every way to give each want a property; several may share one."""
        if not wants:
            yield slots
            return
        for more in self._options(wants[0], slots):
            yield from self._plans(wants[1:], more)

    def _options(self, want: Member | MemberName, slots: tuple[_Slot, ...]) -> Iterator[tuple[_Slot, ...]]:
        """The slots with one that was there taking the want, or with a further one."""
        taken = {slot.name for slot in slots if slot.name is not None}
        if not (isinstance(want, Member) and want.name is not None):
            yield from (
                (*slots, _more(_Slot(None, other), want)) for other in self._others if _takes(want, other)
            )
        for name in self._listed:
            if name not in self._known.absent | taken and self._chosen(want, name):
                yield (*slots, _more(_Slot(name), want))
        for at, slot in enumerate(slots):
            takes = _takes(want, slot.other) if slot.other else self._chosen(want, slot.name or "")
            if takes:
                yield (*slots[:at], _more(slot, want), *slots[at + 1 :])

    def _chosen(self, want: Member | MemberName, name: str) -> bool:
        if isinstance(want, Member):
            return chooses(want, name)
        return self._seeker.judge.holds(want.part, name) is True

    @cached_property
    def _others(self) -> list[_Other]:
        """Kinds of names that are not listed, told apart by the patterns that they match."""
        known = self._known
        patterns = {regex for members in known.members for regex, _ in members.matching}
        for want in known.wants:
            if isinstance(want, Member):
                patterns |= {want.regex} if want.regex is not None else set()
                patterns |= set(want.other_than[1]) if want.other_than else set()
        if len(patterns) > _MOST_PATTERNS:
            self._failures.add(Unknown("many patterns for property names"))
            return []
        ordered = sorted(patterns)
        subsets = (frozenset(s) for size in range(len(ordered) + 1) for s in combinations(ordered, size))
        return [other for subset in subsets if (other := self._other(subset, ordered)) is not None]

    def _other(self, matched: frozenset[str], patterns: list[str]) -> _Other | None:
        terms = self._seeker.terms
        signed = (terms.number(Pattern(regex)) * (1 if regex in matched else -1) for regex in patterns)
        name = terms.all((terms.kind(STRING), *signed, *self._known.names, *self._avoiding(self._listed)))
        answer = self._seeker.solve(name)
        if not isinstance(answer, Witness):
            self._failures.add(answer)
            return None
        parts = []
        for members in self._known.members:
            own = [part for regex, part in members.matching if regex in matched]
            parts += own or [members.rest]
        return _Other(matched, name, terms.all(parts))

    def _avoiding(self, names: Iterable[str]) -> Iterator[int]:
        avoided = frozenset(("string", name) for name in names)
        if avoided:
            yield -self._seeker.terms.number(Among(avoided))

    # -- which values

    def _built(self, slots: tuple[_Slot, ...]) -> Answer:
        found: dict[str, Any] = {}
        extra = {slot.name: slot.parts for slot in slots if slot.name is not None}
        for name in [*sorted(self._known.required), *sorted(extra.keys() - self._known.required)]:
            answer = self._member(name, extra.get(name, ()))
            if not isinstance(answer, Witness):
                return answer
            found[name] = answer.value
        for slot in slots:
            if slot.other is not None:
                answer = self._another(slot, found)
                if not isinstance(answer, Witness):
                    return answer
                found.update([answer.value])
        if self._known.most is not None and len(found) > self._known.most:
            return Nothing()
        return self._filled(found)

    def _member(self, name: str, parts: tuple[int, ...]) -> Answer:
        """A value for a listed name."""
        if name in self._known.absent:
            return Nothing()
        allowed = self._seeker.judge.all(self._known.names, name)
        if not allowed:
            return Nothing() if allowed is False else Unknown("a check of property names")
        needed = (part for members in self._known.members for part in wanted(members, name))
        return self._seeker.solve(self._seeker.terms.all((*needed, *parts)))

    def _another(self, slot: _Slot, found: dict[str, Any]) -> Answer:
        """A name that is not taken, and a value."""
        assert slot.other is not None
        terms = self._seeker.terms
        value = self._seeker.solve(terms.all((slot.other.value, *slot.parts)))
        if not isinstance(value, Witness):
            return value
        name = self._seeker.solve(terms.all((slot.other.name, *slot.name_parts, *self._avoiding(found))))
        return Witness((name.value, value.value)) if isinstance(name, Witness) else name

    def _filled(self, found: dict[str, Any]) -> Answer:
        """As many further properties as are needed."""
        failures = Failures()
        if self._known.least > _MOST_PROPERTIES:
            return Unknown("objects of very many properties")
        for name in self._listed:
            if len(found) < self._known.least and name not in found:
                answer = self._member(name, ())
                failures.add(answer)
                found |= {name: answer.value} if isinstance(answer, Witness) else {}
        others = list(self._others) if len(found) < self._known.least else []
        while others and len(found) < self._known.least:
            answer = self._another(_Slot(None, others[0]), found)
            failures.add(answer)
            if isinstance(answer, Witness):
                found.update([answer.value])
            else:
                others.pop(0)
        return Witness(found) if len(found) >= self._known.least else failures.answer()


def _more(slot: _Slot, want: Member | MemberName) -> _Slot:
    if isinstance(want, Member):
        return replace(slot, parts=(*slot.parts, want.part))
    return replace(slot, name_parts=(*slot.name_parts, want.part))


def _takes(want: Member | MemberName, other: _Other) -> bool:
    """May names of this kind be what is wanted?"""
    if isinstance(want, MemberName):
        return True
    if want.regex is not None:
        return want.regex in other.patterns
    return want.other_than is not None and not other.patterns & set(want.other_than[1])
