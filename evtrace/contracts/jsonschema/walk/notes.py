"""What validation does not look at: defaults, which consumers may, and annotations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from evtrace.contracts.jsonschema.reading import keywords
from evtrace.contracts.jsonschema.spots import Spot
from evtrace.contracts.jsonschema.walk.difference import Difference, named, turn

if TYPE_CHECKING:
    from evtrace.contracts.jsonschema.walk.walking import Walk

#: What other rooms look at, or what only serves references.
_ELSEWHERE = (
    "definitions",
    "$defs",
    "$schema",
    "default",
    "then",
    "else",
    "minContains",
    "maxContains",
    "format",
)


def differences(walk: Walk, old: Spot, new: Spot, spoken: str) -> Iterator[Difference]:
    """Compare what is said beside the schema."""
    was, now = old.raw, new.raw
    if ("default" in was) != ("default" in now) or was.get("default") != now.get("default"):
        at = new.place.step("default") if "default" in now else new.place
        path = at.pointer if "default" in now else old.place.step("default").pointer
        words = {"place": named(spoken), "turn": turn(was, now, "default")}
        effect = "risky" if "default" in was and "default" in now else ""
        yield Difference("json/default-changed", path, at, words, effect=effect)
    known = {*keywords(was), *keywords(now), *_ELSEWHERE}
    keys = [key for key in {**was, **now} if key not in known and was.get(key) != now.get(key)]
    if keys:
        at = new.place.step(keys[0]) if keys[0] in now else new.place
        words = {"place": named(spoken), "keys": ", ".join(keys)}
        yield Difference("json/annotation-changed", new.place.pointer, at, words)
