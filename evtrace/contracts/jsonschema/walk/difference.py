"""A place where two schemas differ, and the words for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evtrace.contracts.jsonschema.places import Place
from evtrace.contracts.jsonschema.terms import TRUE

_LONGEST = 80
_ABSENT = object()


@dataclass(frozen=True)
class Difference:
    """A place where the schemas differ."""

    rule: str
    path: str
    place: Place  # in the new version: this one, or the nearest parent of what is gone
    words: Mapping[str, object]
    old: int = TRUE  # what each side says there alone, where it reads
    new: int = TRUE
    effect: str = ""  # where it breaks nothing it may still be risky


def named(spoken: str) -> str:
    """A place in the words of the data: 'lines[].price'."""
    return f"the event{spoken}" if spoken.startswith("[") else spoken.lstrip(".") or "the event"


def dotted(spoken: str, name: str) -> str:
    """A property of a place."""
    return f"{spoken}.{name}" if spoken else name


def shown(value: Any) -> str:
    """A piece of schema, short enough for a sentence."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def turned(old: Any = _ABSENT, new: Any = _ABSENT) -> str:
    """'was 5 and is now 10', 'is new: 5', 'is gone; it was 5'."""
    if old is _ABSENT:
        return f"is new: {shown(new)}"
    return f"is gone; it was {shown(old)}" if new is _ABSENT else f"was {shown(old)} and is now {shown(new)}"


def turn(old: Mapping[str, Any], new: Mapping[str, Any], *keys: str) -> str:
    """How a keyword changed, or several that belong together."""
    parts = [{key: raw[key] for key in keys if key in raw} for raw in (old, new)]
    if len({key for part in parts for key in part}) == 1:
        return turned(*(next(iter(part.values()), _ABSENT) for part in parts))
    return turned(
        *(", ".join(f"{key} {shown(value)}" for key, value in part.items()) or _ABSENT for part in parts)
    )
