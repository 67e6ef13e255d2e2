"""Which other explanations were tested, and by which fact each fell."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from evtrace.diagnosis import problems as what
from evtrace.diagnosis.cause import Pick, kind_of, rank
from evtrace.diagnosis.evidence import Material
from evtrace.diagnosis.frontier import BIRTH
from evtrace.diagnosis.problems import Problem
from evtrace.results import Expected, RuledOut

_FAILED = {what.DEAD_LETTER, what.HANDLER_ERROR, what.DROPPED}
_UNREAD = {what.LOST, what.STOPPED, what.WAITING, what.UNSEEN, what.UNHANDLED}


def ruled_out(
    problems: Sequence[Problem], picks: Sequence[Pick], material: Material, expected: Expected | None
) -> tuple[RuledOut, ...]:
    """What was looked for and is not the cause: not there, repaired, or a consequence of the cause."""
    found = (
        *_repaired(problems),
        *_consequences(problems, picks),
        *_absent(problems, material),
        *_beside_cohort(problems, expected),
    )
    return tuple(found)


def consequences(problems: Sequence[Problem], picks: Sequence[Pick]) -> list[Problem]:
    """What went wrong and is no cause: of each event and service what says most."""
    named = {_place(one) for pick in picks for one in (pick.first, *pick.same)}
    found: dict[tuple[object, ...], Problem] = {}
    for problem in sorted(problems, key=rank):
        if not problem.repaired and _place(problem) not in named:
            found.setdefault(_place(problem), problem)
    return sorted(found.values(), key=lambda problem: (problem.at or 0, problem.event_no or 0))


def _place(problem: Problem) -> tuple[object, ...]:
    return (problem.what in BIRTH, problem.event_no, problem.service)


def _repaired(problems: Sequence[Problem]) -> Iterator[RuledOut]:
    repaired = len({(problem.event_no, problem.service) for problem in problems if problem.repaired})
    if repaired:
        yield RuledOut("repaired", f"failures that a later attempt repaired: {repaired}")


def _consequences(problems: Sequence[Problem], picks: Sequence[Pick]) -> Iterator[RuledOut]:
    if not picks:
        return
    kinds = {kind_of(problem) for problem in consequences(problems, picks)} - {pick.kind for pick in picks}
    for kind in sorted(kinds - {"unknown"}):
        yield RuledOut(
            kind, f"the {kind.replace('_', ' ')} comes after the cause in causal order: a consequence"
        )


def _absent(problems: Sequence[Problem], material: Material) -> Iterator[RuledOut]:
    open_whats = {problem.what for problem in problems if not problem.repaired}
    seen = len(material.deliveries)
    if seen and not open_whats & _FAILED:
        yield RuledOut("dead_letter", f"no delivery ended in failure or as a dead letter ({seen} seen)")
    if seen and not open_whats & _UNREAD:
        yield RuledOut("lost_delivery", "every usual reader was handed its events")
    if what.REJECTED not in open_whats and any(event["kind"] == "message" for event in material.events):
        yield RuledOut("rejected", "no event announces a refusal")


def _beside_cohort(problems: Sequence[Problem], expected: Expected | None) -> Iterator[RuledOut]:
    if expected is None or not expected.is_enough:
        return
    open_whats = {problem.what for problem in problems if not problem.repaired}
    seen = sum(step.here == "seen" for step in expected.steps)
    if expected.steps and seen == len(expected.steps):
        yield RuledOut("missing_event", f"all {seen} effects that normal flows have are there")
    if not open_whats & {what.DUPLICATE}:
        yield RuledOut("duplicate_effect", "no cause had the same effect twice")
    if _has_failed(open_whats) and what.CONTRACT not in open_whats:
        yield RuledOut("contract_break", "no payload departs from the shape that those of normal flows have")
    if not open_whats & {what.SLOW_WORK, what.SLOW_WAIT} and expected.usual_ns is not None:
        yield RuledOut("slow", "no handling took longer than normal flows let expect")


def _has_failed(whats: Collection[str]) -> bool:
    return bool(set(whats) & {*_FAILED, what.MISSING, what.UNENDED})
