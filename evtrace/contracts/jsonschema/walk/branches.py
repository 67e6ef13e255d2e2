"""allOf, anyOf, oneOf, conditions and references: which branches belong together, which came, which went."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from evtrace.contracts.jsonschema.places import REFERENCES
from evtrace.contracts.jsonschema.reading import OPEN
from evtrace.contracts.jsonschema.spots import Spot
from evtrace.contracts.jsonschema.terms import TRUE
from evtrace.contracts.jsonschema.walk.difference import Difference, named, shown
from evtrace.contracts.jsonschema.walk.keywords import whole

if TYPE_CHECKING:
    from evtrace.contracts.jsonschema.walk.walking import Walk

_Same = Callable[[int, int], bool]


def differences(walk: Walk, old: Spot, new: Spot, spoken: str) -> Iterator[Difference]:
    """Compare how both schemas combine others."""
    for key in ("allOf", "anyOf", "oneOf"):
        if key in old.raw and key in new.raw:
            yield from _branches(walk, key, old, new, spoken)
        else:
            yield from whole("json/combination-changed", (key,), old, new, spoken)
    yield from _conditions(walk, old, new, spoken)
    yield from _references(walk, old, new, spoken)


def _branches(walk: Walk, key: str, old: Spot, new: Spot, spoken: str) -> Iterator[Difference]:
    pairs, gone, come = _paired(key, old, new)
    for before, after in pairs:
        one, other = (
            spot.inside(spot.to_branch(key, at), key, at) for spot, at in ((old, before), (new, after))
        )
        yield from walk.pair(one, other, spoken)
    for rule, spot, numbers in (("json/branch-removed", old, gone), ("json/branch-added", new, come)):
        for number in numbers:
            place = spot.place.step(key, number)
            words = {"place": named(spoken), "keyword": key, "branch": shown(spot.raw[key][number])}
            said, now_said = (
                _without_others(one, key, number if one is spot else None) for one in (old, new)
            )
            yield Difference(
                rule, place.pointer, place if spot is new else new.place.step(key), words, said, now_said
            )
    if key == "oneOf" and old.says((key,)) != new.says((key,)):
        at = new.place.step(key)
        words = {"place": named(spoken)}
        yield Difference("json/branches-overlap", at.pointer, at, words, _at_most_one(old), _at_most_one(new))


def _without_others(spot: Spot, key: str, number: int | None) -> int:
    """That some branch holds; of allOf, that this one does."""
    branches = spot.branches(key)
    if key != "allOf":
        return spot.context(spot.side.reader.terms.any(branches))
    return TRUE if number is None else spot.context(branches[number])


def _at_most_one(spot: Spot) -> int:
    """That no two branches of a oneOf hold; an open reader takes the first."""
    reading = spot.side.reader
    if reading.manner == OPEN:
        return TRUE
    branches = spot.branches("oneOf")
    pairs = (
        -reading.terms.all((one, other)) for at, one in enumerate(branches) for other in branches[at + 1 :]
    )
    return spot.context(reading.terms.all(pairs))


# -- which branches belong together


def _paired(key: str, old: Spot, new: Spot) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    """Branches that say the same, then those of one name or tag, then those of one type; what is left on each side."""
    was, now = old.raw[key], new.raw[key]
    pairs: dict[int, int] = {}  # new → old
    for same in (_says_the_same(key, old, new), _on(_name, was, now), _on(_kind, was, now)):
        for after in range(len(now)):
            free = (before for before in range(len(was)) if before not in pairs.values())
            before = None if after in pairs else next((one for one in free if same(one, after)), None)
            pairs |= {} if before is None else {after: before}
    gone = [before for before in range(len(was)) if before not in pairs.values()]
    come = [after for after in range(len(now)) if after not in pairs]
    if len(gone) == len(come) == 1:
        pairs[come.pop()] = gone.pop()
    return sorted((before, after) for after, before in pairs.items()), gone, come


def _says_the_same(key: str, old: Spot, new: Spot) -> _Same:
    before, after = ([spot.exact(key, n) for n in range(len(spot.raw[key]))] for spot in (old, new))
    return lambda one, other: before[one] == after[other]


def _on(what: Callable[[Any], str | None], was: Sequence[Any], now: Sequence[Any]) -> _Same:
    before, after = ([what(branch) for branch in branches] for branches in (was, now))
    return lambda one, other: before[one] is not None and before[one] == after[other]


def _name(branch: Any) -> str | None:
    """What a branch is called: its $ref, its title, or the constants of its properties."""
    if not isinstance(branch, dict):
        return None
    if "$ref" in branch or "title" in branch:
        return str(branch.get("$ref", branch.get("title")))
    tags = {name: _constant(member) for name, member in branch.get("properties", {}).items()}
    tags = {name: constant for name, constant in tags.items() if constant}
    return json.dumps(tags, sort_keys=True) if tags else None


def _constant(member: Any) -> list[Any]:
    if not isinstance(member, dict):
        return []
    values = [member["const"]] if "const" in member else member.get("enum", [])
    return values if len(values) == 1 else []


def _kind(branch: Any) -> str | None:
    kind = branch.get("type") if isinstance(branch, dict) else None
    return None if kind is None else json.dumps(kind)


# -- conditions and references


def _conditions(walk: Walk, old: Spot, new: Spot, spoken: str) -> Iterator[Difference]:
    keys = ("if", "then", "else")
    is_same = "if" in old.words and "if" in new.words and old.exact("if") == new.exact("if")
    if not is_same or any((key in old.raw) != (key in new.raw) for key in keys[1:]):
        if "if" in old.words or "if" in new.words:
            yield from whole("json/combination-changed", keys, old, new, spoken)
        return
    for key, sign in (("then", -1), ("else", 1)):
        if key in old.raw:
            before, after = (spot.inside(spot.unless(sign * spot.exact("if")), key) for spot in (old, new))
            yield from walk.pair(before, after, spoken)


def _references(walk: Walk, old: Spot, new: Spot, spoken: str) -> Iterator[Difference]:
    """References that stand beside other keywords."""
    for key in REFERENCES:
        was, now = (spot.side.document.target(spot.place.step(key)) for spot in (old, new))
        if was and now:
            yield from walk.pair(Spot(old.side, was, old.context), Spot(new.side, now, new.context), spoken)
        else:
            yield from whole("json/reference-changed", (key,), old, new, spoken)
