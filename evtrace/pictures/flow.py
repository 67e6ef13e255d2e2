"""One flow as a picture: events in the lanes of their services, failures where they happened, ghosts of what is missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from evtrace.picture import Badge, Edge, Node, Picture, Reader
from evtrace.pictures.critical import with_critical_path
from evtrace.results import Cause, ChainEvent, DeliveryStep, ParentEdge, UsualStep, WhyAnswer

#: Below this an edge is drawn as a guess.
SURE = 0.9

BAD = ("error", "rejected", "dropped", "dead_letter")
#: The rule by which a dead letter is known.
REPUBLICATION = "D1"

NOBODY = "no service"


@dataclass
class _Parts:
    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)


@dataclass(frozen=True)
class Handling:
    """All attempts of one reader at one event."""

    reader: str
    lane: str
    attempts: tuple[DeliveryStep, ...]

    @property
    def last(self) -> DeliveryStep:
        return self.attempts[-1]

    @property
    def is_bad(self) -> bool:
        return self.last.outcome in BAD

    @property
    def state(self) -> str:
        if self.is_bad:
            return "bad"
        if self.last.outcome is None:
            return "open"
        return "warn" if any(one.outcome in BAD for one in self.attempts) else "ok"

    @property
    def at(self) -> int | None:
        return next((one.received_at for one in self.attempts if one.received_at is not None), None)


def handlings(step: ChainEvent) -> list[Handling]:
    """The attempts at an event by reader, readers in the order of their first."""
    by_reader: dict[str, list[DeliveryStep]] = defaultdict(list)
    for delivery in step.deliveries:
        by_reader[delivery.grp or delivery.service or "unknown reader"].append(delivery)
    return [
        Handling(name, next((one.service for one in tries if one.service), None) or name, tuple(tries))
        for name, tries in by_reader.items()
    ]


def picture(answer: WhyAnswer, *, with_ghosts: bool = True) -> Picture:
    """Draw what `why` answered; ghosts are what normal flows have and this one has not."""
    parts = _Parts()
    for step in answer.chain:
        _event(parts, step, answer)
    _never_handed(parts, answer)
    if with_ghosts:
        _ghosts(parts, answer)
    nodes, edges = with_critical_path(parts.nodes, parts.edges, _path(answer))
    return Picture(
        kind="flow",
        title=answer.query,
        subtitle=answer.verdict,
        start=answer.flow.started_at,
        lanes=lanes_of(nodes),
        nodes=tuple(nodes),
        edges=tuple(edges),
        notes=tuple(_notes(answer)),
    )


def _path(answer: WhyAnswer) -> tuple[str, ...]:
    """The critical path as `why` accounts for it."""
    return tuple(f"e{step}" for step in answer.time.path) if answer.time else ()


def lanes_of(nodes: Iterable[Node]) -> tuple[str, ...]:
    """The services in the order in which they come in."""
    return tuple(dict.fromkeys(node.lane for node in nodes if node.lane is not None))


def place_of(step: ChainEvent) -> str | None:
    """Where the event is stored: 'orders/0/12'."""
    parts = [str(part) for part in (step.channel, step.part, step.pos) if part is not None]
    return "/".join(parts) or None


def _event(parts: _Parts, step: ChainEvent, answer: WhyAnswer) -> None:
    tried = handlings(step)
    parts.nodes.append(
        Node(
            id=f"e{step.step}",
            kind="event",
            title=step.event_type or step.event_id,
            lane=publisher(step, answer.chain),
            state=_state(step),
            step=step.step,
            at=step.at,
            place=place_of(step),
            hop=step.hop,
            words=_first_line(step.error) or _loud_words(step),
            readers=tuple(
                Reader(one.reader, one.state, len(one.attempts)) for one in tried if not one.is_bad
            ),
            badges=(*_copies(step), *_hop(step), *_findings(step, answer)),
        )
    )
    parts.edges += [_edge(edge, step, answer.chain) for edge in step.parents]
    for number, handling in enumerate((one for one in tried if one.is_bad), start=1):
        _failure(parts, step, number, handling, answer)


def publisher(step: ChainEvent, chain: tuple[ChainEvent, ...]) -> str:
    """Whose lane it is; a dead letter comes from the reader that gave up, whoever published the event first."""
    for edge in step.parents:
        readers = [one for one in handlings(chain[edge.step - 1]) if one.last.outcome == "dead_letter"]
        if edge.rule == REPUBLICATION and len(readers) == 1:
            return readers[0].lane
    return step.service or NOBODY


def _state(step: ChainEvent) -> str:
    if step.outcome == "error" or step.hop == "dead_letter":
        return "bad"
    return "bad" if _loud_words(step) and step.kind == "operation" else "ok"


def _loud_words(step: ChainEvent) -> str | None:
    return next((_first_line(line.message) for line in step.logs if line.level in ("error", "fatal")), None)


def _copies(step: ChainEvent) -> Iterator[Badge]:
    if step.copies > 1:
        yield Badge("warning", "duplicate_publish", f"published {step.copies:,} times")


def _hop(step: ChainEvent) -> Iterator[Badge]:
    if step.hop:
        yield Badge("error" if step.hop == "dead_letter" else "info", step.hop, step.hop.replace("_", " "))


def _findings(step: ChainEvent, answer: WhyAnswer) -> Iterator[Badge]:
    """What the reports found about this event; what the picture shows already is not said twice."""
    if (
        answer.cause
        and answer.cause.step == step.step
        and not any(_is_cause(one, answer) for one in handlings(step))
    ):
        yield _cause(answer.cause)
    rules = {
        finding.rule: finding
        for finding in answer.findings
        if finding.event_id == step.event_id and finding.rule not in ("duplicate_publish", "dead_letter")
    }
    yield from (Badge(one.severity, one.rule, one.rule.replace("_", " ")) for one in rules.values())


def _cause(cause: Cause) -> Badge:
    return Badge("error", cause.kind, f"cause: {cause.kind.replace('_', ' ')}")


def _is_cause(handling: Handling, answer: WhyAnswer) -> bool:
    return handling.is_bad and answer.cause is not None and handling.reader == answer.cause.grp


def _edge(edge: ParentEdge, step: ChainEvent, chain: tuple[ChainEvent, ...]) -> Edge:
    parent = chain[edge.step - 1]
    is_known = parent.at is not None and step.at is not None
    return Edge(
        source=_source(edge, parent),
        target=f"e{step.step}",
        kind=edge.kind,
        rule=edge.rule,
        confidence=edge.confidence,
        rivals=edge.rivals,
        took=(step.at or 0) - (parent.at or 0) if is_known else None,
        is_guess=edge.confidence < SURE or edge.rivals > 0,
    )


def _source(edge: ParentEdge, parent: ChainEvent) -> str:
    """A dead letter comes from the reader that gave up, where there is just one."""
    gave_up = [number for number, one in enumerate((h for h in handlings(parent) if h.is_bad), start=1)
               if one.last.outcome == "dead_letter"]  # fmt: skip
    if edge.rule == REPUBLICATION and len(gave_up) == 1:
        return f"e{parent.step}h{gave_up[0]}"
    return f"e{parent.step}"


def _failure(parts: _Parts, step: ChainEvent, number: int, handling: Handling, answer: WhyAnswer) -> None:
    said = next((one.error for one in reversed(handling.attempts) if one.error), None)
    name, outcome = f"e{step.step}h{number}", handling.last.outcome or "error"
    is_cause = answer.cause is not None and answer.cause.step == step.step and _is_cause(handling, answer)
    parts.nodes.append(
        Node(
            id=name,
            kind="handling",
            title=handling.reader,
            lane=handling.lane,
            state="bad",
            at=handling.at,
            words=_first_line(said),
            attempts=len(handling.attempts),
            badges=(
                _cause(answer.cause)
                if is_cause and answer.cause
                else Badge("error", outcome, outcome.replace("_", " ")),
            ),
        )
    )
    waited = None if step.at is None or handling.at is None else handling.at - step.at
    parts.edges.append(Edge(f"e{step.step}", name, kind="handled", state="bad", took=waited))


def _never_handed(parts: _Parts, answer: WhyAnswer) -> None:
    """The reader that the cause names and that was never handed the event."""
    cause = answer.cause
    if cause is None or cause.step is None or cause.grp is None:
        return
    step = answer.chain[cause.step - 1]
    if any(one.reader == cause.grp for one in handlings(step)):
        return
    is_lost = cause.kind == "lost_delivery"
    parts.nodes.append(
        Node(
            id=f"e{step.step}m",
            kind="missing",
            title=cause.grp,
            lane=cause.service or cause.grp,
            state="ghost",
            words="never handed to it" if is_lost else "not seen: its logs end",
        )
    )
    parts.edges.append(Edge(f"e{step.step}", f"e{step.step}m", kind="missing", state="ghost"))


def _ghosts(parts: _Parts, answer: WhyAnswer) -> None:
    """Steps that normal flows have and this one has not, hung on their usual cause."""
    steps = answer.expected.steps if answer.expected else ()
    names = {step.event_type or step.channel: f"e{step.step}" for step in reversed(answer.chain)}
    ghosts: dict[tuple[str, str], str] = {}
    for one in steps:
        kind = (one.effect, one.service)
        if one.here != "seen" and kind not in ghosts:
            ghosts[kind] = f"m{len(ghosts) + 1}"
            parts.nodes.append(_ghost(one, ghosts[kind], answer))
    # what is missing leads to what is missing after it
    names |= {effect: name for (effect, _), name in ghosts.items() if effect not in names}
    for one in steps:
        cause, ghost = names.get(one.event_type), ghosts.get((one.effect, one.service))
        if ghost and cause and cause != ghost:
            parts.edges.append(Edge(cause, ghost, kind="missing", state="ghost"))


def _ghost(step: UsualStep, name: str, answer: WhyAnswer) -> Node:
    said = "not seen yet" if answer.verdict in ("running", "unknown") else "missing"
    words = f"{said}; {_usual(step)}"
    return Node(id=name, kind="missing", title=step.effect, lane=step.service, state="ghost", words=words)


def _usual(step: UsualStep) -> str:
    if step.share is None:
        return "declared, and nobody did it yet"
    return f"{round(step.share * step.cases):,} of {step.cases:,} normal cases have it"


def _notes(answer: WhyAnswer) -> Iterator[str]:
    if answer.cause:
        yield f"Cause: {answer.cause.sentence}"
    guesses = sum(edge.confidence < SURE or edge.rivals > 0 for step in answer.chain for edge in step.parents)
    if guesses:
        edges = sum(len(step.parents) for step in answer.chain)
        yield f"guesses, drawn dashed and with a question mark: {guesses:,} of {edges:,} edges"
    yield from (f"Not seen: {absent.sentence}" for absent in answer.not_seen)


def _first_line(text: str | None) -> str | None:
    return next((line.strip() for line in (text or "").splitlines() if line.strip()), None)
