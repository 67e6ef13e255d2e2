"""The cause in one sentence."""

from __future__ import annotations

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
from evtrace.results import ChainEvent


def is_try_of(problem: Problem, first: Problem) -> bool:
    """The failed attempts belong to the dead letter that they end in."""
    return problem.event_no == first.event_no and problem.grp == first.grp and problem.delivery_id is not None


def sentence(problem: Problem, step: ChainEvent | None, same: list[Problem]) -> str:
    """Say what went wrong, with actor, place and the error's own words; `same` happened alike."""
    who = problem.service or problem.grp or "an unknown service"
    what = (step.event_type or step.event_id) if step else "this flow"
    said = problem.words or next((other.words for other in reversed(same) if other.words), None)
    words = f": {_first_line(said)}" if said else ""
    place = _place(step)
    by_group = f"group {problem.grp}" if problem.grp else who
    published = f"published{place}" if place else "published"
    tries = sum(is_try_of(other, problem) and other.what == HANDLER_ERROR for other in same)
    attempts = f" in {tries} attempts" if tries > 1 else ""
    failed = f" after {tries} failed attempt{'s' * (tries > 1)}" if tries else ""
    several = f" {len(same):,} times, first at step {step.step}" if len(same) > 1 and step else ""
    return {
        DEAD_LETTER: f"{what}{place} ended as a dead letter of {by_group}{failed}{words}",
        HANDLER_ERROR: f"{who} could not handle {what}{place}{attempts}{words}",
        DROPPED: f"{what}{place} was handed to {by_group} without an answer until the broker gave up",
        OPERATION: f"{who} failed in {what}{several}{words}",
        LOG: f"{who} logged an error during {what}{words}",
        REJECTED: f"{who} announced {what}{place}: the business said no",
        LOST: f"{what} was {published}, but {by_group} was never handed it, though it reads such events and its "
        "logs go on",
        WAITING: f"{what} was {published}; {by_group} may still get it, for its logs end soon after",
        UNSEEN: f"{what} was {published}, but the logs of {by_group} end before; whether it was handled is not seen",
    }[problem.what]


def _place(step: ChainEvent | None) -> str:
    if step is None or step.channel is None:
        return ""
    parts = (step.channel, step.part, step.pos)
    return f" at {'/'.join(str(part) for part in parts if part is not None)}"


def _first_line(words: str | None) -> str:
    """An error's first line says it; the stack trace stays in the evidence."""
    return next((line.strip() for line in (words or "").splitlines() if line.strip()), "")
