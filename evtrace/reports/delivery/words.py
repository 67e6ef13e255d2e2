"""The words that sentences of anomalies share."""

from __future__ import annotations

from evtrace.anomalies import Anomaly

_UNITS = (("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("min", 60_000_000_000), ("s", 1_000_000_000),
          ("ms", 1_000_000), ("µs", 1000))  # fmt: skip


def slot(row: Anomaly) -> str:
    """Where the message lies: 'orders/0/12'; without a position its id: 'event e1 on orders'."""
    place = spot(row.channel, row.part, row.pos)
    if row.pos is not None or row.event_id is None:
        return place
    return f"event {row.event_id}" + (f" on {place}" if row.channel else "")


def spot(channel: str | None, part: int | None, pos: int | None) -> str:
    """'orders/0/12', as far as it is known."""
    named = [channel or "an unnamed channel", *(str(number) for number in (part, pos) if number is not None)]
    return "/".join(named)


def reader(row: Anomaly) -> str:
    return row.grp or "an unnamed reader"


def span(ns: int | None) -> str:
    """A length of time in the unit that suits it: '3.2 s'."""
    if ns is None:
        return "an unknown time"
    for name, size in _UNITS:
        if abs(ns) >= size:
            return f"{ns / size:.3g} {name}" if abs(ns) < 999.5 * size else f"{ns / size:.0f} {name}"
    return f"{ns} ns"


def times(number: int) -> str:
    """'twice', '3 times'."""
    return {1: "once", 2: "twice"}.get(number, f"{number:,} times")


def counted(number: int, noun: str) -> str:
    """'1 slot', '2,000 slots'."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
