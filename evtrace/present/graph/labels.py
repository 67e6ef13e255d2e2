"""What stands in the boxes and on the lines of a picture, as harmless lines of text."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from evtrace.picture import Edge, Measure, Message, Node, Picture, Sequence
from evtrace.present.terminal import clean
from evtrace.present.times import duration, offset
from evtrace.present.words import RULES, verdict

#: What says a state without colour.
MARKS = {"ok": "", "warn": "! ", "bad": "✗ ", "open": "? ", "ghost": "○ "}
CHANGES = {"": "", "left": "− ", "right": "+ ", "both": "~ "}
_BADGE = {"error": "⚑", "warning": "⚑", "info": "·"}
_READER = {"ok": "✓", "warn": "!", "open": "?"}

#: Characters of a line, and lines of an error, before the rest is cut.
WIDTH, LINES = 38, 2

#: Readers that are named in a box.
_READERS = 6


#: Characters of a name or an error that are told to who points at a box; of a heading; of a note.
_TOLD, _HEADING, _SENTENCE = 2_000, 120, 400


@dataclass(frozen=True)
class Label:
    """The text of a box: its name, and what stands under it."""

    title: str
    details: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        return (self.title, *self.details)


def node_label(node: Node, start: int | None) -> Label:
    """The text of a box."""
    many = f" ×{node.count:,}" if node.count > 1 else ""
    title = CHANGES[node.change] + MARKS[node.state] + clip(node.title) + many
    return Label(title, tuple(_details(node, start)))


def full_text(node: Node, start: int | None) -> str:
    """All that is known of a box, for who points at it."""
    parts = (clean(node.title[:_TOLD]), *_details(node, start), clean((node.words or "")[:_TOLD]))
    return "\n".join(part for part in dict.fromkeys(parts) if part)


def _details(node: Node, start: int | None) -> Iterator[str]:
    facts = (f"#{node.step}" if node.step else "", offset(node.at, start) if node.at is not None else "")
    if any(facts):
        yield " · ".join(fact for fact in facts if fact)
    if node.place:
        yield clip(node.place, from_end=True)
    if node.attempts > 1:
        yield f"{node.attempts:,} attempts"
    yield from wrapped(node.words or "")
    yield from _readers(node)
    yield from (measure(one) for one in node.measures)
    yield from (f"{_BADGE[badge.severity]} {clip(badge.sentence)}" for badge in node.badges)


def _readers(node: Node) -> Iterator[str]:
    for state, mark in _READER.items():
        found = [
            clip(one.name) + (f" (attempt {one.attempts})" if state == "warn" else "")
            for one in node.readers
            if one.state == state
        ]
        more = [f"{len(found) - _READERS:,} more"] if len(found) > _READERS else []
        if found:
            yield from textwrap.wrap(
                f"{mark} {', '.join(found[:_READERS] + more)}", WIDTH, subsequent_indent="  "
            )


def edge_label(edge: Edge, usual_rule: str | None) -> str:
    """The text on a line: how long it took, how it is known unless that is usual, its figures."""
    words = [CHANGES[edge.change].strip(), clip(edge.name or "")]
    if edge.rule and (edge.is_guess or edge.rule != usual_rule):
        words.append(_known_by(edge))
    if edge.kind == "compensates":
        words.append("compensates")
    if edge.count > 1:
        words.append(f"×{edge.count:,}")
    if edge.took is not None:
        words.append(offset_of(edge.took))
    words += [measure(one) for one in edge.measures]
    return "\n".join(word for word in words if word)


def _known_by(edge: Edge) -> str:
    words = RULES.get(edge.rule or "", clip(edge.rule or ""))
    return f"? {words} ({edge.confidence:.2g})" if edge.is_guess else words


def usual_rule(picture: Picture) -> str | None:
    """The rule that gives most edges: said once, it is left out of each."""
    rules = Counter(edge.rule for edge in picture.edges if edge.rule and not edge.is_guess)
    return rules.most_common(1)[0][0] if rules else None


def notes(picture: Picture) -> list[str]:
    """The sentences under a picture."""
    rule = usual_rule(picture)
    found = [shortened(note) for note in picture.notes]
    if rule:
        found.append(f"edges without a name are known by {RULES.get(rule, clip(rule))}")
    if any(edge.is_critical for edge in picture.edges):
        found.append("bold: the path that the end waited for")
    signs = _signs(picture)
    return [*found, signs] if signs else found


def _signs(picture: Picture) -> str:
    """What the signs mean that the picture has."""
    states = {node.state for node in picture.nodes}
    read = {one.state for node in picture.nodes for one in node.readers}
    meant = (
        ("✓ handled", "ok" in read),
        ("! handled at a later attempt", "warn" in read),
        ("? how it ended is not logged", "open" in read),
        ("✗ failed", "bad" in states and picture.kind != "topology"),
        ("○ missing", "ghost" in states and picture.kind == "flow"),
    )
    return ", ".join(words for words, is_there in meant if is_there)


def heading(picture: Picture) -> str:
    """The name of a picture, and what came of it."""
    words = (picture.title[:_HEADING], picture.subtitle.replace("_", " "))
    return " · ".join(clean(word) for word in words if word)


def measure(one: Measure) -> str:
    """'lag 12', 'wait 33 ms (usually 30 ms)', '▲' where it departs from what is usual."""
    value = _amount(one.value, one.unit)
    normal = _amount(one.normal, one.unit)
    usual = f" (usually {normal})" if one.normal is not None and normal != value else ""
    return f"{'▲ ' if one.is_off else ''}{_named(one.name, value, one.unit)}{usual}"


def _named(name: str, value: str, unit: str) -> str:
    if unit == "none":
        return name
    words = (value, name) if unit in ("share", "events", "per_s") else (name, value)
    return " ".join(word for word in words if word)


def _amount(value: float | None, unit: str) -> str:
    if value is None:
        return "unknown"
    if unit == "ns":
        return duration(round(value))
    if unit == "share":
        return "<1 %" if 0 < value < 0.01 else f"{value:.0%}".replace("%", " %")
    if unit == "per_s":
        return _rate(value)
    return f"{value:,.0f}"


def _rate(per_s: float) -> str:
    """'12/s', '5/min', '11/h': in the unit that gives more than one."""
    for unit, seconds in (("s", 1), ("min", 60), ("h", 3600)):
        amount = per_s * seconds
        if amount >= 1 or unit == "h":
            break
    return f"{amount:,.2g}/{unit}" if amount < 10 else f"{amount:,.0f}/{unit}"


def offset_of(took: int) -> str:
    """'+33 ms'; a cause that seems later than its effect is a matter of clocks."""
    return f"+{duration(took)}" if took >= 0 else f"-{duration(-took)} (clocks unsure)"


def clip(text: str, *, from_end: bool = False) -> str:
    """At most a line of harmless text; of a place the end says most."""
    shown = clean(text)
    if len(shown) <= WIDTH:
        return shown
    return f"…{shown[1 - WIDTH :]}" if from_end else f"{shown[: WIDTH - 1]}…"


def shortened(sentence: str) -> str:
    """At most some lines of harmless text."""
    return clean(sentence if len(sentence) <= _SENTENCE else f"{sentence[: _SENTENCE - 1]}…")


def wrapped(text: str) -> list[str]:
    """An error in few short lines."""
    words = re.sub(
        r"\b(?:\w+\.){2,}(?=\w)", "", shortened(text)
    )  # com.example.Failed says no more than Failed
    lines = textwrap.wrap(words, WIDTH, break_long_words=True)
    return lines if len(lines) <= LINES else [*lines[: LINES - 1], clip(f"{lines[LINES - 1]} …"[: WIDTH + 2])]


def message_label(message: Message, start: int | None) -> str:
    """The text on an arrow of a sequence: '#2 PaymentProcessed +0.090 s (waited 75 ms), attempt 2 of 3'."""
    at = message.at if message.at is not None else message.sent_at
    words = [f"{MARKS[message.state]}#{message.step} {clip(message.title)}"]
    words += [f"×{message.count:,}"] if message.count > 1 else []
    words += [offset(at, start)] if at is not None else []
    facts = []
    if message.attempts > 1 and message.count == 1:
        facts.append(f"attempt {message.attempt} of {message.attempts}")
    if (
        message.at is not None
        and message.sent_at is not None
        and message.at > message.sent_at
        and message.count == 1
    ):
        facts.append(f"waited {duration(message.at - message.sent_at)}")
    if message.took is not None and message.count == 1:
        facts.append(f"took {duration(message.took)}")
    if message.target is None:
        facts.append("no reader is seen")
    return " ".join(words) + (f" ({', '.join(facts)})" if facts else "")


def sequence_heading(diagram: Sequence) -> str:
    """The name of a sequence, and what came of it."""
    return f"{clean(diagram.title[:_HEADING])} · {verdict(diagram.subtitle)}"


def sequence_notes(diagram: Sequence) -> list[str]:
    """The sentences under a sequence."""
    return ["arrows stand in the order in which they arrived; times count from the start of the flow",
            *(clean(note) for note in diagram.notes)]  # fmt: skip
