"""Automata over characters: states, and the ranges of characters that lead from one to the next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

Ranges = tuple[tuple[int, int], ...]  # sorted, apart, both ends included

_LAST = 0x10FFFF
_MOST_STATES = 4000


class Irregular(Exception):
    """An expression that no automaton here can stand for; its text says why."""


@dataclass
class Automaton:
    """States with steps; -1 stands for none. State 0 begins, `last` accepts."""

    last: int = 0
    free: list[list[int]] = field(default_factory=list)  # steps that read nothing
    at_start: list[list[int]] = field(default_factory=list)  # only before the first character
    at_end: list[list[int]] = field(default_factory=list)  # only behind the last character
    reads: list[list[tuple[Ranges, int]]] = field(default_factory=list)
    closed: dict[tuple[frozenset[int], bool, bool], frozenset[int]] = field(
        default_factory=dict
    )  # found so far
    live: frozenset[int] = frozenset()  # states that can still accept behind the first character

    def state(self) -> int:
        """A new state."""
        if len(self.free) >= _MOST_STATES:
            raise Irregular("the pattern counts too far")
        for steps in (self.free, self.at_start, self.at_end):
            steps.append([])
        self.reads.append([])
        return len(self.free) - 1


def live(made: Automaton) -> frozenset[int]:
    """The states from which it can still accept behind the first character."""
    before: list[list[int]] = [[] for _ in made.free]
    for state in range(len(made.free)):
        for after in (*made.free[state], *made.at_end[state], *(after for _, after in made.reads[state])):
            before[after].append(state)
    reached, todo = {made.last}, [made.last]
    while todo:
        for state in before[todo.pop()]:
            if state not in reached:
                reached.add(state)
                todo.append(state)
    return frozenset(reached)


def united(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Ranges sorted and joined."""
    joined: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return tuple(joined)


def beside(ranges: Ranges) -> Ranges:
    """All characters that are not in the ranges."""
    gaps, next_low = [], 0
    for low, high in ranges:
        if next_low < low:
            gaps.append((next_low, low - 1))
        next_low = high + 1
    return (*gaps, (next_low, _LAST)) if next_low <= _LAST else tuple(gaps)


def of(characters: str) -> Ranges:
    """The ranges of these characters."""
    return united((ord(character), ord(character)) for character in characters)


DIGIT: Ranges = ((0x30, 0x39),)
WORD: Ranges = united([*DIGIT, (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)])
SPACE = of(
    "\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))
)
LINE_END = of("\n\r\u2028\u2029")
ANY: Ranges = ((0, _LAST),)
CLASSES = {
    "d": DIGIT,
    "w": WORD,
    "s": SPACE,
    "D": beside(DIGIT),
    "W": beside(WORD),
    "S": beside(SPACE),
}
CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "0": "\0"}
