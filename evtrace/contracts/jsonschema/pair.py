"""Two versions under one policy, and the one question: is there an event that shows a break?"""

from __future__ import annotations

from typing import Any

from evtrace.changes import BACKWARD, FORWARD
from evtrace.contracts.jsonschema.answers import Answer, Unknown, Witness
from evtrace.contracts.jsonschema.arena import Terms
from evtrace.contracts.jsonschema.document import Document
from evtrace.contracts.jsonschema.finders import FINDERS
from evtrace.contracts.jsonschema.reading import CLOSED, EXACT, OPEN, Reading
from evtrace.contracts.jsonschema.solver import Solver
from evtrace.contracts.jsonschema.spots import Side

#: Strict: all that validates is sent and must validate. Lenient: a writer sends only the properties that it declares,
#: and a reader ignores those that it does not.
STRICT, LENIENT = "strict", "lenient"


class Pair:
    """Two versions under one policy."""

    def __init__(self, old: Document, new: Document, policy: str) -> None:
        self.terms = Terms()
        self._solver = Solver(self.terms, FINDERS)
        self._is_strict = policy == STRICT
        self.old, self.new = self._side(old), self._side(new)
        self._writers = {BACKWARD: self._writer(self.old), FORWARD: self._writer(self.new)}

    def _side(self, document: Document) -> Side:
        exact = Reading(self.terms, document, EXACT)
        return Side(document, exact, exact if self._is_strict else Reading(self.terms, document, OPEN))

    def _writer(self, side: Side) -> Reading:
        return side.exact if self._is_strict else Reading(self.terms, side.document, CLOSED)

    def sides(self, direction: str) -> tuple[Side, Side]:
        """Reader and writer."""
        return (self.new, self.old) if direction == BACKWARD else (self.old, self.new)

    def refused(self, direction: str, said: int) -> Answer:
        """An event of the writer that breaks what the reader says, confirmed by the validator library."""
        answer = self._solver.find((self._writers[direction].root(), -said))
        if isinstance(answer, Witness) and not self.shows(direction, answer.value):
            return Unknown("an event was found on which the validator library disagrees")
        return answer

    def shows(self, direction: str, event: Any) -> bool:
        """Does the writer's schema allow the event, and the reader's refuse it?"""
        reader, writer = self.sides(direction)
        if reader.document.is_valid(event) or not writer.document.is_valid(event):
            return False
        judge, own = self._solver.judge, self._writers[direction]
        return self._is_strict or bool(
            judge.holds(own.root(), event) and judge.holds(-reader.reader.root(), event)
        )
