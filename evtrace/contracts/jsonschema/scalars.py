"""Values without parts: found by the facts that are known of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from evtrace.contracts.jsonschema.answers import Answer, Facts, Failures, Nothing, Seeker, Unknown, Witness
from evtrace.contracts.jsonschema.automaton import Irregular
from evtrace.contracts.jsonschema.numbers import Numbers, Uncertain
from evtrace.contracts.jsonschema.strings import TooLong, Wanted, find
from evtrace.contracts.jsonschema.terms import (
    BOOLEAN,
    NULL,
    WHOLE,
    WHOLE_AS_FLOAT,
    Among,
    Bound,
    Checked,
    Key,
    Multiple,
    Pattern,
    Size,
)


def plain(seeker: Seeker, kind: int, facts: Facts) -> Answer:
    """null, a boolean or a number."""
    if kind == NULL:
        return _tried(seeker, facts, [None])
    if kind == BOOLEAN:
        return _tried(seeker, facts, [True, False])
    return _number(seeker, kind, facts)


def _tried(seeker: Seeker, facts: Facts, values: list[Any]) -> Answer:
    """The first of a few values that all facts hold of."""
    failures = Failures()
    for value in values:
        holds = seeker.judge.all(facts, value)
        if holds:
            return Witness(value)
        failures.add(Nothing() if holds is False else Unknown("a check that cannot be made"))
    return failures.answer()


def _among(seeker: Seeker, facts: Facts) -> tuple[frozenset[Key] | None, set[Key]]:
    """The values that are left, if they are listed; and those that it must not be."""
    left: frozenset[Key] | None = None
    avoided: set[Key] = set()
    for fact in facts:
        term = seeker.terms.term(fact)
        if isinstance(term, Among):
            if fact < 0:
                avoided |= term.values
            else:
                left = term.values if left is None else left & term.values
    return left, avoided


def _number(seeker: Seeker, kind: int, facts: Facts) -> Answer:
    name = "whole" if kind in (WHOLE, WHOLE_AS_FLOAT) else "broken"
    left, avoided = _among(seeker, facts)
    if left is not None:
        numbers = sorted(value for own, value in left if own == name and isinstance(value, Fraction))
        return _tried(seeker, facts, [_written(number, kind) for number in numbers])
    known = Numbers()
    for fact in facts:
        term = seeker.terms.term(fact)
        if isinstance(term, Bound):
            known.bound(term)
        elif isinstance(term, Multiple):
            known.multiple(term, fact > 0)
    try:
        number = known.find(kind, [value for _, value in avoided if isinstance(value, Fraction)])
    except Uncertain:
        return Unknown("multiples that seldom meet")
    return Nothing() if number is None else Witness(_written(number, kind))


def _written(number: Fraction, kind: int) -> int | float:
    return int(number) if kind == WHOLE else float(number)


@dataclass
class _Text:
    """What is known of a string."""

    least: int = 0
    most: int | None = None
    matching: list[str] = field(default_factory=list)
    failing: list[str] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)  # formats that it has
    is_checked: bool = False

    def wanted(self, avoided: frozenset[str], least: int) -> Wanted:
        matching = sorted({*self.matching, *(_SHAPES[check] for check in self.checks if check in _SHAPES)})
        return Wanted(
            tuple(matching), tuple(sorted(self.failing)), max(self.least, least), self.most, avoided
        )


def string(seeker: Seeker, kind: int, facts: Facts) -> Answer:
    """A string."""
    left, avoided = _among(seeker, facts)
    if left is not None:
        return _tried(seeker, facts, sorted(str(value) for name, value in left if name == "string"))
    text = _text(seeker, facts)
    if text.most is not None and text.most < text.least:
        return Nothing()
    wanted = [text.wanted(frozenset(str(v) for n, v in avoided if n == "string"), least) for least in (1, 0)]
    reason = "a format"
    try:
        found = [one for one in map(find, wanted) if one is not None]
        if not found:
            return Nothing()
        if not text.is_checked:
            return Witness(found[0])
    except Irregular as problem:
        found, reason = [], str(problem)
    except TooLong:
        found, reason = [], "patterns that take too long to compare"
    answer = _tried(seeker, facts, [*_samples(text.checks), *found, *_OTHERS])
    return answer if isinstance(answer, Witness) else Unknown(reason)


def _text(seeker: Seeker, facts: Facts) -> _Text:
    text = _Text()
    for fact in facts:
        match seeker.terms.term(fact):
            case Size(_, least, most):
                text.least = max(text.least, least)
                text.most = most if text.most is None else text.most if most is None else min(most, text.most)
            case Pattern(regex):
                (text.matching if fact > 0 else text.failing).append(regex)
            case Checked(fragment):
                text.is_checked = True
                if fact > 0:
                    text.checks.append(json.loads(fragment).get("format", fragment))
    return text


def _samples(checks: list[str]) -> Iterator[str]:
    for check in checks:
        yield from _FORMATS.get(check, ())


#: Strings to try where a check is not understood.
_OTHERS = (
    "", "a", "A", "0", "1", "-", "_", " ", "ab", "abc", "test", "Test1", "foo", "FOO", "foo bar", "a-b", "a_b",
    "123", "12345", "{}", "[]", "null", "\n", "\u00e9", "a/b", "a.b", "#", "%", "[", "(", "{no", "\x00 {no[",
    "abcdefgh", "ABCDEFGH", "Passw0rd!", "aaaaaaaaaaaaaaaaaaaa", "2020-02-30", "http://", "1.2.3.4.5", "a@", "//",
)  # fmt: skip

#: Format → strings that have it.
_FORMATS = {
    "date-time": ("2024-01-31T12:00:00Z", "2024-01-31T12:00:00.5+01:00", "1985-04-12T23:20:50.52Z"),
    "date": ("2024-01-31", "1999-12-01"),
    "time": ("12:00:00Z", "23:20:50.52+01:00"),
    "email": ("a@example.com", "first.last@example.org"),
    "idn-email": ("a@example.com",),
    "hostname": ("example.com", "a", "localhost"),
    "idn-hostname": ("example.com", "a"),
    "ipv4": ("192.0.2.1", "1.2.3.4"),
    "ipv6": ("2001:db8::1", "::1"),
    "uri": ("https://example.com/a", "urn:a:b", "a:b"),
    "uri-reference": ("/a", "a", "https://example.com/a", ""),
    "iri": ("https://example.com/a", "a:b"),
    "iri-reference": ("/a", "a", ""),
    "uri-template": ("/a/{b}", "a", ""),
    "json-pointer": ("/a", "", "/a/0"),
    "relative-json-pointer": ("0", "1/a"),
    "regex": ("a", "^a$", "", "[a-z]+"),
    "uuid": ("123e4567-e89b-12d3-a456-426614174000",),
    "duration": ("P1D", "PT1H"),
}

#: Format → what all its strings match; for proofs that no string has two formats.
_SHAPES = {
    "date-time": r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}",
    "date": r"^\d{4}-\d{2}-\d{2}$",
    "time": r"^\d{2}:\d{2}:\d{2}",
    "email": "@",
    "ipv4": r"^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$",
    "ipv6": ":",
    "uri": "^[A-Za-z][A-Za-z0-9+.-]*:",
    "uuid": "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$",
}
