"""The laws of the JSON Schema engine, on schemas that nobody wrote."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from evtrace.changes import BACKWARD, DIRECTIONS, FORWARD
from evtrace.contracts.check import Terms, check
from evtrace.contracts.jsonschema import Document, compare, parse
from evtrace.contracts.jsonschema.automaton import Irregular
from evtrace.contracts.jsonschema.numbers import Numbers, Uncertain
from evtrace.contracts.jsonschema.strings import Wanted, find, matches
from evtrace.contracts.jsonschema.terms import BROKEN, WHOLE, Bound, Multiple
from evtrace.contracts.modes import mode
from evtrace.contracts.source import Source
from evtrace.errors import UnreadableError
from tests.contracts.schemas import DRAFTS, pairs, values

LAWS = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


def document(schema: Any) -> Document:
    try:
        return parse(Source("event.json", {"event.json": json.dumps(schema)}))
    except UnreadableError as problem:
        assume("leads back to itself" not in str(problem))
        raise


@pytest.mark.parametrize("draft", DRAFTS)
@LAWS
@given(data=st.data())
def test_every_verdict_is_shown_or_survives_all_values(draft: str, data: st.DataObject) -> None:
    old, new = (document(schema) for schema in data.draw(pairs(draft)))
    found = compare(old, new, "strict")
    sides = {BACKWARD: (new, old), FORWARD: (old, new)}
    events = data.draw(st.lists(values, max_size=40))
    for direction, (reader, writer) in sides.items():
        examples = [one.examples[direction] for one in found.found if direction in one.examples]
        for example in examples:
            assert writer.is_valid(example) and not reader.is_valid(example)
        if not examples and direction not in found.undecided:
            assert not [event for event in events if writer.is_valid(event) and not reader.is_valid(event)]


@pytest.mark.parametrize("draft", DRAFTS)
@LAWS
@given(data=st.data())
def test_modes_and_policies_agree_with_each_other(draft: str, data: st.DataObject) -> None:
    old, new = (document(schema) for schema in data.draw(pairs(draft)))
    strict, lenient = (compare(old, new, policy) for policy in ("strict", "lenient"))
    for direction in DIRECTIONS:
        broken = [
            any(direction in one.effects for one in found.found if one.examples)
            for found in (strict, lenient)
        ]
        assert broken[0] or not broken[1]  # what the lenient policy refuses, the strict one refuses as well
    backward, forward = compare(old, new, "strict"), compare(new, old, "strict")
    assert _broken(backward, BACKWARD) == _broken(forward, FORWARD)
    assert _broken(backward, FORWARD) == _broken(forward, BACKWARD)


def _broken(found: Any, direction: str) -> bool:
    return any(direction in one.examples for one in found.found)


@pytest.mark.parametrize("draft", DRAFTS)
@pytest.mark.parametrize("policy", ["strict", "lenient"])
@LAWS
@given(data=st.data())
def test_a_schema_fits_itself_even_where_it_is_written_anew(
    draft: str, policy: str, data: st.DataObject
) -> None:
    old, _ = data.draw(pairs(draft))
    again = {**old, "title": "the same under another name"}
    found = compare(document(old), document(again), policy)
    assert {one.rule.id for one in found.found} == {"json/annotation-changed"}
    assert not found.undecided


@LAWS
@given(data=st.data())
def test_transitive_is_every_pair_and_full_is_both_directions(data: st.DataObject) -> None:
    schemas = [schema for _ in range(2) for schema in data.draw(pairs("07"))]
    for schema in schemas:
        document(schema)  # loops are not what this is about
    versions = [Source(f"v{n}.json", {f"v{n}.json": json.dumps(one)}) for n, one in enumerate(schemas)]
    new, older = versions[0], versions[1:]

    def verdict(against: list[Source], asked: str) -> bool | None:
        return check(against, new, Terms(mode(asked), "strict", "json")).compatible

    for asked in ("BACKWARD", "FORWARD", "FULL"):
        each = [verdict([one], asked) for one in older]
        whole = False if False in each else None if None in each else True
        assert verdict(older, f"{asked}_TRANSITIVE") is whole
        assert verdict(older, asked) is each[0]
    assert verdict(older, "FULL") is _and(verdict(older, "BACKWARD"), verdict(older, "FORWARD"))
    assert verdict(older, "NONE") is True


def _and(one: bool | None, other: bool | None) -> bool | None:
    return False if False in (one, other) else None if None in (one, other) else True


# -- strings and numbers, against the validator library and against counting

_PIECES = ("a", "b", "[ab]", "[^a]", ".", "\\d", "\\w", "0", "\\s", "^", "$", "[a-c]", "\\x61", "\\u0062")
_regexes = st.recursive(
    st.sampled_from(_PIECES),
    lambda inner: (
        st.tuples(inner, inner).map("".join)
        | st.tuples(inner, inner).map(lambda two: f"(?:{two[0]}|{two[1]})")
        | st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{0,1}", "{2,}", "{0}"])).map(
            lambda two: f"(?:{two[0]}){two[1]}"
        )
    ),
    max_leaves=8,
)
_texts = [
    "",
    "a",
    "b",
    "ab",
    "ba",
    "0",
    "aa",
    "a0",
    " ",
    "abab",
    "\n",
    "\u00e9",
    "aab b",
    "c",
    "A_",
]


@settings(max_examples=200, deadline=None)
@given(regex=_regexes)
def test_expressions_match_as_the_validator_library_matches(regex: str) -> None:
    validator = jsonschema_rs.Draft202012Validator({"pattern": regex})
    assert [matches(regex, text) for text in _texts] == [validator.is_valid(text) for text in _texts]


@settings(max_examples=200, deadline=None)
@given(
    good=st.lists(_regexes, max_size=2),
    bad=st.lists(_regexes, max_size=2),
    sizes=st.tuples(st.integers(0, 3), st.integers(0, 4)),
)
def test_a_string_is_found_or_there_is_none(good: list[str], bad: list[str], sizes: tuple[int, int]) -> None:
    avoided = frozenset(("a", "ab", ""))
    wanted = Wanted(tuple(good), tuple(bad), sizes[0], sizes[1], avoided)

    def suits(text: str) -> bool:
        fits = all(matches(one, text) for one in good) and not any(matches(one, text) for one in bad)
        return fits and sizes[0] <= len(text) <= sizes[1] and text not in avoided

    found = find(wanted)
    assert suits(found) if found is not None else not any(map(suits, _texts))


@pytest.mark.parametrize("regex", ["(?=a)", "(?<=a)b", "(a)\\1", "\\p{L}", "\\bword", "a{1,9999}", "a**"])
def test_what_no_automaton_can_do_is_said(regex: str) -> None:
    with pytest.raises(Irregular):
        matches(regex, "a")


def test_a_number_is_found_or_there_is_none() -> None:
    """Against all twentieths between -20 and 20."""
    chance = random.Random(3)
    for _ in range(600):
        known = Numbers()
        for _ in range(chance.randint(0, 3)):
            value = Fraction(chance.randint(-20, 20), chance.choice([1, 1, 2, 4, 10]))
            known.bound(Bound(value, chance.random() < 0.5, chance.random() < 0.4))
        for _ in range(chance.randint(0, 2)):
            step = chance.choice([Fraction(1), Fraction(2), Fraction(3), Fraction(1, 2), Fraction(3, 2)])
            known.multiple(Multiple(step), chance.random() < 0.6)
        avoided = {Fraction(chance.randint(-3, 3)) for _ in range(chance.randint(0, 3))}
        for kind in (WHOLE, BROKEN):
            numbers = [
                n for i in range(-400, 401) if ((n := Fraction(i, 20)).denominator != 1) == (kind == BROKEN)
            ]
            some = any(known.holds(number) and number not in avoided for number in numbers)
            found = known.find(kind, avoided)
            assert found is not None or not some
            assert found is None or (known.holds(found) and found not in avoided)


def test_multiples_that_seldom_meet_are_left_open() -> None:
    known = Numbers()
    for number in (7, 11, 13, 17, 19):
        known.multiple(Multiple(Fraction(number)), False)
    with pytest.raises(Uncertain):
        known.find(WHOLE, [])
