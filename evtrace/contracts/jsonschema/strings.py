"""A string that matches these patterns, not those, is so long, and none of these: found, or proved absent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from evtrace.contracts.jsonschema.automaton import Automaton, Ranges
from evtrace.contracts.jsonschema.regex import automaton

#: What a person would type first.
_NICE = "aAx0 -_.:/@z1"
_MOST_STEPS = 20_000
_NO_CHARACTERS, _BEHIND = (0xD800, 0xE000), 0x110000  # halves of characters are none


class TooLong(Exception):
    """The search was given up."""


@dataclass(frozen=True)
class Wanted:
    """What a string must be."""

    matching: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()
    least: int = 0
    most: int | None = None
    other_than: frozenset[str] = frozenset()


def matches(regex: str, text: str) -> bool:
    """Does the expression match somewhere in the text?"""
    made = automaton(regex)
    states = _closed(made, frozenset((0,)), True, not text)
    for at, character in enumerate(text):
        states = _closed(made, _stepped(made, states, ord(character)), False, at + 1 == len(text))
    return made.last in states


def find(wanted: Wanted) -> str | None:
    """The shortest string that is wanted; None: there is none."""
    return _Search(wanted).run()


_States = tuple[frozenset[int], ...]
_Key = tuple[_States, int, str | None]  # states, length as far as it counts, prefix of a string to avoid


class _Search:
    """Breadth first over all automata side by side. A length beyond `least` no longer counts."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._made = [automaton(regex) for regex in (*wanted.matching, *wanted.failing)]

    def run(self) -> str | None:
        wanted = self._wanted
        starts = tuple(_closed(made, frozenset((0,)), True, False) for made in self._made)
        level: dict[_Key, str] = {(starts, 0, ""): ""}
        seen, length = set(level), 0
        while level and (wanted.most is None or length <= wanted.most):
            for (states, _, _), text in level.items():
                if (
                    length >= wanted.least
                    and text not in wanted.other_than
                    and self._accepts(states, not text)
                ):
                    return text
            level = {key: text for key, text in self._next(level, length) if key not in seen}
            seen |= level.keys()
            length += 1
            if len(seen) > _MOST_STEPS:
                raise TooLong
        return None

    def _accepts(self, states: _States, is_empty: bool) -> bool:
        wins = len(self._wanted.matching)
        ends = (
            made.last in _closed(made, state, is_empty, True)
            for made, state in zip(self._made, states, strict=True)
        )
        return all(end is (number < wins) for number, end in enumerate(ends))

    def _next(self, level: dict[_Key, str], length: int) -> list[tuple[_Key, str]]:
        wanted = self._wanted
        found: dict[_Key, str] = {}
        counted = min(length + 1, wanted.least)
        for (states, _, _), text in level.items():
            avoided = self._avoided(text)
            for character in (*_characters(self._made, states, avoided), *sorted(avoided)):
                after = self._after(states, ord(character))
                if after is not None:
                    # prefixes of strings to avoid are told apart; all others are alike
                    prefix = text + character if character in avoided else None
                    found.setdefault((after, counted, prefix), text + character)
        return list(found.items())

    def _avoided(self, text: str) -> set[str]:
        """Characters that go on towards a string to avoid; others of their class do not."""
        return {
            one[len(text)] for one in self._wanted.other_than if one.startswith(text) and len(one) > len(text)
        }

    def _after(self, states: _States, character: int) -> _States | None:
        after = tuple(
            _closed(made, _stepped(made, state, character), False, False)
            for made, state in zip(self._made, states, strict=True)
        )
        wins = len(self._wanted.matching)
        return after if all(after[:wins]) else None


def _closed(made: Automaton, states: frozenset[int], is_start: bool, is_end: bool) -> frozenset[int]:
    """All states that are reached without reading, without those that lead nowhere."""
    key = (states, is_start, is_end)
    known = made.closed.get(key)
    if known is None:
        reached = _reached(made, states, is_start, is_end)
        known = made.closed[key] = reached if is_start else reached & made.live
    return known


def _reached(made: Automaton, states: frozenset[int], is_start: bool, is_end: bool) -> frozenset[int]:
    reached, todo = set(states), list(states)
    while todo:
        state = todo.pop()
        steps = [
            *made.free[state],
            *(made.at_start[state] if is_start else ()),
            *(made.at_end[state] if is_end else ()),
        ]
        for after in steps:
            if after not in reached:
                reached.add(after)
                todo.append(after)
    return frozenset(reached)


def _stepped(made: Automaton, states: frozenset[int], character: int) -> frozenset[int]:
    return frozenset(
        after
        for state in states
        for ranges, after in made.reads[state]
        if any(low <= character <= high for low, high in ranges)
    )


def _characters(made: Sequence[Automaton], states: _States, avoided: set[str]) -> list[str]:
    """One character for each class that the automata tell apart here, the nicest first."""
    cuts = {0, *_NO_CHARACTERS}
    for one, reached in zip(made, states, strict=True):
        for ranges in {ranges for state in reached for ranges, _ in one.reads[state]}:
            cuts.update(_cuts(ranges))
    ends = sorted(cut for cut in cuts if cut < _BEHIND)
    classes = zip(ends, [*ends[1:], _BEHIND], strict=True)
    found = (_nicest(low, high - 1, avoided) for low, high in classes if low != _NO_CHARACTERS[0])
    return sorted((character for character in found if character), key=_liking)


@lru_cache(maxsize=2000)
def _cuts(ranges: Ranges) -> tuple[int, ...]:
    return tuple(cut for low, high in ranges for cut in (low, high + 1))


def _nicest(low: int, high: int, avoided: set[str]) -> str:
    for character in _NICE:
        if low <= ord(character) <= high and character not in avoided:
            return character
    first = max(low, 0x20) if high >= 0x20 else low
    return next((chr(code) for code in range(first, high + 1) if chr(code) not in avoided), "")


def _liking(character: str) -> tuple[int, int]:
    place = _NICE.find(character)
    return (place if place >= 0 else len(_NICE) if character.isprintable() else len(_NICE) + 1), ord(
        character
    )
