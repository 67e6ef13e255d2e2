"""All terms of one comparison, numbered; literals are put together and simplified here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evtrace.contracts.jsonschema.automaton import Irregular
from evtrace.contracts.jsonschema.strings import matches
from evtrace.contracts.jsonschema.terms import (
    ANYTHING,
    ARRAY,
    BOOLEAN,
    BROKEN,
    FALSE,
    NULL,
    NUMBER,
    OBJECT,
    STRING,
    TRUE,
    WHOLE,
    WHOLE_AS_FLOAT,
    All,
    Among,
    Bound,
    Checked,
    Contains,
    ItemAt,
    Items,
    Key,
    Kind,
    Member,
    MemberName,
    Members,
    Multiple,
    Names,
    One,
    Pattern,
    Recursive,
    Required,
    Size,
    Term,
    Unique,
    scalar_key,
)

#: Of which kinds a term says something; it holds of all others.
_ABOUT: dict[type, int] = {
    Bound: NUMBER, Multiple: NUMBER, Pattern: STRING, Checked: STRING, Items: ARRAY, Unique: ARRAY, Contains: ARRAY,
    Members: OBJECT, Required: OBJECT, Names: OBJECT,
}  # fmt: skip
#: Terms that hold only of values of a kind.
_ONLY: dict[type, int] = {ItemAt: ARRAY, Member: OBJECT, MemberName: OBJECT}

_KIND_OF_SCALAR = {
    "null": NULL,
    "boolean": BOOLEAN,
    "whole": WHOLE | WHOLE_AS_FLOAT,
    "broken": BROKEN,
    "string": STRING,
}


class Terms:
    """All terms of one comparison."""

    def __init__(self) -> None:
        self._terms: list[Term] = [All(frozenset()), All(frozenset())]
        self._numbers: dict[Term, int] = {All(frozenset()): TRUE}
        self._kinds: dict[int, int] = {TRUE: ANYTHING, FALSE: 0}
        self.targets: dict[int, int] = {}  # of recursive terms
        self.kinds = ANYTHING & ~WHOLE_AS_FLOAT

    def term(self, literal: int) -> Term:
        """The term of a literal, whatever its sign."""
        return self._terms[abs(literal)]

    def number(self, term: Term) -> int:
        """The literal of a term."""
        known = self._numbers.get(term)
        if known is None:
            known = self._numbers[term] = len(self._terms)
            self._terms.append(term)
        return known

    def all(self, parts: Iterable[int]) -> int:
        """The literal that holds where all do."""
        flat: set[int] = set()
        for part in parts:
            term = self._terms[abs(part)]
            if part > 0 and type(term) is All:
                flat |= term.parts
            else:
                flat.add(part)
        flat.discard(TRUE)
        if FALSE in flat or any(self._is_denied(part, flat) for part in flat):
            return FALSE
        if len(flat) == 1:
            return flat.pop()
        return self.number(All(frozenset(flat)))

    def _is_denied(self, part: int, flat: set[int]) -> bool:
        """Do the others say the opposite?"""
        if part > 0:
            return -part in flat
        term = self._terms[-part]
        return type(term) is All and term.parts <= flat

    def any(self, parts: Iterable[int]) -> int:
        """The literal that holds where at least one does."""
        return -self.all(-part for part in parts)

    def one(self, parts: Iterable[int]) -> int:
        """The literal that holds where exactly one does."""
        real = sorted(part for part in parts if part != FALSE)
        if len(real) < 2:
            return real[0] if real else FALSE
        return self.number(One(tuple(real)))

    def kind(self, kinds: int) -> int:
        """The literal that holds of the values of these kinds."""
        kinds &= ANYTHING
        return TRUE if kinds == ANYTHING else FALSE if not kinds else self.number(Kind(kinds))

    def among(self, values: Iterable[Any]) -> int:
        """The literal that holds of these values."""
        pairs = [(scalar_key(value), value) for value in values]
        keys = frozenset(key for key, _ in pairs if key is not None)
        scalars = [self.number(Among(keys))] if keys else []
        return self.any((*scalars, *(self.equal(value) for key, value in pairs if key is None)))

    def required(self, name: str) -> int:
        """The literal that holds of objects with the property, and of all that are none."""
        return self.number(Required(name))

    def has(self, name: str) -> int:
        """The literal that holds of objects with the property."""
        return self.all((self.kind(OBJECT), self.required(name)))

    def items(self, first: Sequence[int], rest: int) -> int:
        """The literal of items of their places; places that say what all say are left out."""
        while first and first[-1] == rest:
            first = first[:-1]
        return self.number(Items(tuple(first), rest)) if first or rest != TRUE else TRUE

    def members(self, named: Mapping[str, int], matching: Mapping[str, int], rest: int) -> int:
        """The literal of properties; names that say what is said without them are left out."""
        kept = {name: said for name, said in named.items() if said != _otherwise(name, matching, rest)}
        if not kept and rest == TRUE and all(said == TRUE for said in matching.values()):
            return TRUE
        return self.number(Members(tuple(sorted(kept.items())), tuple(sorted(matching.items())), rest))

    def equal(self, value: Any) -> int:
        """The literal that holds of exactly this value."""
        key = scalar_key(value)
        if key is not None:
            return self.number(Among(frozenset((key,))))
        if isinstance(value, list):
            items = self.number(Items(tuple(self.equal(item) for item in value), FALSE))
            return self.all((self.kind(ARRAY), items, self.number(Size(ARRAY, len(value), None))))
        named = tuple(sorted((name, self.equal(item)) for name, item in value.items()))
        needed = [self.required(name) for name in value]
        return self.all((self.kind(OBJECT), self.number(Members(named, (), FALSE)), *needed))

    def possible(self, literal: int) -> int:
        """Kinds of which the literal may hold; none of the others."""
        known = self._kinds.get(literal)
        if known is None:
            self._kinds[literal] = self.kinds  # while it is found out; only recursion looks
            known = self._kinds[literal] = self._possible(literal, self._terms[abs(literal)]) & self.kinds
        return known

    def _possible(self, literal: int, term: Term) -> int:
        match term:
            case Kind(kinds):
                return kinds if literal > 0 else ~kinds
            case All(parts) if literal > 0:
                kinds = ANYTHING
                for part in parts:
                    kinds &= self.possible(part)
                return kinds
            case All(parts):
                return self._some(-part for part in parts)
            case One(parts) if literal > 0:
                return self._some(parts)
            case Among(values):
                return _kinds_of(values) if literal > 0 else _kinds_beside(values)
            case Size(kind) if literal < 0:
                return kind
            case Recursive() if literal in self.targets or -literal in self.targets:
                target = self.targets[abs(literal)]
                return self.possible(target if literal > 0 else -target)
        if type(term) in _ONLY:
            return _ONLY[type(term)] if literal > 0 else ANYTHING
        return ANYTHING if literal > 0 else _ABOUT.get(type(term), ANYTHING)

    def _some(self, parts: Iterable[int]) -> int:
        kinds = 0
        for part in parts:
            kinds |= self.possible(part)
        return kinds


def _otherwise(name: str, matching: Mapping[str, int], rest: int) -> int | None:
    """What a name must satisfy that is not listed; None where patterns have a say."""
    try:
        return None if any(matches(regex, name) for regex in matching) else rest
    except Irregular:
        return None


def _kinds_of(values: Iterable[Key]) -> int:
    kinds = 0
    for name, _ in values:
        kinds |= _KIND_OF_SCALAR[name]
    return kinds


def _kinds_beside(values: frozenset[Key]) -> int:
    """Kinds with a value that is not among these."""
    gone = NULL if ("null", None) in values else 0
    if {("boolean", True), ("boolean", False)} <= values:
        gone |= BOOLEAN
    return ANYTHING & ~gone
