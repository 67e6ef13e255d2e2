"""Picks the causes from the candidates: the earliest departures, which explain the later ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evtrace.diagnosis.frontier import FlowShape, unexplained
from evtrace.diagnosis.problems import (
    CONTRACT,
    DEAD_LETTER,
    DROPPED,
    DUPLICATE,
    HANDLER_ERROR,
    LOG,
    LOST,
    MISSING,
    OPERATION,
    OUT_OF_ORDER,
    REJECTED,
    SLOW_WAIT,
    SLOW_WORK,
    STOPPED,
    UNENDED,
    UNHANDLED,
    UNSEEN,
    WAITING,
    Problem,
)

#: Kind of candidate → kind of cause, and how sure it makes us where no share says it better. Of candidates at one
#: event, the earlier one here says most.
_MEANS = {
    CONTRACT: ("contract_break", 0.9),
    DUPLICATE: ("duplicate_effect", 0.95),
    REJECTED: ("rejected", 0.8),
    OUT_OF_ORDER: ("out_of_order", 0.9),
    DEAD_LETTER: ("dead_letter", 0.95),
    HANDLER_ERROR: ("handler_error", 0.9),
    OPERATION: ("handler_error", 0.8),
    DROPPED: ("lost_delivery", 0.9),
    STOPPED: ("consumer_stopped", 0.85),
    LOST: ("lost_delivery", 0.9),
    UNHANDLED: ("lost_delivery", 0.85),
    MISSING: ("missing_event", 0.95),
    UNENDED: ("handler_error", 0.6),
    SLOW_WORK: ("slow", 0.9),
    SLOW_WAIT: ("slow", 0.7),
    LOG: ("handler_error", 0.6),
    WAITING: ("unknown", 0.3),
    UNSEEN: ("unknown", 0.3),
}
_RANK = {what: place for place, what in enumerate(_MEANS)}
_SLOW = (SLOW_WORK, SLOW_WAIT)

#: Words of what happens when something took too long: only these can follow from slowness.
_TIMELY = re.compile(r"time[d-]?\s?out|expired?|deadline|overdue", re.IGNORECASE)

#: What makes two errors of one kind look different: numbers, ids, quoted values.
_VARYING = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|'[^']*'|\"[^\"]*\"|\S*\d\S*", re.IGNORECASE)


@dataclass(frozen=True)
class Pick:
    """One cause: the candidate that says it, and all candidates that say the same."""

    first: Problem
    same: tuple[Problem, ...]
    confidence: float
    event_type: str | None

    @property
    def kind(self) -> str:
        return kind_of(self.first)

    @property
    def signature(self) -> str:
        """What this cause shares with the same trouble in other flows."""
        words = self.first.words or next((one.words for one in reversed(self.same) if one.words), None)
        said = _VARYING.sub("#", first_line(words))
        return " | ".join((self.kind, self.first.service or "", self.event_type or "", said))


def alone(problem: Problem) -> Pick:
    """A candidate by itself, to be told of in the words of a cause."""
    return Pick(problem, (problem,), _MEANS[problem.what][1], None)


def kind_of(problem: Problem) -> str:
    """The kind of cause that a candidate is."""
    return _MEANS[problem.what][0]


def rank(problem: Problem) -> int:
    """Of candidates at one event, the one with the least says most."""
    return _RANK[problem.what]


def pick(problems: Iterable[Problem], shape: FlowShape) -> list[Pick]:
    """The causes among the candidates that nothing repaired: the first in causal order, then those independent of it."""
    candidates = _without_slowness([problem for problem in problems if not problem.repaired])
    if not candidates:
        return []
    free = unexplained(shape, candidates) or [p for p in candidates if p.event_no in shape.events]
    ordered = sorted(free or candidates, key=lambda problem: _order(problem, shape))
    picks: dict[tuple[str | None, ...], Pick] = {}
    seen: set[tuple[int | None, str | None]] = set()
    for problem in ordered:
        look, place = _look(problem, shape), (problem.event_no, problem.grp or problem.service)
        if look not in picks and place not in seen and not (picks and _is_weak(problem)):
            picks[look] = _pick(problem, candidates, ordered, shape)
        seen.add(place)
    return list(picks.values())


def _without_slowness(problems: list[Problem]) -> list[Problem]:
    """Slowness explains only what ran out of time; beside anything else it is no cause."""
    others = [problem for problem in problems if problem.what not in _SLOW]
    is_late = any(_TIMELY.search(problem.words or "") for problem in others)
    return problems if is_late or not others else others


def _is_weak(problem: Problem) -> bool:
    """Too little to be named beside a cause."""
    return problem.what in (WAITING, UNSEEN, LOG, *_SLOW)


def _order(problem: Problem, shape: FlowShape) -> tuple[bool, int, int, int, int]:
    """By causal depth (calls: by time), then by what says most, then by time; what cannot be known comes last."""
    number = problem.event_no
    event = shape.events.get(number) if number is not None else None
    is_message = event is not None and event.kind == "message"
    return (
        problem.what in (WAITING, UNSEEN),
        shape.depth[number] if is_message and number is not None else 0,
        _RANK[problem.what] if is_message else 0,
        2**63 if problem.at is None else problem.at,
        problem.record_id or 0,
    )


def _look(problem: Problem, shape: FlowShape) -> tuple[str | None, ...]:
    return (kind_of(problem), problem.service, problem.grp, _type(problem, shape))


def _type(problem: Problem, shape: FlowShape) -> str | None:
    event = shape.events.get(problem.event_no) if problem.event_no is not None else None
    return event.event_type if event else None


def _pick(first: Problem, candidates: Sequence[Problem], free: Sequence[Problem], shape: FlowShape) -> Pick:
    alike = [problem for problem in free if _look(problem, shape) == _look(first, shape)]
    tries = [problem for problem in candidates if is_try_of(problem, first)]
    same = tuple(dict.fromkeys([*(tries or [first]), *alike]))
    share = 1.0 if first.share is None or first.what in (UNENDED, UNHANDLED) else first.share
    return Pick(first, same, round(share * _MEANS[first.what][1], 3), _type(first, shape))


def is_try_of(problem: Problem, first: Problem) -> bool:
    """The failed attempts belong to the dead letter that they end in."""
    tries = (DEAD_LETTER, DROPPED, HANDLER_ERROR)
    return (
        first.what in tries
        and problem.what in tries
        and problem.event_no == first.event_no
        and problem.grp == first.grp
        and problem.delivery_id is not None
    )


def first_line(words: str | None) -> str:
    """An error's first line says it; the stack trace stays in the evidence."""
    return next((line.strip() for line in (words or "").splitlines() if line.strip()), "")
