"""Places: the objects of a document where a dialect's names may stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evtrace.dialects.mapping import Path
from evtrace.dialects.names import JSON, plain, plain_path
from evtrace.dialects.schema import Dialect, Fingerprint
from evtrace.dialects.survey import Survey

TOP = "top"
OUTER = "outer"

Index = dict[str, list[Path]]  # plain name relative to the place → the paths so named
Places = dict[Path, Index]


@dataclass(frozen=True)
class Active:
    """A dialect that is spoken at a place."""

    dialect: Dialect
    place: Path
    prefix: str
    share: float  # share of the documents where it is spoken there


def index(paths: Iterable[Path]) -> Places:
    """Every place of these paths with the names found there."""
    places: Places = defaultdict(lambda: defaultdict(list))
    for path in sorted(paths):
        for depth in range(len(path)):
            if path[depth] != JSON:
                _enter(places[path[:depth]], path, depth)
    return places


def _enter(names: Index, path: Path, depth: int) -> None:
    names[plain_path(path[depth:])].append(path)
    # SQS and SNS wrap every attribute: {"order_id": {"stringValue": "8123", "dataType": "String"}}.
    if depth < len(path) - 1 and path[-1] in {"stringValue", "StringValue", "Value"}:
        names[plain_path(path[depth:-1])].append(path)


def actives(
    survey: Survey, places: Places, dialects: Sequence[Dialect], outer: Sequence[str]
) -> list[Active]:
    """Every dialect with the places where it is spoken."""
    shapes = [(index(shape), count) for shape, count in survey.shapes]
    found = []
    for dialect in dialects:
        for place, names in places.items():
            if _may_stand(dialect, place, outer):
                prefix = _prefix(dialect, names, survey)
                if prefix is not None:
                    share = _share(dialect, prefix, place, shapes, survey)
                    # What is spoken only in documents of a rare shape was not counted.
                    if share or not dialect.detect or survey.counted < len(survey.docs):
                        found.append(Active(dialect, place, prefix, share))
    return found


def container(place: Path, outer: Sequence[str]) -> str:
    """What the place is called in `at`: 'top', 'outer', or the plain name of the key that holds it."""
    keys = [key for key in place if key != JSON]
    if not keys:
        return TOP
    if len(keys) == 1 and keys[0] in outer:
        return OUTER
    return plain(keys[-1])


def _may_stand(dialect: Dialect, place: Path, outer: Sequence[str]) -> bool:
    if not dialect.at:
        return True
    name = container(place, outer)
    if name in dialect.at:
        return True
    return name == OUTER and (TOP in dialect.at or plain(place[0]) in dialect.at)


def _prefix(dialect: Dialect, names: Index, survey: Survey) -> str | None:
    """The first prefix with which the fingerprint matches; None if none does."""
    if not dialect.detect:
        return dialect.prefixes[0]
    for prefix in dialect.prefixes:
        if any(_matches(one, prefix, names, is_whole=False, survey=survey) for one in dialect.detect):
            return prefix
    return None


def _share(
    dialect: Dialect, prefix: str, place: Path, shapes: list[tuple[Places, int]], survey: Survey
) -> float:
    """Share of the documents whose own keys match; what is rare beyond MAX_SHAPES is not counted."""
    matching = 0
    for shape, count in shapes:
        names = shape.get(place)
        if names is None:
            continue
        if not dialect.detect or any(
            _matches(one, prefix, names, is_whole=True, survey=survey) for one in dialect.detect
        ):
            matching += count
    return matching / survey.counted if survey.counted else 0.0


def _matches(one: Fingerprint, prefix: str, names: Index, *, is_whole: bool, survey: Survey) -> bool:
    if not all(_has(names, prefix + name) for name in one.all):
        return False
    if one.any and not any(_has(names, prefix + name) for name in one.any):
        return False
    if is_whole and any(_has(names, prefix + name) for name in one.none):
        return False
    return all(_holds(names.get(prefix + name, []), wanted, survey) for name, wanted in one.values)


def _has(names: Index, name: str) -> bool:
    if name.endswith("*"):
        return any(found.startswith(name[:-1]) for found in names)
    return name in names


def _holds(paths: list[Path], wanted: tuple[str, ...], survey: Survey) -> bool:
    for path in paths:
        for value in survey.seen[path].values:
            text = str(value).lower()
            if any(_is(text, want.lower()) for want in wanted):
                return True
    return False


def _is(text: str, want: str) -> bool:
    return text.startswith(want[:-1]) if want.endswith("*") else text == want
