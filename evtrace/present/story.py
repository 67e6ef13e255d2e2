"""The chain of `why` as lines of text: steps, their deliveries, their telling log lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from evtrace.present.terminal import Screen, Span, clean
from evtrace.present.times import duration, offset
from evtrace.present.tree import ALIKE, Row, rows_of
from evtrace.present.words import LEVEL_MARKS, counted, first_line, handled, known_by, place, spot, spots
from evtrace.results import ChainEvent, DeliveryStep, Evidence, LogLine, WhyAnswer

#: Attempts of one reader, log lines of one step, and entries of the summary before the rest is counted.
ATTEMPTS, LINES, ENTRIES = 6, 6, 12

_FAILED = ("error", "rejected", "dropped", "dead_letter")
_LOUD = ("error", "fatal")


@dataclass(frozen=True)
class View:
    """How one answer is shown: where it goes, and what its times and files are counted from."""

    screen: Screen
    start: int | None
    folder: str = ""  # what all files of the evidence begin with
    large_from: int = 0  # characters of an event that are told; 0: of none

    def offset(self, at: int | None) -> str:
        return offset(at, self.start)

    def spot(self, evidence: Evidence | None) -> str:
        return spot(evidence).removeprefix(self.folder)

    def line(self, spans: Sequence[Span | str], first: str, rest: str | None = None) -> str:
        return self.screen.line(spans, first=first, rest=rest)


def story_lines(answer: WhyAnswer, view: View, steps: int) -> Iterator[str]:
    """The whole chain, at most `steps` of it (0: all), then the lines that hang on no step."""
    shown, trace = 0, None
    for row in rows_of(answer.chain, alike=ALIKE if steps else len(answer.chain)):
        if row.step and steps and shown == steps:
            yield view.line([f"… the chain has {len(answer.chain):,} steps; --limit 0 shows all"], "  ")
            break
        if row.step and not row.rails and answer.flow.traces > 1 and row.step.trace_id != trace:
            trace = row.step.trace_id
            yield view.line([Span(clean(f"trace {trace or 'none'}"), "dim")], "  ")
        shown += row.step is not None
        yield from _row(row, view)
    if answer.other_logs:
        yield view.line(["beside the chain:"], "  ")
        yield from _logs(answer.other_logs, "    ", view)


def entry_lines(answer: WhyAnswer, view: View) -> Iterator[str]:
    """Where a flow runs over several traces: what each came to, one line each, in order."""
    groups = list(_by_entry(answer.chain)) if answer.flow.traces > 1 else []
    for group in groups[:ENTRIES]:
        step = _telling(group)
        spans: list[Span | str] = [f"{view.offset(group[0].at)}  #{step.step}  "]
        spans.append(Span(clean(step.event_type or step.event_id), "name"))
        spans.append(clean(f"  {step.service or ''}  "))
        yield view.line([*spans, _outcome(step)], "  ", " " * 6)
    if len(groups) > ENTRIES:
        yield view.line([f"… {len(groups) - ENTRIES:,} more entries"], "  ")


def _by_entry(chain: Sequence[ChainEvent]) -> Iterator[list[ChainEvent]]:
    group: list[ChainEvent] = []
    for step in chain:
        if not step.parents and group:
            yield group
            group = []
        group.append(step)
    if group:
        yield group


def _telling(group: Sequence[ChainEvent]) -> ChainEvent:
    """The step that says what the entry was about: what failed, what names the id, the entry itself."""
    failed = [
        step for step in group if step.outcome == "error" or any(line.level in _LOUD for line in step.logs)
    ]
    naming = [step for step in group if any(line.names_id for line in step.logs)]
    return (failed or naming or group)[0]


def _outcome(step: ChainEvent) -> Span:
    loud = [line for line in step.logs if line.level in _LOUD]
    warned = [line for line in step.logs if line.level == "warn"]
    if loud or step.outcome == "error":
        return Span(clean(f"✗ {first_line(loud[0].message if loud else step.error) or 'failed'}"), "bad")
    if warned:
        return Span(clean(f"! {first_line(warned[0].message)}"), "warn")
    return Span("✓ ok" if step.outcome == "ok" else "")


def _row(row: Row, view: View) -> Iterator[str]:
    trunk = "  " + "".join("│  " if goes_on else "   " for goes_on in row.rails[1:])
    fork = ("└─ " if row.last else "├─ ") if row.rails else ""
    under = trunk + (("   " if row.last else "│  ") if row.rails else "")
    if row.step:
        yield view.line(_step(row.step, view), trunk + fork, under + "      ")
        inner = under + ("│  " if row.has_below else "   ")
        yield from _deliveries(row.step, inner, view)
        yield from _logs(row.step.logs, inner, view)
    elif row.seen:
        see = f"↑ see #{row.seen.step} {row.seen.event_type or row.seen.event_id}"
        yield view.line([Span(clean(see), "dim")], trunk + fork, under)
    elif row.like:
        name = f"{row.like.event_type or 'event'} by {row.like.service or 'unknown'}"
        yield view.line([clean(f"… {row.more:,} more of this shape ({name})")], trunk + fork, under)


def _step(step: ChainEvent, view: View) -> list[Span | str]:
    is_bad = step.outcome == "error"
    facts = "  ".join(fact for fact in (step.service, place(step), *_marks(step, view)) if fact)
    several = len(step.parents) > 1
    ways = [(f"#{edge.step} " if several else "") + known_by(edge) for edge in step.parents]
    tail = "  ".join(
        part for part in (f"← {', '.join(ways)}" if ways else "", view.spot(step.evidence)) if part
    )
    return [
        Span(f"#{step.step}", "bold"),
        f"  {view.offset(step.at)}  ",
        Span(clean(step.event_type or step.event_id), "bad" if is_bad else "name"),
        clean(f"  {facts}"),
        Span(clean(f"  {tail}"), "dim"),
    ]


def _marks(step: ChainEvent, view: View) -> Iterator[str]:
    if step.kind == "operation" and step.at is not None and step.end_at is not None:
        yield f"took {duration(step.end_at - step.at)}"
    if step.outcome == "error":
        is_said_below = any(line.level in _LOUD for line in step.logs)
        yield "✗ failed" + (f": {first_line(step.error)}" if step.error and not is_said_below else "")
    if step.copies > 1:
        yield f"! published {step.copies} times"
    if view.large_from and (step.payload_chars or 0) >= view.large_from:
        yield f"! carries {step.payload_chars:,} characters"
    if step.hop:
        yield f"! {step.hop.replace('_', ' ')}"


def _deliveries(step: ChainEvent, inner: str, view: View) -> Iterator[str]:
    for reader, group in groupby(_by_reader(step.deliveries), key=_reader):
        attempts = list(group)
        for delivery in (*attempts[: ATTEMPTS - 1], *attempts[ATTEMPTS - 1 :][-1:]):
            if delivery is attempts[-1] and len(attempts) > ATTEMPTS:
                left = len(attempts) - ATTEMPTS
                yield view.line([clean(f"… {counted(left, 'more attempt')} of {reader}")], inner)
            yield view.line(_delivery(delivery, step.at, len(attempts), view), inner, inner + "  ")


def _by_reader(deliveries: Sequence[DeliveryStep]) -> list[DeliveryStep]:
    """Attempts of one reader stand together, readers in the order of their first."""
    first: dict[str, int] = {}
    for number, delivery in enumerate(deliveries):
        first.setdefault(_reader(delivery), number)
    return sorted(deliveries, key=lambda delivery: first[_reader(delivery)])


def _reader(delivery: DeliveryStep) -> str:
    return delivery.grp or delivery.service or "unknown reader"


def _delivery(delivery: DeliveryStep, published: int | None, attempts: int, view: View) -> list[Span | str]:
    reader, is_bad = _reader(delivery), delivery.outcome in _FAILED
    by = f" ({delivery.service})" if delivery.service and delivery.service != reader else ""
    nth = f" attempt {delivery.attempt}" if attempts > 1 or delivery.attempt > 1 else ""
    mark = "✗ " if is_bad else "✓ " if delivery.outcome == "ok" else ""
    return [
        clean(f"→ {reader}{by}{nth}: "),
        Span(clean(mark + handled(delivery, published)), "bad" if is_bad else ""),
        Span(clean(f"  {' · '.join(map(view.spot, spots(delivery)))}"), "dim"),
    ]


def _logs(lines: Sequence[LogLine], inner: str, view: View) -> Iterator[str]:
    shown = sorted(sorted(range(len(lines)), key=lambda number: _weight(lines[number]))[:LINES])
    for number in shown:
        yield view.line(_log(lines[number], view), inner, inner + "  ")
    if len(lines) > len(shown):
        yield view.line([f"… {counted(len(lines) - len(shown), 'more line')}"], inner)


def _weight(line: LogLine) -> tuple[int, bool]:
    """What is shown first where not all is: errors, then warnings, then what names the id."""
    return ({"fatal": 0, "error": 0, "warn": 1}.get(line.level or "", 2), not line.names_id)


def _log(line: LogLine, view: View) -> list[Span | str]:
    mark = LEVEL_MARKS.get(line.level or "", "·")
    style = {"✗": "bad", "!": "warn"}.get(mark, "")
    head = f"{mark} {view.offset(line.at)} {line.level or 'log'}: "
    return [
        Span(head, style),
        clean(first_line(line.message)),
        Span(clean(f"  {view.spot(line.evidence)}"), "dim"),
    ]
