"""Lag over time: a small curve for each group and channel, and the figures beside it."""

from __future__ import annotations

from collections.abc import Sequence

from evtrace.overview import LagLine
from evtrace.present.lag import STATUS_STYLE
from evtrace.present.pages.markup import Html, join, table, tag
from evtrace.present.pages.page import badge
from evtrace.present.times import clock, duration

#: Lines that are drawn before the rest is counted, and the size of a curve.
_LINES, _WIDE, _HIGH = 40, 320, 44

_HEAD = ("group", "channel", "status", "behind", "oldest unread", "highest", "over time")


def body(lines: Sequence[LagLine]) -> Html:
    """A table with a curve in each row."""
    if not lines:
        return tag("p", "Not evaluated: no group's position is known.")
    begin = min((at for line in lines for at, _ in line.points), default=0)
    end = max((at for line in lines for at, _ in line.points), default=0)
    shown = table(_HEAD, (_row(line, begin, end) for line in lines[:_LINES]), cls="roomy")
    span = f"Curves run from {clock(begin)} to {clock(end)}." if end > begin else ""
    more = f" {len(lines) - _LINES:,} more groups and channels are not shown." if len(lines) > _LINES else ""
    return join((shown, tag("p", span + more, cls="soft") if span or more else None))


def _row(line: LagLine, begin: int, end: int) -> tuple[object, ...]:
    peak = max((messages for _, messages in line.points if messages is not None), default=None)
    return (
        line.grp,
        line.channel,
        badge(line.status, STATUS_STYLE.get(line.status, "warn")),
        "unknown" if line.lag_messages is None else f"{line.lag_messages:,}",
        "" if not line.lag_seconds else duration(round(line.lag_seconds * 1e9)),
        "" if peak is None else f"{peak:,}",
        _curve(line, begin, end, peak),
    )


def _curve(line: LagLine, begin: int, end: int, peak: int | None) -> Html:
    """Steps, for a lag stands until it is told anew; where nothing is known there is no line."""
    if not line.points or not peak or end <= begin:
        return Html("")
    last_y: float | None = None
    path = []
    for at, messages in line.points:
        x = (at - begin) / (end - begin) * _WIDE
        if messages is None:
            last_y = None
            continue
        y = _HIGH - 2 - messages / peak * (_HIGH - 6)
        path.append(f"M{x:.1f} {y:.1f}" if last_y is None else f"H{x:.1f} V{y:.1f}")
        last_y = y
    if last_y is not None:
        path.append(f"H{_WIDE}")
    label = f"lag of {line.grp} on {line.channel}: at most {peak:,}, {line.lag_messages or 0:,} in the end"
    drawn = tag("path", d=" ".join(path), fill="none", stroke="currentColor", stroke_width="1.6")
    ground = tag(
        "path", d=f"M0 {_HIGH - 2} H{_WIDE}", fill="none", stroke="currentColor", stroke_opacity="0.35"
    )
    return tag(
        "svg",
        tag("title", label),
        ground,
        drawn,
        width=_WIDE,
        height=_HIGH,
        viewBox=f"0 0 {_WIDE} {_HIGH}",
        role="img",
    )
