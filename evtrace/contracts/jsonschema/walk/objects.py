"""Properties: which come and go, which are required, and what is said of those that are not listed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from evtrace.contracts.jsonschema.spots import Spot
from evtrace.contracts.jsonschema.terms import TRUE
from evtrace.contracts.jsonschema.walk.difference import Difference, dotted, named, turn

if TYPE_CHECKING:
    from evtrace.contracts.jsonschema.walk.walking import Walk


def differences(walk: Walk, old: Spot, new: Spot, spoken: str) -> Iterator[Difference]:
    """Compare what both schemas say of properties."""
    yield from _members(walk, old, new, spoken)
    yield from _required(old, new, spoken)
    yield from _matching(walk, old, new, spoken)
    yield from _rest(walk, old, new, spoken)


def _members(walk: Walk, old: Spot, new: Spot, spoken: str) -> Iterator[Difference]:
    was, now = (spot.raw.get("properties", {}) for spot in (old, new))
    for name in now:
        if name in was:
            before, after = (spot.inside(spot.to_member(name), "properties", name) for spot in (old, new))
            yield from walk.pair(before, after, dotted(spoken, name))
        else:
            at = new.place.step("properties", name)
            words = {"place": dotted(spoken, name), "hint": _alike(now[name], was, now)}
            says = (old.on_member(name), new.on_member(name))
            yield Difference("json/property-added", at.pointer, at, words, *says)
    for name in was:
        if name not in now:
            at = new.place.step("properties") if "properties" in new.raw else new.place
            words = {"place": dotted(spoken, name), "hint": _alike(was[name], now, was)}
            path, says = (
                old.place.step("properties", name).pointer,
                (old.on_member(name), new.on_member(name)),
            )
            yield Difference("json/property-removed", path, at, words, *says)


def _alike(schema: Any, others: Mapping[str, Any], own: Mapping[str, Any]) -> str:
    """One property of the same schema that only the other side has may be this one under another name."""
    alike = [name for name, other in others.items() if name not in own and other == schema]
    return f" (is it {alike[0]} under another name?)" if len(alike) == 1 and schema not in (True, {}) else ""


def _required(old: Spot, new: Spot, spoken: str) -> Iterator[Difference]:
    was, now = (_names(spot.raw) for spot in (old, new))
    for number, name in enumerate(now):
        if name not in was:
            at = new.place.step("required", number)
            words = {"place": dotted(spoken, name), "hint": _lacking(name, old.raw, new.raw)}
            said = new.context(new.side.reader.terms.required(name))
            yield Difference("json/required-added", at.pointer, at, words, TRUE, said)
    for number, name in enumerate(was):
        if name not in now:
            at = new.place.step("required") if "required" in new.raw else new.place
            path, words = old.place.step("required", number).pointer, {"place": dotted(spoken, name)}
            said = old.context(old.side.reader.terms.required(name))
            yield Difference("json/required-removed", path, at, words, said, TRUE)


def _names(raw: Mapping[str, Any]) -> list[str]:
    names = raw.get("required", [])
    return names if isinstance(names, list) else []


def _lacking(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    member = new.get("properties", {}).get(name)
    has_default = isinstance(member, dict) and "default" in member
    is_new = name not in old.get("properties", {})
    return (", and old events lack it" if is_new else "") + (
        "; a default fills nothing in" if has_default else ""
    )


def _matching(walk: Walk, old: Spot, new: Spot, spoken: str) -> Iterator[Difference]:
    key = "patternProperties"
    was, now = (spot.raw.get(key, {}) for spot in (old, new))
    for regex in {**now, **was}:
        if regex in was and regex in now:
            before, after = (spot.inside(spot.to_matching(regex), key, regex) for spot in (old, new))
            yield from walk.pair(before, after, dotted(spoken, f"<{regex}>"))
            continue
        rule = "json/pattern-property-added" if regex in now else "json/pattern-property-removed"
        spot = new if regex in now else old
        place = spot.place.step(key, regex)
        words = {"place": named(spoken), "name": regex}
        was_said, now_said = (_on_matching(one, regex, one is spot) for one in (old, new))
        yield Difference(rule, place.pointer, place if spot is new else new.place, words, was_said, now_said)


def _on_matching(spot: Spot, regex: str, has_it: bool) -> int:
    """What is said of properties of a pattern; where it is not listed, what is said of the rest."""
    own = spot.context(spot.to_matching(regex)(spot.read("patternProperties", regex))) if has_it else TRUE
    return spot.side.reader.terms.all((own, spot.on_rest()))


def _rest(walk: Walk, old: Spot, new: Spot, spoken: str) -> Iterator[Difference]:
    key = "additionalProperties"
    was, now = old.raw.get(key, True), new.raw.get(key, True)
    if isinstance(was, dict) and isinstance(now, dict):
        before, after = (spot.inside(spot.to_rest(), key) for spot in (old, new))
        yield from walk.pair(before, after, dotted(spoken, "*"))
    elif was != now:
        at = new.place.step(key) if key in new.raw else new.place
        path = at.pointer if key in new.raw else old.place.step(key).pointer
        words = {"place": named(spoken), "turn": turn({key: was}, {key: now}, key)}
        yield Difference("json/additional-properties-changed", path, at, words, old.on_rest(), new.on_rest())
