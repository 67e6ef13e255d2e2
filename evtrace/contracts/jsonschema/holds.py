"""Does a literal hold of a value? The same question that the solver answers, with the value at hand."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from evtrace.contracts.jsonschema import dialects
from evtrace.contracts.jsonschema.arena import Terms
from evtrace.contracts.jsonschema.automaton import Irregular
from evtrace.contracts.jsonschema.strings import matches
from evtrace.contracts.jsonschema.terms import (
    ARRAY,
    BOOLEAN,
    BROKEN,
    NULL,
    OBJECT,
    STRING,
    WHOLE,
    WHOLE_AS_FLOAT,
    All,
    Among,
    Bound,
    Checked,
    Contains,
    ItemAt,
    Items,
    Kind,
    Member,
    MemberName,
    Members,
    Multiple,
    Names,
    One,
    Opaque,
    Pattern,
    Recursive,
    Required,
    Size,
    Term,
    Unique,
    exact,
    scalar_key,
)


def kind_of(value: Any) -> int:
    """The one kind of a value."""
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, int):
        return WHOLE
    if isinstance(value, float):
        return WHOLE_AS_FLOAT if value.is_integer() else BROKEN
    return {type(None): NULL, str: STRING, list: ARRAY, dict: OBJECT}[type(value)]


def frozen(value: Any) -> Any:
    """A value that can be compared as JSON compares: 1 is 1.0, and True is not 1."""
    if isinstance(value, list):
        return ("array", tuple(frozen(item) for item in value))
    if isinstance(value, dict):
        return ("object", frozenset((key, frozen(item)) for key, item in value.items()))
    return scalar_key(value)


class Holds:
    """Answers for the literals of one comparison; None where it cannot tell."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    def holds(self, literal: int, value: Any) -> bool | None:
        """Does the literal hold of the value?"""
        answer = self._term(self._terms.term(literal), abs(literal), value)
        return answer if literal > 0 or answer is None else not answer

    def all(self, literals: Iterable[int], value: Any) -> bool | None:
        """Do all of them hold?"""
        return _every(self.holds(literal, value) for literal in literals)

    def _term(self, term: Term, number: int, value: Any) -> bool | None:
        match term:
            case All(parts):
                return self.all(parts, value)
            case One(parts):
                return self._counted(parts, value)
            case Recursive():
                return self.holds(self._terms.targets[number], value)
            case Opaque():
                return None
            case Kind(kinds):
                return bool(kind_of(value) & kinds)
            case Among(values):
                return scalar_key(value) in values
        if isinstance(value, str):
            return _string(term, value)
        if isinstance(value, list):
            return self._array(term, value)
        if isinstance(value, dict):
            return self._object(term, value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return _number(term, exact(value))
        return not isinstance(term, (ItemAt, Member, MemberName))

    def _counted(self, parts: Iterable[int], value: Any) -> bool | None:
        """Does exactly one hold?"""
        count, is_sure = 0, True
        for part in parts:
            answer = self.holds(part, value)
            count, is_sure = count + bool(answer), is_sure and answer is not None
            if count > 1:
                return False
        return count == 1 if is_sure else None

    def _array(self, term: Term, value: list[Any]) -> bool | None:
        match term:
            case Items(first, rest):
                return _every(
                    self.holds(first[at] if at < len(first) else rest, item) for at, item in enumerate(value)
                )
            case Size(kind, least, most) if kind == ARRAY:
                return least <= len(value) and (most is None or len(value) <= most)
            case Unique():
                return len({frozen(item) for item in value}) == len(value)
            case Contains(part, least, most):
                answers = [self.holds(part, item) for item in value]
                if None in answers:
                    return None
                return least <= answers.count(True) and (most is None or answers.count(True) <= most)
            case ItemAt(place, is_last, part):
                return _some(self.holds(part, item) for item in value[place : place + 1 if is_last else None])
        return not isinstance(term, (Member, MemberName))

    def _object(self, term: Term, value: dict[str, Any]) -> bool | None:
        match term:
            case Members():
                return _every(self.all(wanted(term, name), item) for name, item in value.items())
            case Required(name):
                return name in value
            case Size(kind, least, most) if kind == OBJECT:
                return least <= len(value) and (most is None or len(value) <= most)
            case Names(part):
                return _every(self.holds(part, name) for name in value)
            case Member(part):
                return _some(self.holds(part, item) for name, item in value.items() if chooses(term, name))
            case MemberName(part):
                return _some(self.holds(part, name) for name in value)
        return not isinstance(term, ItemAt)


def wanted(members: Members, name: str) -> tuple[int, ...]:
    """What the value of a property must satisfy."""
    found = [literal for own, literal in members.named if own == name]
    found += [literal for regex, literal in members.matching if fits(regex, name)]
    return tuple(found) or (members.rest,)


def chooses(member: Member, name: str) -> bool:
    """Is this property one of those that are meant?"""
    if member.name is not None:
        return member.name == name
    if member.regex is not None:
        return fits(member.regex, name)
    assert member.other_than is not None
    names, patterns = member.other_than
    return name not in names and not any(fits(regex, name) for regex in patterns)


def fits(regex: str, text: str) -> bool:
    """Does the expression match? What automata cannot do, the validator library does."""
    try:
        return matches(regex, text)
    except Irregular:
        import json

        fragment = json.dumps({"pattern": regex})
        return bool(dialects.checker(fragment, "2020-12").is_valid(text))


def _string(term: Term, value: str) -> bool:
    match term:
        case Size(kind, least, most) if kind == STRING:
            return least <= len(value) and (most is None or len(value) <= most)
        case Pattern(regex):
            return fits(regex, value)
        case Checked(fragment, draft):
            return bool(dialects.checker(fragment, draft).is_valid(value))
    return not isinstance(term, (ItemAt, Member, MemberName))


def _number(term: Term, value: Fraction) -> bool:
    match term:
        case Bound(limit, is_upper, is_open):
            return (value < limit if is_upper else value > limit) or (not is_open and value == limit)
        case Multiple(of):
            return (value / of).denominator == 1
    return not isinstance(term, (ItemAt, Member, MemberName))


def _every(answers: Iterable[bool | None]) -> bool | None:
    found: bool | None = True
    for answer in answers:
        if answer is False:
            return False
        found = found and answer
    return found


def _some(answers: Iterable[bool | None]) -> bool | None:
    found: bool | None = False
    for answer in answers:
        if answer:
            return True
        found = None if answer is None else found
    return found
