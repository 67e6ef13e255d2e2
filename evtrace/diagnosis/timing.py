"""Where the time of a flow went: the chain of causes that ended last, hop by hop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from evtrace.diagnosis.calls import Calls, calls_of, stretches
from evtrace.results import ChainEvent, DeliveryStep, TimeAccount, TimePart


@dataclass(frozen=True)
class _Hop:
    """From one event of the path to the next; `end` is where it ends: the next event, or the last handling."""

    event: ChainEvent
    end_at: int
    who: str | None
    attempts: tuple[DeliveryStep, ...]


@dataclass(frozen=True)
class _Part:
    """A part of the account, with the times that it lies between: of work that waited for calls several pairs."""

    what: str
    step: int
    who: str | None
    spans: tuple[tuple[int, int], ...]

    @property
    def took_ns(self) -> int:
        return sum(ended - begun for begun, ended in self.spans)


def account(chain: Sequence[ChainEvent]) -> TimeAccount | None:
    """Account for the time from the entry of the critical path to what ended last."""
    path, hops = _walked(chain)
    found = [part for _, parts in hops for part in parts]
    parts = [part for part in found if part.took_ns > 0]
    total = sum(part.took_ns for part in parts)
    if not total:
        return None
    shares = tuple(
        TimePart(part.what, part.step, part.who, part.took_ns, part.took_ns / total) for part in parts
    )
    by_what: dict[str, float] = {}
    for part in shares:
        by_what[part.what] = by_what.get(part.what, 0.0) + part.share
    skew = max((-part.took_ns for part in found if part.took_ns < 0), default=0)
    steps = dict.fromkeys(step for begun, inner in hops for step in (begun, *(part.step for part in inner)))
    steps[path[-1].step] = None
    return TimeAccount(total, tuple(steps), shares, by_what, skew)


def spans(chain: Sequence[ChainEvent]) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Between which times each part of the account of a chain lies, in the order of its parts."""
    return tuple(part.spans for _, parts in _walked(chain)[1] for part in parts if part.took_ns > 0)


def _walked(chain: Sequence[ChainEvent]) -> tuple[list[ChainEvent], list[tuple[int, list[_Part]]]]:
    """The critical path, and of each hop its first step and its parts."""
    dated = [step for step in chain if step.at is not None]
    if not dated:
        return [], []
    path, calls = _path(dated), calls_of(dated)
    return path, [(hop.event.step, list(_parts(hop, calls))) for hop in _hops(path)]


def _ended(step: ChainEvent) -> int:
    ends = [at for one in step.deliveries for at in (one.done_at, one.received_at) if at is not None]
    return max([step.end_at or step.at or 0, *ends])


def _path(dated: Sequence[ChainEvent]) -> list[ChainEvent]:
    """From the entry to the event that ended last, always over the cause that arrived last."""
    by_step = {step.step: step for step in dated}
    step: ChainEvent | None = max(dated, key=lambda one: (_ended(one), one.step))
    path: list[ChainEvent] = []
    met: set[int] = set()
    while step is not None and step.step not in met:
        path.append(step)
        met.add(step.step)
        causes = [by_step[edge.step] for edge in step.parents if edge.step in by_step]
        step = max(causes, key=lambda cause: (_arrived(cause, path[-1]), cause.step), default=None)
    return path[::-1]


def _arrived(cause: ChainEvent, effect: ChainEvent) -> int:
    """When the service that published the effect was handed the cause."""
    attempts = _attempts(cause, effect.service)
    return (attempts[-1].received_at if attempts else None) or cause.at or 0


def _attempts(event: ChainEvent, service: str | None) -> tuple[DeliveryStep, ...]:
    found = [one for one in event.deliveries if one.service == service and one.received_at is not None]
    return tuple(sorted(found, key=lambda one: (one.received_at or 0, one.attempt)))


def _hops(path: Sequence[ChainEvent]) -> Iterator[_Hop]:
    for event, effect in pairwise(path):
        attempts = tuple(
            one for one in _attempts(event, effect.service) if (one.received_at or 0) <= (effect.at or 0)
        )
        yield _Hop(event, effect.at or 0, effect.service, attempts or _attempts(event, effect.service))
    last = path[-1]
    ends = [(one.done_at or one.received_at or 0, one.service or "", one) for one in last.deliveries]
    if ends:
        end_at, _, one = max(ends, key=lambda end: end[:2])
        yield _Hop(last, end_at, one.service or one.grp, _attempts(last, one.service) or (one,))
    elif last.end_at is not None:
        yield _Hop(last, last.end_at, last.service, ())


def _parts(hop: _Hop, calls: Calls) -> Iterator[_Part]:
    """Queue wait, back-off, handling, outbox: each within one clock but the wait, which may come out negative."""
    begun = hop.event.at or 0
    step, who = hop.event.step, hop.who
    received = [one.received_at for one in hop.attempts if one.received_at is not None]
    if not received:
        yield from (
            _worked(hop, calls)
            if hop.event.kind == "operation"
            else [_Part("unknown", step, who, ((begun, hop.end_at),))]
        )
        return
    yield _Part("queue", step, who, ((begun, received[0]),))
    yield _Part("retry", step, who, ((received[0], received[-1]),))
    done = hop.attempts[-1].done_at
    worked = hop.end_at if done is None or done >= hop.end_at or done < received[-1] else done
    yield _Part("handling", step, who, ((received[-1], worked),))
    yield _Part("outbox", step, who, ((worked, hop.end_at),))


def _worked(hop: _Hop, calls: Calls) -> Iterator[_Part]:
    """What a piece of work did itself, and what it waited for inside: the callers first."""
    if hop.end_at < (hop.event.at or 0):
        yield _Part("handling", hop.event.step, hop.who, ((hop.event.at or 0, hop.end_at),))
    took: dict[tuple[int, str | None], list[tuple[int, int]]] = defaultdict(list)
    for one in stretches(hop.event, hop.end_at, calls):
        took[one.step, one.who].append((one.begun_at, one.ended_at))
    for (step, who), found in sorted(took.items(), key=lambda one: one[0][0]):
        yield _Part("handling", step, who, tuple(found))
