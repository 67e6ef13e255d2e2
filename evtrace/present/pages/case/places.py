"""Where each statement can be read again: every place once, with a name that links lead to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from evtrace.present.pages.markup import Html, join, link, tag
from evtrace.present.words import spot
from evtrace.results import Evidence, WhyAnswer

#: Lines of evidence that a page shows; its data holds all.
LINES = 1_500


@dataclass(frozen=True)
class Places:
    """All evidence of an answer."""

    numbers: dict[tuple[str, int | None], int]
    of: dict[int, Evidence]

    def link(self, evidence: Evidence | None) -> Html | None:
        """A link to what stands there."""
        if evidence is None:
            return None
        number = self.numbers.get((evidence.source, evidence.line))
        name = tag("code", _short(evidence))
        return link(f"evidence-{number}", name) if number and number <= LINES else name

    def links(self, evidence: tuple[Evidence, ...]) -> Html:
        return join((self.link(one) for one in evidence), " ")


def _short(evidence: Evidence) -> str:
    return spot(evidence).rpartition("/")[2]


def places(answer: WhyAnswer) -> Places:
    """Number every place, in the order in which the answer names it."""
    of: dict[tuple[str, int | None], Evidence] = {}
    for evidence in _all(answer):
        key = (evidence.source, evidence.line)
        if key not in of or (of[key].text is None and evidence.text is not None):
            of[key] = evidence
    return Places({key: number for number, key in enumerate(of, 1)}, dict(enumerate(of.values(), 1)))


def _all(answer: WhyAnswer) -> Iterator[Evidence]:
    yield from answer.cause.evidence if answer.cause else ()
    for step in answer.chain:
        yield from (one for one in (step.evidence, *(d.evidence for d in step.deliveries)) if one)
        yield from (line.evidence for line in step.logs)
    yield from (line.evidence for line in answer.other_logs)


def without_texts(value: Any) -> Any:
    """The same data; evidence names its place only."""
    if isinstance(value, Evidence):
        return replace(value, text=None)
    if isinstance(value, tuple):
        return tuple(without_texts(one) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: without_texts(getattr(value, one.name)) for one in fields(value)})
    return value
