"""What was really sent, as text and Markdown: contracts, drift, events that broke theirs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from evtrace.observed import Drift, ObservedContract, ObservedField, ValidateAnswer, Violation
from evtrace.present.markdown import escape
from evtrace.present.terminal import Screen, Span, clean, columns
from evtrace.present.times import clock
from evtrace.present.words import counted

_FIELD_HEAD = ("part", "type", "in", "values", "")
_STYLES = {"error": "bad", "warning": "warn", "info": "dim"}


def contracts(found: Sequence[ObservedContract], screen: Screen) -> str:
    """A table for each contract."""
    lines: list[str] = []
    for contract in found:
        lines += [screen.line([Span(clean(_name(contract)), "bold"), f"  {clean(_facts(contract))}"])]
        rows = [[clean(cell) for cell in _cells(field)] for field in contract.fields]
        lines += [*(f"  {line}" for line in columns(screen, _FIELD_HEAD, rows)), ""]
    return "\n".join(lines)


def contracts_markdown(found: Sequence[ObservedContract]) -> str:
    """A section for each contract."""
    lines: list[str] = []
    for contract in found:
        lines += [
            f"## {escape(_name(contract))}\n",
            f"{escape(_facts(contract))}.\n",
            _row(_FIELD_HEAD),
            _row(["---"] * 5),
        ]
        lines += [*(_row([escape(cell) for cell in _cells(field)]) for field in contract.fields), ""]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _name(contract: ObservedContract) -> str:
    parts = (contract.event_type or "(no type)", contract.producer, contract.version)
    return " · ".join(part for part in parts if part)


def _facts(contract: ObservedContract) -> str:
    words = [counted(contract.events, "event"), f"{clock(contract.first_at)} to {clock(contract.last_at)}"]
    words.append(
        f"{contract.least_bytes:,} to {contract.most_bytes:,} bytes, {contract.mean_bytes:,} on average"
    )
    words += [f"{contract.unreadable:,} are no JSON"] if contract.unreadable else []
    return ", ".join(words) + _again(contract.copies)


def _again(copies: int) -> str:
    """What was put aside is told, and counted apart."""
    return f"; sent again {counted(copies, 'time')} as a dead letter or retry" if copies else ""


def _cells(field: ObservedField) -> tuple[str, str, str, str, str]:
    types = " or ".join(field.types) + (f" ({field.format})" if field.format else "")
    values = (
        " ".join(map(_value, field.values))
        if field.values
        else f"{field.distinct:,}"
        if field.distinct
        else ""
    )
    return (
        field.path,
        types,
        f"{field.share:.1%}",
        values,
        " ".join(map(_value, field.examples)) if not field.values else "",
    )


def _value(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:39]}…"


def drifts(found: Sequence[Drift], screen: Screen) -> str:
    """One entry for each change, the latest first."""
    if not found:
        return "no drift: every producer sends what it always sent\n"
    return "\n".join(line for drift in found for line in _drift(drift, screen)) + "\n"


def _drift(drift: Drift, screen: Screen) -> Iterator[str]:
    head = f" {clean(drift.event_type)} of {clean(drift.producer or 'an unknown producer')}: {clean(drift.sentence)}"
    yield screen.line(
        [Span(drift.severity, _STYLES[drift.severity]), head, Span(f"  [{drift.rule}]", "dim")], rest="    "
    )
    yield screen.line([clean(_reach(drift))], first="    ")
    for reader in drift.failed:
        told = f"{clean(reader.reader)} failed {reader.failed:,} of {counted(reader.read, 'attempt')}"
        yield screen.line([Span(told, "bad")], first="    ")


def _reach(drift: Drift) -> str:
    first = f", first {drift.event_id}" if drift.event_id else ""
    return f"since {clock(drift.since_at)}{first}: {counted(drift.events, 'event')} in {counted(drift.flows, 'flow')}{_again(drift.copies)}"


def drifts_markdown(found: Sequence[Drift]) -> str:
    """A list."""
    lines = []
    for drift in found:
        failed = "".join(
            f"; {escape(one.reader)} failed {one.failed:,} of {counted(one.read, 'attempt')}"
            for one in drift.failed
        )
        what = f"{escape(drift.event_type)} of {escape(drift.producer or 'an unknown producer')}: {escape(drift.sentence)}"
        lines.append(f"- **{drift.severity}** {what}, {escape(_reach(drift))}{failed} ({escape(drift.rule)})")
    return "\n".join(lines or ["no drift"]) + "\n"


_NOTHING = "NOT EVALUATED: no stored event is of a type that has a contract"


def validated(found: ValidateAnswer, screen: Screen) -> str:
    """Each contract with what broke it."""
    lines = [screen.line([Span(_NOTHING, "warn")])] if not found.contracts else []
    for contract in found.contracts:
        style = "bad" if contract.broken else "good"
        told = (
            f"{contract.broken:,} of {counted(contract.events, 'event')} break it"
            if contract.broken
            else f"{counted(contract.events, 'event')}, all as promised"
        )
        lines.append(
            screen.line(
                [Span(clean(contract.event_type), "bold"), f"  {clean(contract.file)}  ", Span(told, style)]
            )
        )
        lines += [
            line
            for one in found.violations
            if one.event_type == contract.event_type
            for line in _violation(one, screen)
        ]
    lines += [screen.line([clean(line)]) for line in _left(found)]
    return "\n".join(lines) + "\n"


def _violation(violation: Violation, screen: Screen) -> Iterator[str]:
    yield screen.line(
        [Span("✗", "bad"), f" {clean(violation.sentence)}", Span(f"  [{violation.rule}]", "dim")],
        first="  ",
        rest="    ",
    )
    yield screen.line([clean(_extent(violation))], first="    ")


def _extent(violation: Violation) -> str:
    who = f" of {', '.join(violation.producers)}" if violation.producers else ""
    first = (
        f", first {violation.first_event_id} at {clock(violation.first_at)}"
        if violation.first_event_id
        else ""
    )
    return f"{counted(violation.events, 'event')}{who} in {counted(violation.flows, 'flow')}{first}"


def _left(found: ValidateAnswer) -> Iterator[str]:
    for name, count in found.without_contract.items():
        yield f"{name or '(no type)'}: {counted(count, 'event')} and no contract"
    for name in found.without_events:
        yield f"{name}: no stored events"


def validated_markdown(found: ValidateAnswer) -> str:
    """A list for each contract."""
    lines = [f"{_NOTHING}\n"] if not found.contracts else []
    for contract in found.contracts:
        lines.append(
            f"## {escape(contract.event_type)}: {contract.broken:,} of {contract.events:,} break {escape(contract.file)}\n"
        )
        own = [one for one in found.violations if one.event_type == contract.event_type]
        lines += [f"- {escape(one.sentence)}: {escape(_extent(one))} ({escape(one.rule)})" for one in own] + [
            ""
        ]
    lines += [f"- {escape(line)}" for line in _left(found)]
    return "\n".join(lines) + "\n"
