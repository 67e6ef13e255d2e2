"""What a search can answer, and how answers are remembered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from evtrace.contracts.jsonschema.arena import Terms
from evtrace.contracts.jsonschema.holds import Holds

#: Literals that are certain of a value.
Facts = frozenset[int]


@dataclass(frozen=True)
class Witness:
    """A value of which the literal holds."""

    value: Any


@dataclass(frozen=True)
class Nothing:
    """There is no such value, as long as none is found for the goals that are assumed to fail."""

    assumed: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Unknown:
    """Neither a value nor a proof."""

    reason: str


Answer = Witness | Nothing | Unknown


class Failures:
    """What several attempts that found nothing say together."""

    def __init__(self) -> None:
        self._assumed: set[int] = set()
        self._unknown: Unknown | None = None

    def add(self, answer: Answer) -> None:
        """One more attempt."""
        if isinstance(answer, Nothing):
            self._assumed |= answer.assumed
        elif isinstance(answer, Unknown):
            self._unknown = self._unknown or answer

    def answer(self) -> Answer:
        """Nothing, if all found nothing."""
        return self._unknown or Nothing(frozenset(self._assumed))


class Seeker(Protocol):
    """Who searches for a whole, asked about its parts."""

    terms: Terms
    judge: Holds

    def solve(self, goal: int) -> Answer:
        """Search for a value inside the value that is being searched for."""


#: Searches for a value of one kind by facts alone.
Finder = Callable[[Seeker, int, Facts], Answer]


class Memory:
    """Answers by goal."""

    def __init__(self) -> None:
        self._known: dict[Any, Answer] = {}
        self._provisional: dict[Any, Nothing] = {}

    def forget(self) -> None:
        """Drop what rests on goals that were left open."""
        self._provisional.clear()

    def recalled(self, key: Any) -> Answer | None:
        """What is known of a goal."""
        return self._known.get(key) or self._provisional.get(key)

    def remembered(self, key: Any, answer: Answer) -> Answer:
        """Keep an answer; what rests on open goals only as long as they are."""
        if isinstance(answer, Nothing) and answer.assumed:
            self._provisional[key] = answer
        else:
            self._known[key] = answer
        return answer

    def closed(self, goal: int, answer: Answer) -> Answer:
        """The goal is no longer open: what rested on it now rests on what it rests on, or on nothing."""
        if isinstance(answer, Nothing):
            answer = Nothing(answer.assumed - {goal})
        for key, provisional in list(self._provisional.items()):
            if goal in provisional.assumed:
                del self._provisional[key]
                if isinstance(answer, Nothing):
                    self.remembered(key, Nothing(provisional.assumed - {goal} | answer.assumed))
        return self.remembered(goal, answer)
