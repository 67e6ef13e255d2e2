"""What is promised between versions: the modes and the directions that each asks about."""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.changes import BACKWARD, DIRECTIONS, FORWARD
from evtrace.errors import UsageError


@dataclass(frozen=True)
class Mode:
    """A promise between versions of a contract."""

    name: str
    directions: tuple[str, ...]
    is_transitive: bool = False  # against every older version, not only the latest


_PROMISES = {"BACKWARD": (BACKWARD,), "FORWARD": (FORWARD,), "FULL": DIRECTIONS}

MODES = {
    **{name: Mode(name, directions) for name, directions in _PROMISES.items()},
    **{
        f"{name}_TRANSITIVE": Mode(f"{name}_TRANSITIVE", directions, is_transitive=True)
        for name, directions in _PROMISES.items()
    },
    "NONE": Mode("NONE", ()),
}


def mode(name: str) -> Mode:
    """The mode of that name, in any case: 'backward', 'Full-Transitive'."""
    known = MODES.get(name.strip().upper().replace("-", "_").replace(" ", "_"))
    if known is None:
        raise UsageError(f"{name}: no such mode; there are {', '.join(MODES)}")
    return known
