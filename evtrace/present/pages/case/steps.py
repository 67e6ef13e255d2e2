"""Every step with all that is known of it: how it was caused, who was handed it, what was logged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evtrace.present.pages.case.places import Places
from evtrace.present.pages.markup import Html, details, facts, join, link, safe, table, tag
from evtrace.present.pages.page import badge
from evtrace.present.times import clock, duration, offset
from evtrace.present.words import CUT_OFF, known_by, place
from evtrace.results import ChainEvent, DeliveryStep, LogLine, WhyAnswer

_BAD = ("error", "rejected", "dropped", "dead_letter")

#: Of fewer steps each is open at once.
_OPEN = 12


def body(answer: WhyAnswer, spots: Places) -> Html:
    """The steps in the order of the story: a cause before its effects."""
    is_open = len(answer.chain) <= _OPEN
    effects: dict[int, list[int]] = {}
    for step in answer.chain:
        for edge in step.parents:
            effects.setdefault(edge.step, []).append(step.step)
    shown = [_step(step, answer, spots, effects.get(step.step, []), is_open=is_open) for step in answer.chain]
    beside = (
        [tag("h3", "Beside the chain"), _logs(answer.other_logs, answer, spots)] if answer.other_logs else []
    )
    return join((*shown, *beside))


def _step(
    step: ChainEvent, answer: WhyAnswer, spots: Places, effects: Sequence[int], *, is_open: bool
) -> Html:
    start = answer.flow.started_at
    marks = join(_marks(step, answer), " ")
    summary = join((tag("strong", f"#{step.step} {step.event_type or step.event_id}"), safe(step.service or ""),
                    tag("span", offset(step.at, start), cls="soft"), marks), " ")  # fmt: skip
    told = facts((
        ("event", step.event_id), ("published" if step.kind == "message" else "began", clock(step.at)), ("stored at", place(step)),
        ("key", step.message_key), ("contract version", step.schema_version), ("instance", step.instance), ("trace", step.trace_id),
        ("error", tag("pre", step.error) if step.error else None),
        ("caused by", join((_cause(step, number) for number in range(len(step.parents))), ", ") or None),
        ("leads to", join((link(f"step-{number}", f"#{number}") for number in effects), ", ") or None),
        ("read at", spots.link(step.evidence)),
    ))  # fmt: skip
    handed = table(("handed to", "attempt", "received", "waited", "took", "ended", "error", "read at"),
                   [_delivery(step, one, answer, spots) for one in step.deliveries]) if step.deliveries else None  # fmt: skip
    return details(
        summary, told, handed, _logs(step.logs, answer, spots), name=f"step-{step.step}", is_open=is_open
    )


def _marks(step: ChainEvent, answer: WhyAnswer) -> Iterator[Html]:
    if answer.cause and answer.cause.step == step.step:
        yield badge("cause", "bad")
    if step.outcome == "error":
        yield badge("failed", "bad")
    for outcome in dict.fromkeys(one.outcome for one in step.deliveries if one.outcome in _BAD):
        yield badge(str(outcome).replace("_", " "), "bad")
    if step.copies > 1:
        yield badge(f"published {step.copies} times", "warn")
    if step.hop:
        yield badge(step.hop.replace("_", " "), "warn")
    for finding in answer.findings:
        if finding.event_id == step.event_id:
            yield badge(finding.rule.replace("_", " "), "bad" if finding.severity == "error" else "warn")


def _cause(step: ChainEvent, number: int) -> Html:
    edge = step.parents[number]
    is_guess = edge.confidence < 1 or edge.rivals > 0
    return join(
        (
            link(f"step-{edge.step}", f"#{edge.step}"),
            f" by {known_by(edge)}",
            " (a guess)" if is_guess else "",
        )
    )


def _delivery(step: ChainEvent, one: DeliveryStep, answer: WhyAnswer, spots: Places) -> tuple[object, ...]:
    received, done = one.received_at, one.done_at
    by = f" ({one.service})" if one.service and one.service != one.grp else ""
    waited = (
        duration(received - step.at)
        if received is not None and step.at is not None and received >= step.at
        else ""
    )
    took = duration(done - received) if received is not None and done is not None else ""
    ended = (
        badge((one.outcome or "").replace("_", " "), "bad" if one.outcome in _BAD else "good")
        if one.outcome
        else f"not seen; {CUT_OFF[one.cut_off.what]}"
        if one.cut_off
        else "not seen"
    )
    return (f"{one.grp or one.service or 'unknown reader'}{by}", one.attempt, offset(received, answer.flow.started_at), waited, took,
            ended, tag("pre", one.error) if one.error else "", spots.link(one.evidence) or "")  # fmt: skip


def _logs(lines: Sequence[LogLine], answer: WhyAnswer, spots: Places) -> Html | None:
    if not lines:
        return None
    rows = [(offset(line.at, answer.flow.started_at), line.level or "log", line.service or "", tag("pre", line.message), spots.link(line.evidence) or "")
            for line in lines]  # fmt: skip
    return table(("at", "level", "service", "said", "read at"), rows)
