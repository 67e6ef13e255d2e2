"""One flow as a sequence: who handed what to whom, in the order of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from evtrace.picture import Message
from evtrace.picture import Sequence as Diagram
from evtrace.pictures.causal_order import in_causal_order
from evtrace.pictures.flow import BAD, NOBODY, Handling, handlings, place_of, publisher
from evtrace.results import ChainEvent, DeliveryStep, WhyAnswer


def diagram(answer: WhyAnswer, *, limit: int) -> Diagram:
    """Draw what `why` answered; more than `limit` messages are drawn as fewer."""
    every, moved = in_causal_order(list(_messages(answer)), answer.chain)
    shown, notes = _fewer(every, limit)
    if moved:
        notes = (_moved(moved), *notes)
    names = dict.fromkeys(name for one in shown for name in (one.source, one.target) if name is not None)
    return Diagram(
        title=answer.query,
        subtitle=answer.verdict,
        start=answer.flow.started_at,
        lifelines=tuple(names),
        messages=tuple(shown),
        notes=notes,
    )


def _moved(arrows: int) -> str:
    if arrows == 1:
        return "1 arrow stands after what caused it, though clocks that differ put it before"
    return f"{arrows:,} arrows stand after what caused them, though clocks that differ put them before"


def _messages(answer: WhyAnswer) -> Iterator[Message]:
    for step in answer.chain:
        tried = handlings(step)
        for handling in tried:
            yield from _attempts(step, handling)
        if step.kind == "operation":
            yield from _calls(step, answer.chain)
        elif not tried:
            yield _alone(step, answer.chain)
        if (
            answer.cause
            and answer.cause.step == step.step
            and answer.cause.grp not in (None, *(one.reader for one in tried))
        ):
            yield replace(_alone(step, answer.chain), target=answer.cause.service or answer.cause.grp, state="ghost",
                          words="never handed to it" if answer.cause.kind == "lost_delivery" else "not seen: its logs end")  # fmt: skip


def _alone(step: ChainEvent, chain: tuple[ChainEvent, ...]) -> Message:
    """An event that nobody is known to have read."""
    return Message(
        step=step.step,
        title=step.event_type or step.event_id,
        source=publisher(step, chain),
        target=None,
        state="bad" if step.hop == "dead_letter" else "ok",
        sent_at=step.at,
        at=None,
        place=place_of(step),
    )


def _attempts(step: ChainEvent, handling: Handling) -> Iterator[Message]:
    for delivery in handling.attempts:
        yield Message(
            step=step.step,
            title=step.event_type or step.event_id,
            source=step.service or NOBODY,
            target=handling.lane,
            state=_state(delivery),
            sent_at=step.at,
            at=delivery.received_at,
            attempt=delivery.attempt,
            attempts=len(handling.attempts),
            words=next((line.strip() for line in (delivery.error or "").splitlines() if line.strip()), None),
            took=None
            if None in (delivery.received_at, delivery.done_at)
            else (delivery.done_at or 0) - (delivery.received_at or 0),
            place=place_of(step),
        )


def _state(delivery: DeliveryStep) -> str:
    if delivery.outcome in BAD:
        return "bad"
    return "open" if delivery.outcome is None else "ok"


def _calls(step: ChainEvent, chain: tuple[ChainEvent, ...]) -> Iterator[Message]:
    """Work seen in spans: called from its parent's service, or begun by itself."""
    parents: Sequence[str] = [chain[edge.step - 1].service or NOBODY for edge in step.parents] or [
        step.service or NOBODY
    ]
    for parent in dict.fromkeys(parents):
        yield Message(
            step=step.step,
            title=step.event_type or step.event_id,
            source=parent,
            target=step.service or NOBODY,
            state="bad" if step.outcome == "error" else "ok",
            sent_at=step.at,
            at=step.at,
            words=next((line.strip() for line in (step.error or "").splitlines() if line.strip()), None),
            took=None if step.end_at is None or step.at is None else step.end_at - step.at,
        )


def _fewer(messages: list[Message], limit: int) -> tuple[list[Message], tuple[str, ...]]:
    """Alike messages become one at the place of the first; what is still too much is cut, and said."""
    if len(messages) <= limit:
        return messages, ()
    alike: dict[tuple[object, ...], Message] = {}
    for one in messages:
        key = (one.title, one.source, one.target, one.state)
        known = alike.get(key)
        alike[key] = replace(known, count=known.count + 1) if known else one
    shown = list(alike.values())
    notes = [
        f"{len(messages):,} messages are drawn as {min(len(shown), limit):,}: alike ones stand where the first was"
    ]
    if len(shown) > limit:
        bad = [one for one in shown if one.state in ("bad", "ghost")][:limit]
        kept = {id(one) for one in bad} | {
            id(one) for one in [one for one in shown if one not in bad][: limit - len(bad)]
        }
        notes.append(f"{len(shown) - limit:,} kinds of messages are left out; failures are all drawn first")
        shown = [one for one in shown if id(one) in kept]
    return shown, tuple(notes)
