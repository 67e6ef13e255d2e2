"""The cause in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from evtrace.diagnosis import problems as what
from evtrace.diagnosis.cause import Pick, first_line, is_try_of
from evtrace.diagnosis.problems import Problem
from evtrace.results import ChainEvent

#: Ends of an attempt: it failed, and the last of them with what became of the message.
_FAILED = (what.HANDLER_ERROR, what.DEAD_LETTER)


@dataclass(frozen=True)
class _Told:
    """What the sentences are made of."""

    problem: Problem
    who: str
    event: str  # type and place
    published: str
    by_group: str
    words: str  # ': the error', or nothing
    same: int
    tries: int  # that failed, with the last
    step: ChainEvent | None


def sentence(pick: Pick, step: ChainEvent | None) -> str:
    """Say what went wrong, with actor, place and the error's own words."""
    problem = pick.first
    who = problem.service or problem.grp or "an unknown service"
    said = problem.words or next((other.words for other in reversed(pick.same) if other.words), None)
    place = _place(step)
    told = _Told(
        problem=problem,
        who=who,
        event=f"{(step.event_type or step.event_id) if step else 'this flow'}{place}",
        published=f"published{place}" if place else "published",
        by_group=f"group {problem.grp}" if problem.grp else who,
        words=f": {first_line(said)}" if said else "",
        same=len(pick.same),
        tries=sum(is_try_of(one, problem) and one.what in _FAILED for one in pick.same),
        step=step,
    )
    return _SENTENCES[problem.what](told)


def _name(told: _Told) -> str:
    return (told.step.event_type or told.step.event_id) if told.step else "this flow"


def _dead_letter(told: _Told) -> str:
    failed = f" after {told.tries} failed attempts" if told.tries > 1 else ""
    return f"{told.event} ended as a dead letter of {told.by_group}{failed}{told.words}"


def _handler_error(told: _Told) -> str:
    attempts = f" in {told.tries} attempts" if told.tries > 1 else ""
    return f"{told.who} could not handle {told.event}{attempts}{told.words}"


def _operation(told: _Told) -> str:
    several = f" {told.same:,} times, first at step {told.step.step}" if told.same > 1 and told.step else ""
    return f"{told.who} failed in {_name(told)}{several}{told.words}"


def _rejected(told: _Told) -> str:
    if told.problem.cases is None:
        return f"{told.who} announced {told.event}: the business said no"
    return f"{told.who} announced {told.event} where {_of_all(told.problem)} flows have {told.problem.words}"


def _stopped(told: _Told) -> str:
    if told.problem.delivery_id is not None:
        return f"{told.by_group} stopped with {told.event} in hand: it never told an end, and nothing after it was handled"
    return f"{_name(told)} was {told.published}, but {told.by_group} had stopped before it and never read it"


def _missing(told: _Told) -> str:
    handled = "handled" if told.problem.delivery_id is not None else "was to handle"
    if not told.problem.cases:
        return f"{told.who} {handled} {told.event} but never published {told.problem.words}, as evtrace.toml declares"
    return (
        f"{told.who} {handled} {told.event} but never published {told.problem.words}, as {_of_all(told.problem)} "
        "such events lead to"
    )


def _duplicate(told: _Told) -> str:
    return f"{told.who} published {told.event} a second time for one {told.problem.words}"


def _slow(told: _Told) -> str:
    problem, took = told.problem, _span(told.problem.measured_ns)
    if problem.what == what.SLOW_WAIT and problem.cases is not None:
        return (
            f"{told.event} waited {took} for {told.by_group}, usually {_span(max(problem.usual_ns or 0, 0))}"
        )
    if problem.what == what.SLOW_WAIT:
        limit = _span(problem.usual_ns)
        return (
            f"from {told.event} to {problem.words} by {told.who} went {took}, and the whole flow may take {limit} by "
            "evtrace.toml"
        )
    if problem.usual_ns is None:
        return f"{told.who} took {took} for {told.event}, more than evtrace.toml allows"
    return f"{told.who} took {took} for {told.event}, usually {_span(problem.usual_ns)}"


def _out_of_order(told: _Told) -> str:
    earlier = told.problem.words
    if told.problem.grp is None:
        return f"{told.who} published {earlier} before {_name(told)}, but {told.event} was stored first, and handled first"
    return f"{told.who} handled {told.event} before the {earlier} that was published first"


def _of_all(problem: Problem) -> str:
    led = round((problem.share or 0) * (problem.cases or 0))
    return f"{led:,} of {problem.cases or 0:,}"


def _span(took_ns: int | None) -> str:
    ms = (took_ns or 0) / 1e6
    return f"{ms:.0f} ms" if ms < 1000 else f"{ms / 1000:.1f} s"


_SENTENCES: dict[str, Callable[[_Told], str]] = {
    what.DEAD_LETTER: _dead_letter,
    what.HANDLER_ERROR: _handler_error,
    what.OPERATION: _operation,
    what.REJECTED: _rejected,
    what.STOPPED: _stopped,
    what.MISSING: _missing,
    what.DUPLICATE: _duplicate,
    what.SLOW_WORK: _slow,
    what.SLOW_WAIT: _slow,
    what.DROPPED: lambda t: (
        f"{t.event} was handed to {t.by_group} without an answer until the broker gave up"
    ),
    what.LOG: lambda t: f"{t.who} logged an error during {_name(t)}{t.words}",
    what.LOST: lambda t: (
        f"{_name(t)} was {t.published}, but {t.by_group} was never handed it, though it reads such events and its "
        "logs go on"
    ),
    what.UNHANDLED: lambda t: (
        f"the broker handed {t.event} to {t.by_group}, but {t.who} logged nothing of it and nothing followed"
    ),
    what.UNENDED: lambda t: (
        f"{t.who} began to handle {t.event} and never told how that ended; nothing followed"
    ),
    what.CONTRACT: lambda t: (
        f"{t.who} published {t.event} in another shape than {t.problem.cases or 0:,} others{t.words}"
    ),
    what.OUT_OF_ORDER: _out_of_order,
    what.WAITING: lambda t: (
        f"{_name(t)} was {t.published}; {t.by_group} may still get it, for its logs end soon after"
    ),
    what.UNSEEN: lambda t: (
        f"{_name(t)} was {t.published}, but the logs of {t.by_group} end before; whether it was handled is not seen"
    ),
}


def _place(step: ChainEvent | None) -> str:
    if step is None or step.channel is None:
        return ""
    parts = (step.channel, step.part, step.pos)
    return f" at {'/'.join(str(part) for part in parts if part is not None)}"
