"""Keywords that are compared as wholes: types, values, limits, patterns and what few schemas use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from evtrace.contracts.jsonschema.spots import Spot
from evtrace.contracts.jsonschema.terms import TRUE
from evtrace.contracts.jsonschema.walk.difference import Difference, named, shown, turn

if TYPE_CHECKING:
    from evtrace.contracts.jsonschema.walk.walking import Walk

#: Keywords that belong together → the rule for a change.
_WHOLES: Mapping[tuple[str, ...], str] = {
    ("type",): "json/type-changed",
    ("multipleOf",): "json/multiple-changed",
    ("pattern",): "json/pattern-changed",
    ("contentMediaType", "contentEncoding"): "json/content-changed",
    ("uniqueItems",): "json/unique-items-changed",
    ("contains", "minContains", "maxContains"): "json/contains-changed",
    ("propertyNames",): "json/property-names-changed",
    ("dependencies",): "json/dependency-changed",
    ("dependentRequired",): "json/dependency-changed",
    ("dependentSchemas",): "json/dependency-changed",
    ("unevaluatedProperties",): "json/unevaluated-changed",
    ("unevaluatedItems",): "json/unevaluated-changed",
    ("not",): "json/combination-changed",
}
_LIMITS = (
    ("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum"),
    *((key,) for key in ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")),
)  # fmt: skip


def differences(walk: Walk, old: Spot, new: Spot, spoken: str) -> Iterator[Difference]:
    """Compare what both schemas say in one keyword."""
    for keys, rule in _WHOLES.items():
        yield from whole(rule, keys, old, new, spoken)
    for keys in _LIMITS:
        rule = "json/limit-tightened" if _is_tighter(old.raw, new.raw, keys) else "json/limit-loosened"
        yield from whole(rule, keys, old, new, spoken)
    yield from _formats(old, new, spoken)
    yield from _values(old, new, spoken)


def whole(rule: str, keys: Sequence[str], old: Spot, new: Spot, spoken: str) -> Iterator[Difference]:
    """Keywords that belong together: other ones, or the same said in another way."""
    if not any(key in old.raw or key in new.raw for key in keys):
        return
    is_same = old.says(keys) == new.says(keys)
    if is_same and all(old.raw.get(key) == new.raw.get(key) for key in keys):
        return
    spot = new if any(key in new.raw for key in keys) else old
    place = spot.place.step(next(key for key in keys if key in spot.raw))
    own = [key for key in keys if key in old.raw or key in new.raw]
    words = {"place": named(spoken), "keyword": own[-1], "turn": turn(old.raw, new.raw, *keys)}
    at = place if spot is new else new.place
    if is_same:
        yield Difference("json/rewritten", place.pointer, at, words)
    else:
        yield Difference(rule, place.pointer, at, words, old.alone(keys), new.alone(keys))


def _formats(old: Spot, new: Spot, spoken: str) -> Iterator[Difference]:
    """A format that the draft does not check may still be checked by consumers."""
    if old.raw.get("format") == new.raw.get("format") and old.says(("format",)) == new.says(("format",)):
        return
    spot = new if "format" in new.raw else old
    hint = (
        ""
        if old.says(("format",)) != new.says(("format",))
        else "; this draft does not check it, consumers may"
    )
    words = {"place": named(spoken), "turn": turn(old.raw, new.raw, "format"), "hint": hint}
    at = new.place.step("format") if spot is new else new.place
    says = (old.alone(("format",)), new.alone(("format",)))
    yield Difference(
        "json/format-changed", spot.place.step("format").pointer, at, words, *says, effect="risky"
    )


def _values(old: Spot, new: Spot, spoken: str) -> Iterator[Difference]:
    """enum and const; where both have an enum, value by value."""
    was, now = old.raw.get("enum"), new.raw.get("enum")
    if was is None or now is None or "const" in old.raw or "const" in new.raw:
        yield from whole("json/enum-changed", ("enum", "const"), old, new, spoken)
        return
    before, after = (
        {spot.side.exact.terms.among([one]): one for one in values}
        for spot, values in ((old, was), (new, now))
    )
    gone = [value for key, value in before.items() if key not in after]
    come = [value for key, value in after.items() if key not in before]
    at, place = new.place.step("enum"), named(spoken)
    if gone:
        words = {"place": place, "values": _either(gone)}
        yield Difference("json/enum-value-removed", at.pointer, at, words, TRUE, new.alone(("enum",)))
    if come:
        at, words = at.step(now.index(come[0])), {"place": place, "values": _either(come)}
        yield Difference("json/enum-value-added", at.pointer, at, words, old.alone(("enum",)), TRUE)


def _either(values: Sequence[Any]) -> str:
    return " or ".join(map(shown, values))


def _is_tighter(old: Mapping[str, Any], new: Mapping[str, Any], keys: Sequence[str]) -> bool:
    """Does the limit allow less than before?"""
    limits = [_limit(raw, keys) for raw in (old, new)]
    if limits[0] is None or limits[1] is None:
        return limits[0] is None
    if keys[0].startswith("max"):
        return (limits[1][0], not limits[1][1]) < (limits[0][0], not limits[0][1])
    return limits[1] > limits[0]


def _limit(raw: Mapping[str, Any], keys: Sequence[str]) -> tuple[float, bool] | None:
    """The limit, and whether it is itself forbidden."""
    found = [(raw[key], key != keys[0]) for key in keys if key in raw and not isinstance(raw[key], bool)]
    if not found:
        return None
    value, is_open = (
        max(found) if keys[0].startswith("min") else min(found, key=lambda one: (one[0], not one[1]))
    )
    return value, is_open or raw.get(keys[-1]) is True
