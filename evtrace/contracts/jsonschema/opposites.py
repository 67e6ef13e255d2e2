"""What it takes that a term does not hold: the ways to break each keyword."""

from __future__ import annotations

from collections.abc import Iterator

from evtrace.contracts.jsonschema.arena import Terms
from evtrace.contracts.jsonschema.terms import (
    FALSE,
    TRUE,
    Bound,
    Contains,
    ItemAt,
    Items,
    Member,
    MemberName,
    Members,
    Names,
    Size,
    Term,
)


def opposite(terms: Terms, term: Term) -> list[int] | None:
    """Literals of which one must hold where the term does not; None where the opposite is plain enough."""
    match term:
        case Bound(value, is_upper, is_open):
            return [terms.number(Bound(value, not is_upper, not is_open))]
        case Size():
            return list(_sizes(terms, term))
        case Items():
            return list(_items(terms, term))
        case Contains():
            return list(_contains(terms, term))
        case Members():
            return list(_members(terms, term))
        case Names(part):
            return [terms.number(MemberName(-part))]
        case ItemAt(place, is_last, part):
            first = (TRUE,) * place + ((-part,) if is_last else ())
            return [terms.number(Items(first, TRUE if is_last else -part))]
        case Member():
            return [_without(terms, term)]
        case MemberName(part):
            return [terms.number(Names(-part))]
    return None


def _sizes(terms: Terms, term: Size) -> Iterator[int]:
    if term.least:
        yield terms.number(Size(term.kind, 0, term.least - 1))
    if term.most is not None:
        yield terms.number(Size(term.kind, term.most + 1, None))


def _items(terms: Terms, term: Items) -> Iterator[int]:
    for place, part in enumerate(term.first):
        if part != TRUE:
            yield terms.number(ItemAt(place, True, -part))
    if term.rest != TRUE:
        yield terms.number(ItemAt(len(term.first), False, -term.rest))


def _contains(terms: Terms, term: Contains) -> Iterator[int]:
    if term.least:
        yield terms.number(Contains(term.part, 0, term.least - 1))
    if term.most is not None:
        yield terms.number(Contains(term.part, term.most + 1, None))


def _members(terms: Terms, term: Members) -> Iterator[int]:
    for name, part in term.named:
        if part != TRUE:
            yield terms.number(Member(-part, name=name))
    for regex, part in term.matching:
        if part != TRUE:
            yield terms.number(Member(-part, regex=regex))
    if term.rest != TRUE:
        names, patterns = (
            tuple(name for name, _ in term.named),
            tuple(regex for regex, _ in term.matching),
        )
        yield terms.number(Member(-term.rest, other_than=(names, patterns)))


def _without(terms: Terms, term: Member) -> int:
    if term.name is not None:
        return terms.number(Members(((term.name, -term.part),), (), TRUE))
    if term.regex is not None:
        return terms.number(Members((), ((term.regex, -term.part),), TRUE))
    assert term.other_than is not None
    names, patterns = term.other_than
    named = tuple((name, TRUE) for name in names)
    return terms.number(Members(named, tuple((regex, TRUE) for regex in patterns), -term.part))


__all__ = ["FALSE", "opposite"]
