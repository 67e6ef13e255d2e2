"""Messages in the order of time, but none before what caused it: the clocks of services differ."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator, Sequence

from evtrace.picture import Message
from evtrace.results import ChainEvent

_LATE = 2**63


def in_causal_order(messages: Sequence[Message], chain: Sequence[ChainEvent]) -> tuple[list[Message], int]:
    """The messages, and how many of them stand later than the clocks say."""
    timed = sorted(messages, key=lambda one: (_moment(one), one.step, one.attempt))
    waits: dict[int, set[int]] = defaultdict(set)  # message → messages that have to come first
    for place, causes in _needs(timed, chain):
        waits[place] |= causes - {place}
    order = list(_sorted(len(timed), waits))
    latest, moved = -1, 0
    for place in order:
        moved += place < latest
        latest = max(latest, place)
    return [timed[place] for place in order], moved


def _moment(message: Message) -> int:
    known = message.at if message.at is not None else message.sent_at
    return _LATE if known is None else known


def _needs(timed: Sequence[Message], chain: Sequence[ChainEvent]) -> Iterator[tuple[int, set[int]]]:
    """What each message has to wait for: the handling that published it, and the attempt before."""
    handed: dict[tuple[int, str | None], list[int]] = defaultdict(list)
    for place, message in enumerate(timed):
        handed[message.step, message.target].append(place)
    for place, message in enumerate(timed):
        step = chain[message.step - 1]
        tries = [
            causing
            for edge in step.parents
            if (causing := _handling(timed, handed[edge.step, message.source], step)) is not None
        ]
        before = [
            one for one in handed[message.step, message.target] if timed[one].attempt == message.attempt - 1
        ]
        yield place, {*tries, *before}


def _handling(timed: Sequence[Message], tries: Sequence[int], effect: ChainEvent) -> int | None:
    """The attempt that published the effect: of those that went well the last before it, else the first."""
    good = [one for one in tries if timed[one].state != "bad"]
    before = [one for one in good if effect.at is not None and _moment(timed[one]) <= effect.at]
    return before[-1] if before else next(iter(good), None)


def _sorted(count: int, waits: dict[int, set[int]]) -> Iterator[int]:
    """By number, each after what it waits for; what waits in a circle comes last."""
    followers: dict[int, list[int]] = defaultdict(list)
    left = {place: len(waits[place]) for place in range(count)}
    for place, causes in waits.items():
        for cause in causes:
            followers[cause].append(place)
    ready = [place for place, number in left.items() if not number]
    heapq.heapify(ready)
    done = set()
    while ready:
        place = heapq.heappop(ready)
        done.add(place)
        yield place
        for follower in followers[place]:
            left[follower] -= 1
            if not left[follower]:
                heapq.heappush(ready, follower)
    yield from (place for place in range(count) if place not in done)
