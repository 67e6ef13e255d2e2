"""Calls inside calls: whose they are where no link tells, and where the time of the outer ones went.

The latter is the critical path of nested calls: from the end of the work back over the call that ended last, then over the one that
had ended before that began, and so on inside each of them (Zhang and others, CRISP, USENIX ATC 2022).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from evtrace.results import ChainEvent

Calls = Mapping[int, Sequence[ChainEvent]]


@dataclass(frozen=True)
class Work:
    """A piece of work that a service did in one go."""

    number: int
    service: str | None
    at: int | None
    end_at: int | None


def unlinked(works: Iterable[Work], linked: Container[int]) -> list[tuple[int, int]]:
    """Pairs of outer and inner work where the tracer lost the link: a trace begins while its service is at work.

    The last to begin before it is the one that called. A service's own clock tells both, so their times compare.
    """
    spans: dict[str, list[tuple[int, int, int]]] = defaultdict(list)  # by service: begin, minus end, number
    for one in works:
        if one.service and one.at is not None and one.end_at is not None:
            spans[one.service].append((one.at, -one.end_at, one.number))
    pairs = []
    for mine in spans.values():
        running: list[tuple[int, int]] = []  # end, number: in the order of their begin
        for begin, minus_end, number in sorted(mine):
            running = [one for one in running if one[0] > begin]
            if running and number not in linked:
                pairs.append((running[-1][1], number))
            running.append((-minus_end, number))
    return pairs


@dataclass(frozen=True)
class Stretch:
    """A time in which the flow waited for one step itself, not for a call inside it."""

    step: int
    who: str | None
    begun_at: int
    ended_at: int


def calls_of(chain: Iterable[ChainEvent]) -> Calls:
    """By step: the calls made inside it, the last to end first."""
    works = {
        one.step: one
        for one in chain
        if one.kind == "operation" and one.at is not None and one.end_at is not None
    }
    pairs = {(edge.step, one.step) for one in works.values() for edge in one.parents if edge.step in works}
    known = (Work(one.step, one.service, one.at, one.end_at) for one in works.values())
    inner: dict[int, list[ChainEvent]] = defaultdict(list)
    for outer, step in {*pairs, *unlinked(known, {step for _, step in pairs})}:
        inner[outer].append(works[step])
    for found in inner.values():
        found.sort(key=lambda one: (-(one.end_at or 0), one.step))
    return inner


def stretches(work: ChainEvent, until: int, calls: Calls) -> list[Stretch]:
    """The time from the begin of `work` until then, without gap or overlap, in order.

    A call that outlived its caller, or a clock that says so, counts until the caller's end.
    """
    found: list[Stretch] = []
    met = {work.step}  # links may go round in a circle

    def inside(outer: ChainEvent) -> Iterator[ChainEvent]:
        return (call for call in calls.get(outer.step, ()) if call.step not in met)

    open_works = [_Open(work, work.at or 0, until, inside(work))]
    while open_works:
        last = open_works[-1]
        call = last.next_call()
        if call is None:
            found.append(Stretch(last.work.step, last.work.service, last.begun_at, last.left_until))
            open_works.pop()
            continue
        begun, ended = last.window(call)
        found.append(Stretch(last.work.step, last.work.service, ended, last.left_until))
        last.left_until = begun
        met.add(call.step)
        open_works.append(_Open(call, begun, ended, inside(call)))
    return [one for one in reversed(found) if one.ended_at > one.begun_at]


@dataclass
class _Open:
    """Work whose time is accounted for down to `left_until`."""

    work: ChainEvent
    begun_at: int
    left_until: int
    calls: Iterator[ChainEvent]  # the last to end first
    is_first: bool = True

    def next_call(self) -> ChainEvent | None:
        """The call that the time just before `left_until` waited for."""
        for call in self.calls:
            begun, ended = self.window(call)
            if begun < ended and (self.is_first or (call.end_at or 0) <= self.left_until):
                self.is_first = False
                return call
        return None

    def window(self, call: ChainEvent) -> tuple[int, int]:
        return max(call.at or 0, self.begun_at), min(call.end_at or 0, self.left_until)
