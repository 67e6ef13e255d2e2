"""Times and durations for people and for JSON."""

from __future__ import annotations

from datetime import UTC, datetime

from evtrace.model import NS_PER_S

#: Years that a datetime holds; log lines can claim others.
_FIRST, _LAST = -62_135_596_800, 253_402_300_799

_MINUTE_S, _HOUR_S = 60, 3600
_UNITS = (("s", NS_PER_S), ("ms", 1_000_000), ("µs", 1000))
_THREE_DIGITS = 999.5  # from here on rounding would give '1e+03'


def rfc3339(ns: int | None) -> str | None:
    """RFC 3339, UTC, nine digits: '2026-03-01T12:00:00.000000001Z'. None for times beyond year 9999."""
    if ns is None or not _FIRST <= ns // NS_PER_S <= _LAST:
        return None
    seconds, rest = divmod(ns, NS_PER_S)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


def clock(ns: int | None) -> str:
    """For people: '2026-03-01 12:00:00.000 UTC'."""
    text = rfc3339(ns)
    return f"{text[:10]} {text[11:23]} UTC" if text else "no time"


def offset(ns: int | None, start: int | None) -> str:
    """Time since the start of the flow: '+1.204 s'."""
    if ns is None or start is None:
        return "no time"
    sign, ns = ("-", start - ns) if ns < start else ("+", ns - start)
    whole, rest = divmod(ns // 1_000_000, 1000)
    if whole < _HOUR_S:
        return f"{sign}{whole}.{rest:03d} s"
    hours, minutes, seconds = whole // _HOUR_S, whole % _HOUR_S // _MINUTE_S, whole % _MINUTE_S
    return f"{sign}{hours}h{minutes:02d}m{seconds:02d}.{rest:03d}s"


def duration(ns: int | None) -> str:
    """A length of time in the unit that suits it."""
    if ns is None:
        return "unknown"
    if abs(ns) >= _HOUR_S * NS_PER_S:
        return offset(ns, 0).removeprefix("+")
    for unit, size in _UNITS:
        if abs(ns) >= size:
            amount = ns / size
            return f"{amount:.3g} {unit}" if abs(amount) < _THREE_DIGITS else f"{amount:.1f} {unit}"
    return f"{ns} ns"
