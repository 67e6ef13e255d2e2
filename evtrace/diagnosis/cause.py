"""Picks the cause from the candidates: the earliest departure that explains the later ones."""

from __future__ import annotations

from collections.abc import Iterable

from evtrace.diagnosis.chain import story_order
from evtrace.diagnosis.evidence import Material
from evtrace.diagnosis.frontier import Ground, Steps, ground_of, unexplained
from evtrace.diagnosis.problems import (
    DEAD_LETTER,
    DROPPED,
    HANDLER_ERROR,
    LOG,
    LOST,
    OPERATION,
    REJECTED,
    UNSEEN,
    WAITING,
    Problem,
)
from evtrace.diagnosis.sentence import is_try_of, sentence
from evtrace.results import Cause, ChainEvent, Evidence

#: How sure each kind of candidate makes us, where no share says it better.
_SURE = {
    DEAD_LETTER: 0.95,
    HANDLER_ERROR: 0.9,
    DROPPED: 0.9,
    OPERATION: 0.8,
    REJECTED: 0.8,
    LOG: 0.6,
    UNSEEN: 0.3,
    WAITING: 0.3,
}

#: Of candidates at one event, which says most.
_RANK = (DEAD_LETTER, HANDLER_ERROR, OPERATION, DROPPED, LOST, REJECTED, LOG, WAITING, UNSEEN)

_KIND = {
    DEAD_LETTER: "dead_letter",
    HANDLER_ERROR: "handler_error",
    OPERATION: "handler_error",
    LOG: "handler_error",
    REJECTED: "rejected",
    LOST: "lost_delivery",
    DROPPED: "lost_delivery",
    WAITING: "unknown",
    UNSEEN: "unknown",
}

#: Evidence named under the cause; the chain has the rest.
_NAMED = 5


def pick(problems: Iterable[Problem], material: Material, chain: tuple[ChainEvent, ...]) -> Cause | None:
    """Pick the cause among the candidates that nothing repaired; None where there are none."""
    candidates = [problem for problem in problems if not problem.repaired]
    if not candidates:
        return None
    steps: Steps = dict(zip(story_order(material), chain, strict=True))
    ground = ground_of(material, steps)
    placed = {problem.event_no for problem in candidates if problem.event_no in steps}
    frontier = unexplained(ground, {number for number in placed if number is not None}) or placed
    first = min(candidates, key=lambda problem: _order(problem, ground, problem.event_no in frontier))
    alike = [p for p in candidates if _shape(p, steps) == _shape(first, steps) and p.event_no in frontier]
    tries = [p for p in candidates if is_try_of(p, first)]
    same = list(dict.fromkeys([*(tries or [first]), *alike]))
    return _cause(first, same, material=material, step=_step(steps, first))


def _step(steps: Steps, problem: Problem) -> ChainEvent | None:
    return steps.get(problem.event_no) if problem.event_no is not None else None


def _order(problem: Problem, ground: Ground, is_frontier: bool) -> tuple[bool, int, int, int, int]:
    """First what nothing explains, then by causal depth (calls: by time), then by time."""
    step, number, late = _step(ground.steps, problem), problem.event_no, 2**63
    is_message = step is not None and step.kind == "message"
    return (
        not is_frontier,
        ground.depth[number] if is_message and number is not None else 0,
        _RANK.index(problem.what) if is_message else 0,
        late if problem.at is None else problem.at,
        problem.record_id or 0,
    )


def _shape(problem: Problem, steps: Steps) -> tuple[str | None, ...]:
    step = _step(steps, problem)
    return (_KIND[problem.what], problem.service, problem.grp, step.event_type if step else None)


def _cause(first: Problem, same: list[Problem], *, material: Material, step: ChainEvent | None) -> Cause:
    return Cause(
        kind=_KIND[first.what],
        service=first.service,
        event_id=step.event_id if step else None,
        event_type=step.event_type if step else None,
        channel=step.channel if step else None,
        part=step.part if step else None,
        pos=step.pos if step else None,
        grp=first.grp,
        step=step.step if step else None,
        at=first.at,
        sentence=sentence(first, step, same),
        confidence=round((first.share or 1.0) * _SURE.get(first.what, 0.9), 3),
        times=sum(problem.what == first.what for problem in same),
        evidence=_evidence(same, material, step),
    )


def _evidence(same: list[Problem], material: Material, step: ChainEvent | None) -> tuple[Evidence, ...]:
    places = [material.evidence(problem.record_id) for problem in same]
    known = dict.fromkeys(place for place in (*places, step.evidence if step else None) if place)
    return tuple(known)[:_NAMED]
