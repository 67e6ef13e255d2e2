"""The words for rules, outcomes and verdicts that every presenter uses."""

from __future__ import annotations

from collections.abc import Sequence

from evtrace.present.times import duration
from evtrace.results import ChainEvent, DeliveryStep, Evidence, ParentEdge

#: How each edge is known. A rule that is not listed is shown by its id.
RULES = {
    "E1": "causation id",
    "E1b": "causation id of the flow",
    "E2": "parent span",
    "E3": "span link",
    "E4a": "same worker",
    "E4b": "same instance",
    "E4c": "elimination",
    "E4d": "first in, first out",
    "E4e": "join",
    "E5": "key and type",
    "E6": "usual predecessor",
    "E7": "statistics",
    "D1": "republication",
}

VERDICT_STYLE = {
    "completed": "good",
    "completed_late": "warn",
    "failed": "bad",
    "stuck": "bad",
    "compensated": "warn",
    "partly_compensated": "bad",
    "running": "warn",
    "unknown": "warn",
}

#: What took an event out of a reader's hand.
CUT_OFF = {"rebalance": "its group was rebalanced", "connection": "its connection was closed"}

#: An event is large from so many characters on, and so many times what the others of its flow carry.
_LARGE, _TIMES = 2_000, 8

LEVEL_MARKS = {"fatal": "✗", "error": "✗", "warn": "!"}


def verdict(name: str | None) -> str:
    """The verdict as a word for people."""
    return (name or "not evaluated").replace("_", " ")


def known_by(edge: ParentEdge) -> str:
    """How an edge is known: 'causation id', 'same worker (0.98)', 'key and type (0.7, 2 rivals)'."""
    doubts = [f"{edge.confidence:.2g}"] if edge.confidence < 1 else []
    if edge.rivals:
        doubts.append(f"{edge.rivals} rival{'s' * (edge.rivals > 1)}")
    words = RULES.get(edge.rule, edge.rule)
    words = f"compensates, by {words}" if edge.kind == "compensates" else words
    return f"{words} ({', '.join(doubts)})" if doubts else words


def place(event: ChainEvent) -> str:
    """Where the event is stored: 'orders/0/12'."""
    return "/".join(str(part) for part in (event.channel, event.part, event.pos) if part is not None)


def spot(evidence: Evidence | None) -> str:
    """Where to read it again: 'shop.log:17'."""
    if evidence is None:
        return ""
    return evidence.source if evidence.line is None else f"{evidence.source}:{evidence.line}"


def handled(delivery: DeliveryStep, published_at: int | None) -> str:
    """How a delivery went: 'error after 1.2 s: timeout'."""
    words = [{None: "received", "dead_letter": "dead letter"}.get(delivery.outcome, delivery.outcome or "")]
    if delivery.received_at is not None and delivery.done_at is not None:
        words.append(f"after {duration(delivery.done_at - delivery.received_at)}")
    if published_at is not None and delivery.received_at is not None and delivery.received_at >= published_at:
        words.append(f"(waited {duration(delivery.received_at - published_at)})")
    if delivery.cut_off is not None:
        words[-1] += f", then {CUT_OFF[delivery.cut_off.what]}"
    error = first_line(delivery.error)
    return " ".join(words) + (f": {error}" if error else "")


def spots(delivery: DeliveryStep) -> tuple[Evidence, ...]:
    """Where to read of a delivery, and of what cut it off."""
    found = (delivery.evidence, delivery.cut_off.evidence if delivery.cut_off else None)
    return tuple(one for one in found if one is not None)


def large_from(chain: Sequence[ChainEvent]) -> int:
    """From how many characters on an event of this flow is told to carry much."""
    sizes = sorted(one.payload_chars for one in chain if one.payload_chars is not None)
    return max(_LARGE, _TIMES * sizes[(len(sizes) - 1) // 2] if sizes else 0)


def first_line(text: str | None) -> str:
    """The first line that says something, and how many follow."""
    lines = [line.strip() for line in (text or "").splitlines() if line.strip()]
    if not lines:
        return ""
    return lines[0] if len(lines) == 1 else f"{lines[0]} (+{counted(len(lines) - 1, 'line')})"


def counted(number: int, noun: str) -> str:
    """'1 event', '2,000 events'."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
