"""How far do the clocks of two hosts differ, and were they set while they logged?

For a message from a to b, clock b minus clock a is at most receive minus send: nothing arrives before it was
sent. The least such difference bounds from above; messages the other way bound from below. Bounds are kept per
half minute, so that drift and steps show; hosts that never talk are compared by way of others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from evtrace.anomalies import Anomaly
from evtrace.reports.delivery.rules import BY_ID
from evtrace.reports.delivery.words import span
from evtrace.reports.order.bounds import LEAST_NS, SLACK_NS, WINDOW_NS, Bound, Pair, composed, hull, stretches
from evtrace.reports.order.steps import Step, steps
from evtrace.store import Store

#: A window that contradicts itself is looked at in pieces of this length.
_LEAF_NS = 500_000_000

#: More hosts than this are only compared where they talk.
_MOST_HOSTS = 150

#: Of more deliveries than this every n-th event is looked at: bounds stay true, and hardly widen.
_ENOUGH = 2_000_000

# Where the broker's clock is logged it is a host of its own: send → append → receive. Only the first delivery
# of an event that was published once is sure to be of one message.
PAIRS = """
WITH broker AS (
    SELECT e.record_id AS record_id, e.host AS host, e.ts AS ts, e.kind AS kind
    FROM evidence AS e
    WHERE e.at_broker = 1 AND e.kind IN ('publish', 'receive')
), copied AS (
    SELECT event_no AS event_no FROM event_details WHERE copies > 1
), sent AS (
    SELECT v.event_no AS event_no, e.host AS host, e.ts AS ts
    FROM stored_events AS v
    JOIN evidence AS e ON e.record_id = v.record_id
    LEFT JOIN copied AS c ON c.event_no = v.event_no
    WHERE v.event_no % {every} = 0 AND v.kind = 'message' AND e.kind = 'publish' AND e.at_broker = 0 AND e.host IS NOT NULL AND e.ts IS NOT NULL
      AND c.event_no IS NULL
), got AS (
    SELECT d.event_no AS event_no, e.host AS host, d.received_ts AS ts
    FROM stored_deliveries AS d
    JOIN evidence AS e ON e.record_id = d.record_id
    WHERE d.event_no % {every} = 0 AND d.received_ts IS NOT NULL AND d.attempt = 1 AND e.at_broker = 0 AND e.host IS NOT NULL
), stamped AS (
    SELECT f.event_no AS event_no, b.host AS host, MIN(b.ts) AS stamp_ts
    FROM broker AS b
    JOIN record_flows AS f ON f.record_id = b.record_id
    WHERE b.kind = 'publish' AND b.ts IS NOT NULL
    GROUP BY f.event_no, b.host
    HAVING COUNT(*) = 1
), leg AS (
    SELECT s.host AS from_host, g.host AS to_host, s.ts AS from_ts, g.ts - s.ts AS delay
    FROM sent AS s
    JOIN got AS g ON g.event_no = s.event_no
    WHERE s.host <> g.host
    UNION ALL
    SELECT s.host AS from_host, b.host AS to_host, s.ts AS from_ts, b.stamp_ts - s.ts AS delay
    FROM sent AS s
    JOIN stamped AS b ON b.event_no = s.event_no
    WHERE s.host <> b.host
    UNION ALL
    SELECT b.host AS from_host, g.host AS to_host, b.stamp_ts AS from_ts, g.ts - b.stamp_ts AS delay
    FROM stamped AS b
    JOIN got AS g ON g.event_no = b.event_no
    WHERE b.host <> g.host
)
SELECT from_host AS from_host, to_host AS to_host, from_ts - from_ts % {width} AS window_ts, MIN(delay) AS least,
       COUNT(*) AS messages
FROM leg
WHERE from_ts >= {since} AND from_ts < {until}
GROUP BY from_host, to_host, from_ts - from_ts % {width}
ORDER BY from_host, to_host, window_ts
"""


@dataclass(frozen=True)
class ClockPair:
    """What messages prove of two clocks: `b` minus `a`, in milliseconds, at the end of the evidence."""

    a: str
    b: str
    low_ms: float | None
    high_ms: float | None
    estimate_ms: float | None  # the middle; of a one-sided bound a guess by the shortest way of others
    error_ms: float | None  # half the width; None: one-sided
    messages: int
    steps: int  # how often one of the two was set
    is_disputed: bool = False  # ways round by other hosts contradict these messages: all that either allows


@dataclass(frozen=True, kw_only=True)
class ClockFault(Anomaly):
    """A clock that is off, or was set."""

    host: str
    other_host: str | None
    off_s: float  # how far at least, in seconds; negative: the host is behind

    def told(self) -> str:
        way = "behind" if self.off_s < 0 else "ahead of"
        by = span(abs(round(self.off_s * 1e9)))
        if self.rule == "clock_skew":
            return f"the clock of {self.host} is at least {by} {way} that of {self.other_host}: messages arrive before they are sent"
        if self.other_host is not None:
            return f"the clock of {self.host} or {self.other_host} was set by at least {by} around here"
        return f"the clock of {self.host} goes back by {by} from one line to the next"


@dataclass(frozen=True)
class Clocks:
    """Everything that the evidence proves of the clocks."""

    windows: dict[Pair, dict[int, Bound]]  # per half minute
    whole: dict[Pair, Bound]
    upper: dict[Pair, int]  # least upper bound of clock b minus clock a, by any way
    pairs: tuple[ClockPair, ...]
    faults: tuple[ClockFault, ...]
    steps: tuple[Step, ...]

    def behind(self, host: str, other: str, at: int | None = None) -> int:
        """How far `host` may be behind `other` at a time, as far as messages tell; 0 where they do not."""
        bound = self._bound(other, host, at)
        if bound.low is not None:
            return max(0, -bound.low)
        return max(0, -bound.high) if bound.high is not None else 0

    def _bound(self, a: str, b: str, at: int | None) -> Bound:
        """Clock b minus clock a: the bound of the window at that time, else that of all, each with the ways round."""
        pair, turned = (min(a, b), max(a, b)), a > b
        near = self.windows.get(pair, {}).get(at) if at is not None else None
        bound = near or self.whole.get(pair) or Bound()
        bound = bound.turned() if turned else bound
        return bound.meet(_by_others((a, b), self.upper)).loose()


def learn(store: Store) -> Clocks:
    """Ask the store what it proves of its clocks."""
    windows = _windows(_legs(store))
    loose = {pair: {at: bound.loose() for at, bound in bounds.items()} for pair, bounds in windows.items()}
    _cut(store, windows)
    whole = {pair: hull(bounds.values()) for pair, bounds in loose.items()}
    hosts = {host for pair in whole for host in pair}
    upper = composed(whole) if len(hosts) <= _MOST_HOSTS else {}
    own = steps(store)
    return Clocks(
        windows=loose,
        whole=whole,
        upper=upper,
        pairs=_pairs(windows, upper),
        faults=(*_faults(windows), *_own_faults(own)),
        steps=own,
    )


_Leg = tuple[str, str, int, int, int]


def _legs(
    store: Store, *, width: int = WINDOW_NS, since: int = -(10**18), until: int = 9 * 10**18
) -> list[_Leg]:
    deliveries = store.value("SELECT COUNT(*) AS n FROM stored_deliveries")
    every = max(1, -(-deliveries // _ENOUGH))
    found: list[_Leg] = store.rows(PAIRS.format(width=width, since=since, until=until, every=every))
    return found


def _windows(legs: list[_Leg], *, slack_ns: int = SLACK_NS) -> dict[Pair, dict[int, Bound]]:
    """Per pair and window what the least delays of both ways say."""
    found: dict[Pair, dict[int, Bound]] = defaultdict(dict)
    for sender, receiver, at, least, messages in legs:
        pair = min(sender, receiver), max(sender, receiver)
        bound = Bound(None, least, messages)
        bound = bound.widen(slack_ns) if sender == pair[0] else bound.turned().widen(slack_ns)
        found[pair][at] = found[pair].get(at, Bound()).meet(bound)
    return {pair: {at: bound.settled() for at, bound in bounds.items()} for pair, bounds in found.items()}


def _cut(store: Store, windows: dict[Pair, dict[int, Bound]]) -> None:
    """Put pieces in the place of windows that contradict themselves: a clock was set in them."""
    bad = sorted({at for bounds in windows.values() for at, bound in bounds.items() if bound.contradicts})
    for at in bad:
        pieces = _windows(_legs(store, width=_LEAF_NS, since=at, until=at + WINDOW_NS), slack_ns=0)
        for pair, bounds in windows.items():
            if at in bounds and bounds[at].contradicts:
                del bounds[at]
                bounds |= {
                    moment: piece for moment, piece in pieces.get(pair, {}).items() if not piece.contradicts
                }


def _pairs(windows: dict[Pair, dict[int, Bound]], upper: dict[Pair, int]) -> tuple[ClockPair, ...]:
    """Every pair that talks, with what the ways round add where no clock was set."""
    parts = {pair: stretches(bounds) for pair, bounds in windows.items()}
    bounds = {
        pair: part[-1].bound.meet(_by_others(pair, upper)) if len(part) == 1 else part[-1].bound
        for pair, part in parts.items()
    }
    halves = [
        (b.high - b.low) / 2
        for b in bounds.values()
        if b.low is not None and b.high is not None and not b.contradicts
    ]
    least = min(halves, default=None)
    return tuple(
        _pair(
            pair,
            bounds[pair],
            sum(one.messages for one in windows[pair].values()),
            steps=len(parts[pair]) - 1,
            least=least,
        )
        for pair in sorted(windows)
    )


def _by_others(pair: Pair, upper: dict[Pair, int]) -> Bound:
    low = upper.get((pair[1], pair[0]))
    return Bound(None if low is None else -low, upper.get(pair))


def _pair(pair: Pair, bound: Bound, messages: int, *, steps: int, least: float | None) -> ClockPair:
    is_disputed, bound = bound.contradicts, bound.loose()
    both = bound.low is not None and bound.high is not None
    return ClockPair(
        a=pair[0],
        b=pair[1],
        low_ms=_ms(bound.low),
        high_ms=_ms(bound.high),
        estimate_ms=_ms(_estimate(bound, least)),
        error_ms=_ms((bound.high - bound.low) / 2)
        if both and bound.high is not None and bound.low is not None
        else None,
        messages=messages,
        steps=steps,
        is_disputed=is_disputed,
    )


def _estimate(bound: Bound, least: float | None) -> float | None:
    """The middle; of a one-sided bound the edge less the shortest way that any pair shows."""
    if bound.low is not None and bound.high is not None:
        return (bound.low + bound.high) / 2
    if least is None:
        return None
    if bound.high is not None:
        return bound.high - least
    return None if bound.low is None else bound.low + least


def _ms(ns: float | None) -> float | None:
    return None if ns is None else round(ns / 1e6, 3)


def _faults(windows: dict[Pair, dict[int, Bound]]) -> Iterator[ClockFault]:
    for (a, b), bounds in sorted(windows.items()):
        parts = stretches(bounds)
        for before, after in pairwise(parts):
            yield _fault("clock_step", b, a, at=after.since, off_ns=_apart(before.bound, after.bound))
        for part in parts:
            off = _off(part.bound)
            if abs(off) >= LEAST_NS:
                yield _fault("clock_skew", b, a, at=part.since if len(parts) > 1 else None, off_ns=off)


def _own_faults(own: tuple[Step, ...]) -> Iterator[ClockFault]:
    for step in own:
        fault = _fault("clock_step", step.host, None, at=step.after_ts, off_ns=-step.back_ns)
        yield ClockFault(**{**vars(fault), "record_ids": (step.before_id, step.after_id)})


def _fault(rule: str, host: str, other: str | None, *, at: int | None, off_ns: int) -> ClockFault:
    return ClockFault(
        rule=rule, severity=BY_ID[rule].severity, at=at, host=host, other_host=other, off_s=off_ns / 1e9
    )


def _off(bound: Bound) -> int:
    """How far b is surely off: outside of both bounds lies zero."""
    if bound.high is not None and bound.high < 0:
        return bound.high
    return bound.low if bound.low is not None and bound.low > 0 else 0


def _apart(before: Bound, after: Bound) -> int:
    """The least step that explains both."""
    if before.low is not None and after.high is not None and before.low > after.high:
        return after.high - before.low
    if before.high is not None and after.low is not None and after.low > before.high:
        return after.low - before.high
    return 0
