"""The clocks of host pairs as lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evtrace.present.terminal import Screen, clean, columns

#: Pairs shown before the rest is counted; those that are most off come first.
_PAIRS = 12

_HEAD = ("clock of", "against", "estimate", "bounds", "messages", "")


def clock_lines(pairs: Sequence[Any], screen: Screen) -> list[str]:
    """A table of what messages prove: which clock is ahead of which, by how much."""
    if not pairs:
        return []
    worst = sorted(pairs, key=lambda pair: (-abs(pair.estimate_ms or 0), pair.a, pair.b))
    lines = columns(screen, _HEAD, [_cells(pair) for pair in worst[:_PAIRS]])
    more = [f"… {len(pairs) - _PAIRS:,} more pairs; -o json has all"] if len(pairs) > _PAIRS else []
    return [screen.paint("Clocks", "bold"), *(f"  {line}" for line in [*lines, *more])]


def _cells(pair: Any) -> list[str]:
    low, high = ("?" if edge is None else f"{edge:+,.1f}" for edge in (pair.low_ms, pair.high_ms))
    error = "one-sided" if pair.error_ms is None else f"± {pair.error_ms:,.1f} ms"
    estimate = "?" if pair.estimate_ms is None else f"{pair.estimate_ms:+,.1f} ms {error}"
    marks = [f"set {pair.steps} time{'s' * (pair.steps != 1)}"] if pair.steps else []
    marks += ["other hosts contradict"] if pair.is_disputed else []
    return [
        clean(pair.b),
        clean(pair.a),
        estimate,
        f"{low} … {high} ms",
        f"{pair.messages:,}",
        " · ".join(marks),
    ]
