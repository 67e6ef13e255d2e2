"""What groups received of what was published, as lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evtrace.present.terminal import Screen, clean, columns
from evtrace.present.times import clock

_HEAD = ("group", "channel", "published", "received", "share", "")


def audit_lines(audits: Sequence[Any], screen: Screen) -> list[str]:
    """One line per group and channel, the least share first."""
    if not audits:
        return []
    ordered = sorted(audits, key=lambda one: (one.share, one.grp, one.channel))
    lines = columns(screen, _HEAD, [_cells(one) for one in ordered])
    return [screen.paint("Audit", "bold"), *(f"  {line}" for line in lines)]


def _cells(one: Any) -> list[str]:
    worst = min(one.below, key=lambda bucket: (bucket.share, bucket.at), default=None)
    when = (
        ""
        if worst is None
        else f"least {_percent(worst.share)} in the {one.over_s:g} s from {clock(worst.at)}"
    )
    return [
        clean(one.grp),
        clean(one.channel),
        f"{one.published:,}",
        f"{one.received:,}",
        _percent(one.share),
        when,
    ]


def _percent(share: float) -> str:
    """Never rounded up to all."""
    return "100 %" if share >= 1 else f"{min(share, 0.9999):.2%}".replace("%", " %")
