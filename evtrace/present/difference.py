"""How two flows differ: as text and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evtrace.diagnosis.difference import Difference
from evtrace.diagnosis.difference.order import Swapped
from evtrace.diagnosis.difference.payload import FieldDiffers
from evtrace.diagnosis.difference.sides import Side
from evtrace.diagnosis.difference.structure import Counts
from evtrace.diagnosis.difference.timing import Timing
from evtrace.present import markdown
from evtrace.present.terminal import Screen, Span, clean
from evtrace.present.times import clock, duration
from evtrace.present.words import counted, verdict

#: Differences of one kind that people are shown.
SHOWN = 15


def report(found: Difference, screen: Screen, *, limit: int = SHOWN) -> str:
    """Both sides, then what differs, kind by kind."""
    return "\n".join(_lines(found, screen, limit)) + "\n"


def _lines(found: Difference, screen: Screen, limit: int) -> Iterator[str]:
    yield screen.line([Span("left   ", "dim"), clean(side(found.left))], rest=" " * 7)
    yield screen.line([Span("right  ", "dim"), clean(side(found.right))], rest=" " * 7)
    for name, sentences in _sections(found):
        yield ""
        yield screen.paint(name, "bold")
        shown = sentences[:limit] if limit else sentences
        yield from (screen.line([clean(sentence)], first="  ", rest="    ") for sentence in shown)
        if len(sentences) > len(shown):
            yield f"  … {len(sentences) - len(shown):,} more; --limit 0 shows all"
    if found.is_same and found.right.flows:
        yield "\nNothing differs."
    for note in found.notes:
        yield screen.line([Span("! ", "warn"), clean(note)], rest="  ")
    yield ""
    yield from (f"{'Next' if nth == 0 else '':<10}{clean(command)}" for nth, command in enumerate(found.next))


def report_markdown(found: Difference) -> str:
    """The same for a ticket."""
    parts = [f"## {markdown.escape(found.left.name)} against {markdown.escape(found.right.name)}\n"]
    parts += [f"- left: {markdown.escape(side(found.left))}\n- right: {markdown.escape(side(found.right))}\n"]
    for name, sentences in _sections(found):
        listed = "\n".join(f"- {markdown.escape(sentence)}" for sentence in sentences)
        parts += [f"### {name}\n\n{listed}\n"]
    if found.is_same and found.right.flows:
        parts += ["Nothing differs.\n"]
    parts += [f"- {markdown.escape(note)}" for note in found.notes]
    return "\n".join(parts) + "\n"


def side(one: Side) -> str:
    """'8123: failed, OrderPlaced, 2026-…, took 1.2 s, 5 events'."""
    if one.flow_id is None:
        return (
            f"{counted(one.flows, 'healthy flow')} of {one.root_type or 'no type'}, in the middle {duration(one.took_ns)} and "
            f"{counted(one.events, 'event')}"
        )
    facts = (
        verdict(one.verdict),
        one.root_type or "no type",
        clock(one.started_at),
        f"took {duration(one.took_ns)}",
        counted(one.events, "event"),
    )
    return f"{one.name} (flow:{one.flow_id}): {', '.join(facts)}"


def _sections(found: Difference) -> Iterator[tuple[str, Sequence[str]]]:
    flows = found.right.flows
    sections = (
        ("Structure", [_counts(row, flows) for row in found.structure]),
        ("Order", [_swapped(row) for row in found.order]),
        ("Timing", [_timing(row) for row in found.timing]),
        ("Payload", [_field(row) for row in found.payload]),
    )
    yield from ((name, sentences) for name, sentences in sections if sentences)


def _counts(row: Counts, flows: int) -> str:
    who = row.service or "unknown"
    what = (
        f"{row.event_type} by {who}"
        if row.what == "event"
        else f"{row.event_type} handed to {who}, {_outcome(row.place)}"
    )
    what += f" in {row.place}" if row.what == "event" and row.place else ""
    if flows == 1:
        return f"{what}: {row.left} on the left, {row.right if row.right_flows else 0} on the right"
    usually = f"{row.right} in the middle of the " if row.right > 1 else ""
    return f"{what}: {row.left} here; {usually}{row.right_flows:,} of {flows:,} healthy flows have it"


def _outcome(name: str | None) -> str:
    return {"received": "end not seen", "dead_letter": "dead letter"}.get(name or "", name or "")


def _swapped(row: Swapped) -> str:
    where = f"in {row.place}" if row.what == "log" else f"at the reader {row.place}"
    rest = "" if row.of == 1 else f" in {row.right_flows:,} of {counted(row.of, 'flow')}"
    return f"{where} {row.first} comes before {row.second}; the other way round on the right{rest}"


def _timing(row: Timing) -> str:
    who = row.service or "unknown"
    if row.what == "wait":  # by two clocks, whose difference is in both figures: only how they differ is told
        apart = row.left_ns - row.right_ns
        rest = f", which 98 % of {row.of:,} meet within {_within(row)}" if row.of > 1 else ""
        where = "in the middle" if row.of > 1 else "on the right"
        more = "longer" if apart > 0 else "shorter"
        return f"{row.event_type} waited {duration(abs(apart))} {more} for {who} than {where}{rest}"
    what = f"{who} from {row.after} to {row.event_type}: {duration(row.left_ns)} here"
    if row.of == 1:
        return f"{what}, {duration(row.right_ns)} on the right"
    usual = f"{duration(row.right_low_ns)} to {duration(row.right_high_ns)} in 98 % of {row.of:,}"
    return f"{what}, {duration(row.right_ns)} in the middle, {usual}"


def _within(row: Timing) -> str:
    low, high = row.right_low_ns - row.right_ns, row.right_high_ns - row.right_ns
    return f"-{duration(abs(low))} to +{duration(abs(high))}"


def _field(row: FieldDiffers) -> str:
    is_ = "is" if row.what == "type" else "="
    rest = "" if row.of == 1 else f" in {row.right_events:,} of {row.of:,} events"
    return f"{row.event_type}: {row.path} {is_} {row.left} here, {row.right} on the right{rest}"
