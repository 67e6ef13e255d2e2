"""The parts of `why` that compare: the cohort, other flows, the time account, the ledger, the recounts; as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evtrace.present.headings import MARGIN, head
from evtrace.present.story import View
from evtrace.present.terminal import clean
from evtrace.present.times import clock, duration
from evtrace.present.words import counted
from evtrace.results import Expected, Flow, LedgerLine, SameCause, TimeAccount, TimePart, WhyAnswer

#: Parts of the critical path that are told before the rest is counted, and the share from which on one is told.
PARTS, LEAST_SHARE = 6, 0.01

#: Steps of a path that are written out.
_PATH_STEPS = 12

_KINDS = {
    "queue": "waiting in queues",
    "handling": "handling",
    "retry": "between tries",
    "outbox": "after the handling, before the publish",
    "unknown": "not explained by the logs",
}


def comparison_lines(answer: WhyAnswer, view: View) -> Iterator[str]:
    """What was expected, and how many others have the same trouble."""
    for heading, line in (*_of_cohort(answer), *_of_others(answer.same_cause)):
        yield view.line([clean(line)], head(heading, view.screen), MARGIN)


def _of_cohort(answer: WhyAnswer) -> Iterator[tuple[str, str]]:
    usual = answer.expected
    if usual is None or (answer.cause is None and not usual.is_enough):
        return
    yield "Expected", expectation(usual)


def expectation(usual: Expected) -> str:
    """What normal flows do, and how long they take."""
    words = usual.sentence
    if usual.is_enough and usual.usual_ns is not None:
        words += f"; this took {duration(usual.took_ns)}, normal is {duration(usual.usual_ns)}"
    if usual.loss >= 0.001:
        words += f"; about {usual.loss:.1%} of the log lines are missing"
    return words


def _of_others(same: SameCause | None) -> Iterator[tuple[str, str]]:
    if same is not None:
        yield "Others", others(same)


def others(same: SameCause) -> str:
    """How many other flows share the cause, and since when."""
    if not same.flows:
        return "no other flow has this cause"
    verb = "have" if same.flows > 1 else "has"
    return f"{counted(same.flows, 'other flow')} {verb} the same cause, the first at {clock(same.since)}"


def time_lines(answer: WhyAnswer, view: View) -> Iterator[str]:
    """Where the time went along the critical path."""
    if answer.time is None:
        return
    yield view.line([clean(account(answer.time, answer.flow))], head("Time", view.screen), MARGIN)
    for part in told_parts(answer.time):
        yield view.line([clean(part_words(part))], MARGIN, MARGIN + "  ")


def account(time: TimeAccount, flow: Flow) -> str:
    """The whole path, and the share of each kind of time in it."""
    shares = ", ".join(
        f"{share:.0%} {_KINDS[what]}" for what, share in sorted(time.by_what.items(), key=lambda one: -one[1])
    )
    words = f"{duration(time.total_ns)} along {_way(time.path)}: {shares}"
    if time.skew_ns:
        words += f"; clocks contradict each other by {duration(time.skew_ns)}, such waits count as none"
    took = None if flow.started_at is None or flow.last_at is None else flow.last_at - flow.started_at
    if took is not None and time.total_ns > took:
        words += f"{', so' if time.skew_ns else '; by several clocks'} the parts add to more than the {duration(took)} that all took"
    return words


def _way(path: Sequence[int]) -> str:
    """'#1 → #2 → #4'; of a long path its begin and its end."""
    steps = [f"#{step}" for step in path]
    if len(steps) > _PATH_STEPS:
        steps[_PATH_STEPS - 3 : -2] = [f"{len(steps) - _PATH_STEPS + 1} more"]
    return " → ".join(steps)


def told_parts(time: TimeAccount) -> list[TimePart]:
    """The parts that matter, the longest first."""
    told = [part for part in time.parts if part.share >= LEAST_SHARE]
    return sorted(told, key=lambda one: -one.took_ns)[:PARTS]


def part_words(part: TimePart) -> str:
    """'62 % 120 ms handling of #2 by payment'."""
    by = {"queue": "for", "unknown": "until"}.get(part.what, "by")
    who = f" {by} {part.who}" if part.who else ""
    behind = "" if part.behind is None else f", {_before(part.behind)}"
    name = {"queue": "wait", "retry": "back-off"}.get(part.what, part.what)
    return f"{part.share:4.0%}  {duration(part.took_ns)}  {name} of #{part.step}{who}{behind}"


def _before(messages: int) -> str:
    return f"{counted(messages, 'message')} before it" if messages else "no message is seen before it"


def ledger_lines(answer: WhyAnswer, view: View) -> Iterator[str]:
    """What was taken back, and what still is to be."""
    for number, entry in enumerate(answer.ledger):
        first = head("Ledger", view.screen) if not number else MARGIN
        yield view.line([clean(entry_words(entry))], first, MARGIN)


def entry_words(entry: LedgerLine) -> str:
    """'✓ PaymentProcessed #2 taken back by PaymentRefunded #7'."""
    done = f"{entry.done} #{entry.done_step}"
    return (
        f"✗ {done} is still owed"
        if entry.is_owed
        else f"✓ {done} taken back by {entry.undone} #{entry.undone_step}"
    )


def recount_lines(answer: WhyAnswer, view: View) -> Iterator[str]:
    """Each number with the SQL that gives it again."""
    for number, one in enumerate(answer.recounts):
        first = head("SQL", view.screen) if not number else MARGIN
        yield view.line([clean(f"{one.says}: {one.value}")], first, MARGIN)
        yield view.line([clean(one.sql)], MARGIN + "  ", MARGIN + "    ")
