"""Candidates: every field that a spoken dialect names, in the order in which they are believed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from evtrace.dialects.fitness import fitting
from evtrace.dialects.mapping import Path, Use
from evtrace.dialects.names import JSON
from evtrace.dialects.places import Active, Places, index
from evtrace.dialects.schema import Dialect, Field
from evtrace.dialects.survey import Survey
from evtrace.dialects.values import speaks_time_of_day

GENERIC_PRIORITY = 800  # from here on a dialect holds aliases, not one system's names
ID_ROLES = frozenset({"event_id", "correlation_id", "causation_id", "trace_id", "span_id", "parent_span_id"})

_OBJECTS = {"payload", "message", "error", "ts"}  # roles that an object may fill as a whole
_MANY = 3


@dataclass(frozen=True)
class Heard:
    """A surveyed sample and the dialects spoken in it."""

    survey: Survey
    places: Places
    outer: tuple[str, ...]  # keys that hold the fields of envelope formats, from the outside in
    spoken: list[Active]
    kinds: Mapping[str, str] = field(default_factory=dict)

    def paths(self, active: Active, name: str) -> list[Path]:
        """Where a dialect's name stands below the place where it is spoken."""
        return self.places[active.place].get(active.prefix + name, [])

    @cached_property
    def objects(self) -> Places:
        """The objects below every place."""
        return index(self.survey.objects)

    @cached_property
    def opened(self) -> Places:
        """Those of them that stand there as text."""
        return index(
            {path[:depth] for path in self.survey.seen for depth, key in enumerate(path) if key == JSON}
        )


@dataclass(frozen=True)
class Candidate:
    """A use and how far it is believed."""

    use: Use
    rank: tuple[Any, ...]  # the lowest first
    is_generic: bool
    key_space: str  # the first alias of its group


def is_generic(dialect: Dialect) -> bool:
    """The dialect holds aliases of many systems."""
    return dialect.priority >= GENERIC_PRIORITY and not dialect.is_user


def candidates(heard: Heard) -> list[Candidate]:
    """Every candidate, the most believed first."""
    found = (
        one
        for active in heard.spoken
        for order, field in enumerate(active.dialect.fields)
        for one in _of_field(heard, active, field, order)
    )
    return sorted(found, key=lambda one: one.rank)


def _of_field(heard: Heard, active: Active, field: Field, order: int) -> Iterator[Candidate]:
    for name_order, name in enumerate(field.names):
        for path in _nearest(_paths(heard, active, name, field), heard, active, name):
            use = _use(heard, active, field, path)
            if use is not None:
                rank = (*_rank(use, heard, active, field), order, name_order, path)
                yield Candidate(use, rank, is_generic(active.dialect), field.names[0])


def _paths(heard: Heard, active: Active, name: str, field: Field) -> list[Path]:
    paths = heard.paths(active, name)
    if field.role not in _OBJECTS and field.reading != "json":
        return paths
    only_texts = is_generic(active.dialect) and field.role != "payload"
    nodes = heard.opened if only_texts else heard.objects
    return [*paths, *nodes.get(active.place, {}).get(active.prefix + name, [])]


def _nearest(paths: list[Path], heard: Heard, active: Active, name: str) -> list[Path]:
    """A user's plain name is looked for everywhere, and meant where it stands nearest to the top."""
    if not active.dialect.is_user or active.dialect.detect:
        return paths
    depths = [len(place) for place, names in heard.places.items() if name in names]
    return paths if not depths or len(active.place) == min(depths) else []


def _use(heard: Heard, active: Active, field: Field, path: Path) -> Use | None:
    share = heard.survey.share(path)
    use = Use(field.role, path, field.reading, active.dialect.name, share, field.refers_to)
    return fitting(use, heard.survey, heard.kinds) if is_generic(active.dialect) else use


def _rank(use: Use, heard: Heard, active: Active, field: Field) -> tuple[Any, ...]:
    dialect, outer = active.dialect, heard.outer
    is_outer = bool(active.place) and active.place[0] in outer
    generic = is_generic(dialect)
    return (
        not dialect.is_user,
        use.role == "ts" and speaks_time_of_day(use, heard.survey),
        is_outer,
        # The innermost envelope is nearest to the record.
        -outer.index(active.place[0]) if is_outer else 0,
        field.is_last,
        generic,
        generic and use.role in ID_ROLES and _is_constant(use.path, heard.survey),
        dialect.priority,
        sum(key != JSON for key in active.place),
        dialect.name,
    )


def _is_constant(path: Path, survey: Survey) -> bool:
    """An id that is the same in every one of many documents tells nothing apart."""
    seen = survey.seen.get(path)
    return seen is not None and seen.count >= _MANY and len(seen.values) == 1
