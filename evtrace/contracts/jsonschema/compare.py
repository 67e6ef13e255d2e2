"""Which differences between two JSON Schemas break what, each break with an event that shows it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from evtrace.changes import BACKWARD, DIRECTIONS
from evtrace.contracts.found import Comparison, Found
from evtrace.contracts.jsonschema.answers import Unknown, Witness
from evtrace.contracts.jsonschema.document import Document
from evtrace.contracts.jsonschema.pair import STRICT, Pair
from evtrace.contracts.jsonschema.places import Place
from evtrace.contracts.jsonschema.probes import probes
from evtrace.contracts.jsonschema.rules import BY_ID, WHY
from evtrace.contracts.jsonschema.walk import Difference, Walk


@dataclass(frozen=True)
class _Total:
    """One direction as a whole."""

    is_broken: bool
    example: Any = None
    doubt: str = ""


def compare(old: Document, new: Document, policy: str) -> Comparison:
    """Find every difference and the directions that it breaks."""
    if old.digest == new.digest:
        return Comparison(())
    pair = Pair(old, new, policy)
    totals = {direction: _total(pair, direction) for direction in DIRECTIONS}
    broken = [direction for direction in DIRECTIONS if totals[direction].is_broken]
    found = [_found(pair, difference, broken) for difference in Walk(pair.old, pair.new).differences()]
    found = [one for one in found if one.effects or one.rule.id != "json/branches-overlap"]
    for direction in broken:
        if not any(direction in one.examples for one in found):
            found = _explained(pair, found, direction, totals[direction].example)
    doubts = {direction: total.doubt for direction, total in totals.items() if total.doubt}
    return Comparison(tuple(found), doubts)


def _total(pair: Pair, direction: str) -> _Total:
    """Does the direction hold for all events? A proof is tried on events near the edges all the same."""
    reader, writer = pair.sides(direction)
    answer = pair.refused(direction, reader.reader.root())
    if isinstance(answer, Witness):
        return _Total(True, answer.value)
    for event in probes(writer.document, reader.document):
        if pair.shows(direction, event):
            return _Total(True, event)
    return _Total(False, doubt=answer.reason if isinstance(answer, Unknown) else "")


def _found(pair: Pair, difference: Difference, broken: list[str]) -> Found:
    """Where a direction is broken at all, ask whether this difference alone breaks it."""
    examples = {}
    for direction in broken:
        answer = pair.refused(direction, difference.new if direction == BACKWARD else difference.old)
        if isinstance(answer, Witness):
            examples[direction] = answer.value
    why = "".join(WHY.get((difference.rule, direction), "") for direction in examples)
    effects = dict.fromkeys(examples, "breaking")
    if not effects and difference.effect:
        effects = dict.fromkeys(DIRECTIONS, difference.effect)
    plain = _plain(pair, difference.rule, difference.path, difference.place)
    return replace(plain, effects=effects, words={**difference.words, "why": why}, examples=examples)


def _plain(pair: Pair, rule: str, path: str, place: Place) -> Found:
    document = pair.new.document
    return Found(BY_ID[rule], path, document.label_of(place), document.line(place))


def _explained(pair: Pair, found: list[Found], direction: str, example: Any) -> list[Found]:
    """A break that no difference accounts for alone: the draft's doing, or what the validator library says."""
    for at, one in enumerate(found):
        if one.rule.id == "json/dialect-changed":
            blamed = replace(
                one,
                words={**one.words, "hint": "; keywords mean other things there"},
                effects={**one.effects, direction: "breaking"},
                examples={**one.examples, direction: example},
            )
            return [*found[:at], blamed, *found[at + 1 :]]
    return [*found, _narrowed(pair, direction, example)]


def _narrowed(pair: Pair, direction: str, example: Any) -> Found:
    reader, _ = pair.sides(direction)
    reason = next((str(problem.message) for problem in reader.document.errors(example)), "it allows less")
    names = ("the new schema", "the old one") if direction == BACKWARD else ("the old schema", "the new one")
    entry = pair.new.document.entry
    return replace(
        _plain(pair, "json/narrowed", entry.pointer, entry),
        effects={direction: "breaking"},
        examples={direction: example},
        words={"reader": names[0], "writer": names[1], "reason": reason},
    )


__all__ = ["STRICT", "compare"]
