"""Bounds of a clock against another: intervals that messages prove, and what several of them say together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce

WINDOW_NS = 30_000_000_000

#: Less than this is what logging itself takes, not a difference of clocks.
LEAST_NS = 5_000_000

#: Clocks of ordinary machines drift apart by no more than this.
_DRIFT = 60e-6

#: What a clock may drift within half a window: the bounds of a window are widened by it.
SLACK_NS = int(_DRIFT * WINDOW_NS / 2)


@dataclass(frozen=True)
class Bound:
    """Clock b minus clock a lies between `low` and `high` nanoseconds; None: no message that way."""

    low: int | None = None
    high: int | None = None
    messages: int = 0

    @property
    def contradicts(self) -> bool:
        return self.low is not None and self.high is not None and self.low > self.high

    def meet(self, other: Bound) -> Bound:
        """What both say together."""
        lows = [low for low in (self.low, other.low) if low is not None]
        highs = [high for high in (self.high, other.high) if high is not None]
        return Bound(max(lows, default=None), min(highs, default=None), self.messages + other.messages)

    def cover(self, other: Bound) -> Bound:
        """What holds while either does, as far as it is known."""
        lows = [low for low in (self.low, other.low) if low is not None]
        highs = [high for high in (self.high, other.high) if high is not None]
        return Bound(min(lows, default=None), max(highs, default=None), self.messages + other.messages)

    def loose(self) -> Bound:
        """Of a bound that contradicts itself, because a clock was set: all that it may have been."""
        return Bound(self.high, self.low, self.messages) if self.contradicts else self

    def settled(self) -> Bound:
        """Of a bound that contradicts itself by no more than logging takes: all that it may be."""
        if self.low is None or self.high is None or self.low - self.high >= LEAST_NS:
            return self
        return self.loose()

    def widen(self, by_ns: int) -> Bound:
        low = None if self.low is None else self.low - by_ns
        return Bound(low, None if self.high is None else self.high + by_ns, self.messages)

    def turned(self) -> Bound:
        """The same for a minus b."""
        low = None if self.high is None else -self.high
        return Bound(low, None if self.low is None else -self.low, self.messages)


@dataclass(frozen=True)
class Stretch:
    """A time in which one bound holds: between two steps of a clock."""

    since: int
    until: int
    bound: Bound


def stretches(windows: Mapping[int, Bound]) -> list[Stretch]:
    """Walk the windows of a pair in time; where the next contradicts all before, a clock was set."""
    found: list[Stretch] = []
    for at in sorted(windows):
        last = found[-1] if found else None
        drifted = last.bound.widen(int((at - last.until) * _DRIFT)) if last else Bound()
        together = drifted.meet(windows[at]).settled()
        if last is None or together.contradicts:
            found.append(Stretch(at, at, windows[at]))
        else:
            found[-1] = Stretch(last.since, at, together)
    return found


Pair = tuple[str, str]


def composed(pairs: Mapping[Pair, Bound]) -> dict[Pair, int]:
    """Per ordered pair the least upper bound of clock b minus clock a, also by way of other hosts.

    Empty where the bounds of several pairs contradict each other: then none is to be trusted beyond itself.
    """
    hosts = sorted({host for pair in pairs for host in pair})
    upper = dict(_direct(pairs))
    for by in hosts:
        for a in hosts:
            for b in hosts:
                if (a, by) in upper and (by, b) in upper:
                    way = upper[a, by] + upper[by, b]
                    upper[a, b] = min(upper.get((a, b), way), way)
    return {} if any(upper.get((host, host), 0) < 0 for host in hosts) else upper


def _direct(pairs: Mapping[Pair, Bound]) -> Iterable[tuple[Pair, int]]:
    for (a, b), bound in pairs.items():
        if bound.high is not None:
            yield (a, b), bound.high
        if bound.low is not None:
            yield (b, a), -bound.low


def hull(bounds: Iterable[Bound]) -> Bound:
    """What holds all the time, as far as it is known."""
    return reduce(Bound.cover, bounds, Bound())
