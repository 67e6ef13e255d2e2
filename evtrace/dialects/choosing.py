"""Chooses among candidates: one meaning for a field, one key space for an id."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace

from evtrace.dialects.candidates import ID_ROLES, Candidate
from evtrace.dialects.mapping import Path, Use

_CONTEXT = {"trace_id", "span_id", "parent_span_id"}  # one traceparent fills them all


@dataclass
class _Ballot:
    """What has been given away so far."""

    by_system: set[Path]  # fields that a system's dialect speaks for
    meaning: dict[Path, str] = field(default_factory=dict)  # field → the id it is
    key_space: dict[str, str] = field(default_factory=dict)  # role → the alias group that fills it
    done: set[tuple[str, Path]] = field(default_factory=set)


def chosen(candidates: Iterable[Candidate], ignored: Collection[Path]) -> Iterator[Use]:
    """The uses that stand, in the order of the candidates."""
    candidates = list(candidates)
    known = {one.use.path for one in candidates if not one.is_generic}
    ballot = _Ballot(by_system=known | set(ignored))
    for one in candidates:
        use = one.use
        if (_filled(use), use.path) in ballot.done or (one.is_generic and use.path in ballot.by_system):
            continue
        if use.role in ID_ROLES and not _is_free(one, ballot):
            continue
        ballot.done.add((_filled(use), use.path))
        yield use


def _filled(use: Use) -> str:
    """What a field fills once: its role; one field may tell several parts of an origin."""
    return use.reading if use.role == "origin" else use.role


def _is_free(one: Candidate, ballot: _Ballot) -> bool:
    role, path = one.use.role, one.use.path
    meaning = "context" if role in _CONTEXT else role
    if ballot.meaning.get(path, meaning) != meaning:
        return False
    # Ids of different key spaces must not be coalesced into one column.
    if one.is_generic and ballot.key_space.setdefault(role, one.key_space) != one.key_space:
        return False
    ballot.meaning[path] = meaning
    return True


def other_times(uses: Iterable[Use]) -> Iterator[Use]:
    """Where no observer's time is told, the broker's or the event's time is the best there is."""
    uses = list(uses)
    taken = {use.path for use in uses if use.role == "ts"}
    for role in ("publish_ts", "event_ts"):
        for use in uses:
            if use.role == role and use.path not in taken:
                taken.add(use.path)
                yield replace(use, role="ts")
