"""Holds answers against the truth."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.diagnosis.scenarios.truth import Cause, Truth

#: A 95 % interval.
_Z = 1.959963984540054

Named = tuple[str, str | None, str | None]  # kind, service, event type


@dataclass(frozen=True)
class Answer:
    """What is said of an order."""

    verdict: str | None
    causes: tuple[Named, ...]  # the first one first


@dataclass
class Share:
    """So many of so many."""

    good: int = 0
    of: int = 0

    def add(self, is_good: bool) -> None:
        self.good += is_good
        self.of += 1

    @property
    def share(self) -> float:
        return self.good / self.of if self.of else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's score interval: holds its level near 0 and 1, where the normal one does not."""
        if not self.of:
            return (math.nan, math.nan)
        n, p = self.of, self.share
        middle = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        half = _Z / (1 + _Z**2 / n) * math.sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2))
        return (max(0.0, middle - half), min(1.0, middle + half))


@dataclass
class Score:
    """How the answers of one run did."""

    top1: Share = field(default_factory=Share)
    by_fault: dict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    accused: Share = field(default_factory=Share)  # healthy orders that are given a cause
    not_completed: Share = field(default_factory=Share)  # healthy orders whose verdict is another
    accused_by_noise: dict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    both: Share = field(default_factory=Share)  # orders with two faults, both named
    either_first: Share = field(default_factory=Share)  # of those, one of them stands first
    unjudged: int = 0
    wrong: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    examples: dict[str, str] = field(
        default_factory=dict
    )  # order, planted, named: one of each way to be wrong


def score(truths: Iterable[Truth], answers: dict[str, Answer]) -> Score:
    """Count; orders without an answer count as not named."""
    found = Score()
    for truth in truths:
        if not truth.is_judged:
            found.unjudged += 1
        elif truth.fault is None:
            _healthy(found, truth, answers.get(truth.order_id))
        elif truth.fault == "two_faults":
            _two(found, truth, answers.get(truth.order_id))
        else:
            _one(found, truth, answers.get(truth.order_id))
    return found


def _healthy(found: Score, truth: Truth, answer: Answer | None) -> None:
    named = answer.causes if answer else ()
    is_accused = any(kind != "unknown" for kind, _, _ in named)
    found.accused.add(is_accused)
    found.not_completed.add(answer is None or answer.verdict != "completed")
    if truth.noise:
        found.accused_by_noise[truth.noise].add(is_accused)
    if is_accused:
        _note(found, f"healthy/{truth.noise or 'quiet'}", truth, named)


def _one(found: Score, truth: Truth, answer: Answer | None) -> None:
    named = answer.causes if answer else ()
    is_right = bool(named) and names(named[0], truth.causes[0])
    found.top1.add(is_right)
    found.by_fault[str(truth.fault)].add(is_right)
    if not is_right:
        _note(found, str(truth.fault), truth, named)


def _two(found: Score, truth: Truth, answer: Answer | None) -> None:
    named = answer.causes if answer else ()
    are_both = all(any(names(one, cause) for one in named) for cause in truth.causes)
    found.both.add(are_both)
    found.either_first.add(bool(named) and any(names(named[0], cause) for cause in truth.causes))
    if not are_both:
        _note(found, "two_faults", truth, named)


def _note(found: Score, where: str, truth: Truth, named: Sequence[Named]) -> None:
    planted = " and ".join(
        f"{one.kind}({'|'.join(one.services)}, {'|'.join(one.event_types)})" for one in truth.causes
    )
    said = (
        " and ".join(f"{kind}({service}, {event_type})" for kind, service, event_type in named) or "nothing"
    )
    way = f"{planted or 'healthy'} -> {said}"
    found.wrong[where][way] += 1
    found.examples.setdefault(f"{where}: {way}", truth.order_id)


def causes(answer: Any) -> list[Named]:
    """The causes that an answer of `why` names, the first one first."""
    several = getattr(answer, "causes", None)
    every = several if several is not None else (answer.cause,) if answer.cause else ()
    return [(one.kind, one.service or one.grp, one.event_type) for one in every]


def names(named: Named, cause: Cause) -> bool:
    """Kind, service and event type, all three."""
    kind, service, event_type = named
    return kind == cause.kind and service in cause.services and event_type in cause.event_types
