"""Is there a value of which a literal holds? A value, a proof that there is none, or an honest 'unknown'.

The search is a tableau: kinds of value apart, what is certain first, one choice after the other. Values inside a
value are goals of their own. A goal that comes up while it is being searched for cannot help itself: the smallest
value that meets it has no smaller one inside, so the inner goal fails, and whatever fails only for that reason is
remembered only as long as the outer goal is open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from evtrace.contracts.jsonschema.answers import (
    Answer,
    Facts,
    Failures,
    Finder,
    Memory,
    Nothing,
    Unknown,
    Witness,
)
from evtrace.contracts.jsonschema.arena import Terms
from evtrace.contracts.jsonschema.holds import Holds
from evtrace.contracts.jsonschema.opposites import opposite
from evtrace.contracts.jsonschema.terms import (
    ARRAY,
    BOOLEAN,
    BROKEN,
    FALSE,
    NULL,
    OBJECT,
    STRING,
    WHOLE,
    WHOLE_AS_FLOAT,
    All,
    One,
    Opaque,
    Recursive,
)

#: The order in which kinds are tried: what reads best as an example comes first.
_ORDER = (WHOLE, STRING, BOOLEAN, BROKEN, OBJECT, ARRAY, NULL, WHOLE_AS_FLOAT)
_MOST_STEPS, _MOST_IN_ALL, _DEEPEST = 6000, 120_000, 40

Choice = frozenset[int]


class GivenUp(Exception):
    """The search took too many steps."""


class Solver:
    """Answers for the literals of one comparison."""

    def __init__(self, terms: Terms, finders: Mapping[int, Finder]) -> None:
        self.terms = terms
        self._finders = finders
        self.judge = Holds(terms)
        self._open: set[int] = set()
        self._memory = Memory()
        self._steps = self._steps_before = 0

    def find(self, literals: Iterable[int]) -> Answer:
        """Search for a value of which all literals hold."""
        self._steps_before += self._steps
        self._steps = 0
        if self._steps_before > _MOST_IN_ALL:
            return Unknown("the schemas differ in too many places")
        try:
            return self.solve(self.terms.all(literals))
        except (GivenUp, RecursionError):
            self._open.clear()
            self._memory.forget()
            return Unknown("the schemas combine too many cases")

    def solve(self, goal: int) -> Answer:
        """Search for a value inside the value that is being searched for."""
        if goal == FALSE:
            return Nothing()
        known = self._memory.recalled(goal)
        if known is not None:
            return known
        if goal in self._open:
            return Nothing(frozenset((goal,)))
        if len(self._open) > _DEEPEST:
            return Unknown("the schemas nest too deep")
        self._open.add(goal)
        answer = self._any_kind(goal)
        self._open.discard(goal)
        return self._memory.closed(goal, answer)

    def _any_kind(self, goal: int) -> Answer:
        failures, kinds = Failures(), self.terms.possible(goal)
        for kind in _ORDER:
            if kinds & kind:
                answer = self._of_kind(kind, (goal,), ())
                if isinstance(answer, Witness):
                    return answer
                failures.add(answer)
        return failures.answer()

    # -- choices

    def _of_kind(self, kind: int, literals: Iterable[int], choices: Iterable[Choice]) -> Answer:
        expanded = self._expanded(kind, literals, choices)
        return Nothing() if expanded is None else self._choose(kind, *expanded)

    def _choose(self, kind: int, facts: Facts, choices: frozenset[Choice]) -> Answer:
        key = (kind, facts, choices)
        known = self._memory.recalled(key)
        return (
            known if known is not None else self._memory.remembered(key, self._chosen(kind, facts, choices))
        )

    def _chosen(self, kind: int, facts: Facts, choices: frozenset[Choice]) -> Answer:
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise GivenUp
        if not choices:
            return self._decided(kind, facts)
        answer = self._choose(kind, facts, frozenset())
        if isinstance(answer, Nothing) or self._suits(answer, choices):
            return answer
        if len(choices) > 1:
            for choice in _sorted(choices):
                answer = self._choose(kind, facts, frozenset((choice,)))
                if isinstance(answer, Nothing) or self._suits(answer, choices):
                    return answer
        return self._branched(kind, facts, choices)

    def _suits(self, answer: Answer, choices: Iterable[Choice]) -> bool:
        """A value that was found without looking at the choices may happen to suit them."""
        return isinstance(answer, Witness) and all(
            any(self.judge.holds(one, answer.value) for one in choice) for choice in choices
        )

    def _branched(self, kind: int, facts: Facts, choices: frozenset[Choice]) -> Answer:
        choice, failures = _sorted(choices)[0], Failures()
        for one in sorted(choice, key=abs):
            answer = self._of_kind(kind, (*facts, one), choices - {choice})
            if isinstance(answer, Witness):
                return answer
            failures.add(answer)
        return failures.answer()

    def _expanded(
        self, kind: int, literals: Iterable[int], choices: Iterable[Choice]
    ) -> tuple[Facts, frozenset[Choice]] | None:
        """What is certain of a value of this kind, and what is left to choose; None: a contradiction."""
        facts: set[int] = set()
        todo, left = list(literals), list(choices)
        while True:
            while todo:
                literal = todo.pop()
                if -literal in facts or not self._may(literal, kind):
                    return None
                if literal not in facts and self._may(-literal, kind):
                    self._add(literal, facts, todo, left)
            left = [kept for choice in left if (kept := self._kept(choice, facts, kind)) is not None]
            if frozenset() in left:
                return None
            todo = [next(iter(choice)) for choice in left if len(choice) == 1]
            left = [choice for choice in left if len(choice) > 1]
            if not todo:
                return frozenset(facts), frozenset(left)

    def _add(self, literal: int, facts: set[int], todo: list[int], left: list[Choice]) -> None:
        term = self.terms.term(literal)
        match term:
            case All(parts) if literal > 0:
                todo.extend(parts)
            case All(parts):
                left.append(frozenset(-part for part in parts))
            case One(parts):
                left.append(frozenset(self._ways(parts) if literal > 0 else self._failures(parts)))
            case Recursive():
                target = self.terms.targets[abs(literal)]
                todo.append(target if literal > 0 else -target)
            case _:
                ways = opposite(self.terms, term) if literal < 0 else None
                if ways is None:
                    facts.add(literal)
                else:
                    left.append(frozenset(ways))

    def _ways(self, parts: tuple[int, ...]) -> Iterator[int]:
        """Each part alone."""
        for place, part in enumerate(parts):
            others = (-other for at, other in enumerate(parts) if at != place)
            yield self.terms.all((part, *others))

    def _failures(self, parts: tuple[int, ...]) -> Iterator[int]:
        """None of the parts, or two of them."""
        yield self.terms.all(-part for part in parts)
        for place, part in enumerate(parts):
            yield from (self.terms.all((part, other)) for other in parts[place + 1 :])

    def _may(self, literal: int, kind: int) -> int:
        return self.terms.possible(literal) & kind

    def _kept(self, choice: Choice, facts: set[int], kind: int) -> Choice | None:
        """What is still to choose; None where it is settled."""
        kept = set()
        for one in choice:
            if one in facts or not self._may(-one, kind):
                return None
            if -one not in facts and self._may(one, kind):
                kept.add(one)
        return frozenset(kept)

    # -- deciding

    def _decided(self, kind: int, facts: Facts) -> Answer:
        """Find a value of one kind by the facts alone."""
        opaque = [term for fact in facts if isinstance(term := self.terms.term(fact), Opaque)]
        clear = frozenset(fact for fact in facts if not isinstance(self.terms.term(fact), Opaque))
        answer = self._finders[kind](self, kind, clear)
        if opaque and isinstance(answer, Witness):
            return Unknown(opaque[0].reason)
        return answer


def _sorted(choices: Iterable[Choice]) -> list[Choice]:
    return sorted(choices, key=lambda choice: (len(choice), sorted(choice)))
