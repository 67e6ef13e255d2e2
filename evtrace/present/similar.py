"""Flows with the same cause, and what sets them apart: as text and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from evtrace.diagnosis.similar import Separating, SimilarAnswer, spoken
from evtrace.present import lists, markdown
from evtrace.present.terminal import Screen, Span, clean, columns
from evtrace.present.times import clock
from evtrace.present.words import counted
from evtrace.results import Table

#: Attributes of the same flows that are named before the rest is counted.
_ALSO = 3

_HEAD = ("attribute", "with trouble", "healthy", "p (corrected)")


def report(found: SimilarAnswer, screen: Screen) -> str:
    """The cause, how many share it, since when, what sets them apart, which they are."""
    return "\n".join(_lines(found, screen)) + "\n"


def _lines(found: SimilarAnswer, screen: Screen) -> Iterator[str]:
    yield screen.line([Span(clean(found.query), "bold"), f"  flow:{found.flow_id}"])
    for sentence in _sentences(found):
        yield screen.line([clean(sentence)])
    if found.separating:
        yield ""
        yield screen.line([clean(_compared(found))])
        yield from columns(screen, _HEAD, [_cells(one) for one in found.separating])
    if found.rows:
        yield ""
        yield from lists.flow_table(found.rows, screen)
        if found.flows > len(found.rows):
            yield f"{len(found.rows):,} of {counted(found.flows, 'flow')}; --limit 0 shows all"
    for note in found.notes:
        yield screen.line([Span("! ", "warn"), clean(note)], rest="  ")
    if found.next:
        yield ""
        yield from (
            f"{'Next' if nth == 0 else '':<10}{clean(command)}" for nth, command in enumerate(found.next)
        )


def _sentences(found: SimilarAnswer) -> Iterator[str]:
    if found.cause is None:
        return
    yield f"Cause: {_cause(found)}"
    yield (
        f"{counted(found.flows, 'flow')} with this cause, the first began {clock(found.first_at)}, the last "
        f"{clock(found.last_at)}; {counted(found.since, 'flow')} of this type began since the first"
    )
    if found.comparisons and not found.separating:
        yield f"No attribute sets them apart from {counted(found.healthy, 'healthy flow')} ({_tested(found)})"


def _cause(found: SimilarAnswer) -> str:
    cause = found.cause
    if cause is None:
        return "none"
    facts = (cause.kind, cause.service or cause.grp, f"at {cause.event_type}" if cause.event_type else None)
    return " ".join(fact for fact in facts if fact)


def _compared(found: SimilarAnswer) -> str:
    return f"What sets them apart from {counted(found.healthy, 'healthy flow')} ({_tested(found)}):"


def _tested(found: SimilarAnswer) -> str:
    return f"{counted(found.comparisons, 'comparison')}; {found.method}"


def _cells(one: Separating) -> tuple[str, ...]:
    return (
        clean(_name(one)),
        _share(one.with_trouble, one.of_trouble),
        _share(one.healthy_with, one.of_healthy),
        f"{one.corrected:.1e}" if one.corrected < 0.001 else f"{one.corrected:.3f}",
    )


def _name(one: Separating) -> str:
    also = ", ".join(one.also[:_ALSO])
    more = len(one.also) - _ALSO
    rest = f" and {more} more" if more > 0 else ""
    return spoken(one) + (f" (the same flows: {also}{rest})" if also else "")


def _share(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,} ({part / whole:.0%})" if whole else "-"


def report_markdown(found: SimilarAnswer) -> str:
    """The same for a ticket."""
    parts = [f"## Flows like {markdown.escape(found.query)}\n"]
    parts += [f"{markdown.escape(sentence)}\n" for sentence in _sentences(found)]
    if found.separating:
        rows = [_cells(one) for one in found.separating]
        parts += [f"{markdown.escape(_compared(found))}\n", markdown.table(Table(_HEAD, tuple(rows)))]
    if found.rows:
        rows = [tuple(lists.flow_cells(row)) for row in found.rows]
        parts += [markdown.table(Table(lists.FLOW_HEAD, tuple(rows)))]
    parts += [f"- {markdown.escape(note)}" for note in found.notes]
    return "\n".join(parts) + "\n"
