"""Learns from sampled documents which field plays which role."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from evtrace.dialects.business import business_ids
from evtrace.dialects.candidates import Heard, candidates
from evtrace.dialects.choosing import chosen, other_times
from evtrace.dialects.mapping import Mapping, Path, Use
from evtrace.dialects.places import Active, actives, index
from evtrace.dialects.proof import proven
from evtrace.dialects.schema import Dialect
from evtrace.dialects.survey import Survey, survey
from evtrace.dialects.values import refined

WHOLE = 0.9  # a constant holds for the source when this share of the documents speaks the dialect

#: Formats that wrap another line, when ingest does not name them.
_ENVELOPES = (
    "csv",
    "docker",
    "cri",
    "kubectl",
    "compose",
    "journald",
    "loki",
    "cloudwatch",
    "elastic",
    "syslog",
)


def learn(
    docs: Sequence[dict[str, Any]],
    dialects: Sequence[Dialect],
    *,
    format_names: tuple[str, ...] = (),
    is_text: bool = False,
) -> Mapping:
    """Say what the fields of these documents mean; `is_text` says that a text format found them."""
    heard = _hear(docs, list(_fitting(dialects, is_text=is_text)), format_names)
    ignored = {path for one in heard.spoken for name in one.dialect.ignore for path in heard.paths(one, name)}
    uses = proven(refined(chosen(candidates(heard), ignored), heard.survey), heard.survey)
    uses = [*uses, *other_times(uses)]
    ids = business_ids(heard.survey, {use.path for use in uses} | ignored, _ids(heard, uses))
    return Mapping(
        uses=tuple(uses),
        ids=ids,
        constants=_constants(heard),
        kinds=dict(heard.kinds) if any(use.role == "operation" for use in uses) else {},
        dialects=_names(heard, uses),
        zone=next((one.dialect.zone for one in heard.spoken if one.dialect.zone), None),
        unmapped=_unmapped(heard.survey, uses, ids),
        joins=_unique(kind for one in heard.spoken for kind in one.dialect.joins),
        never=_unique(kind for one in heard.spoken for kind in one.dialect.never),
    )


def _fitting(dialects: Sequence[Dialect], *, is_text: bool) -> Iterator[Dialect]:
    """The dialects with the fingerprints that such documents may have."""
    for dialect in dialects:
        detect = tuple(one for one in dialect.detect if one.text in (None, is_text))
        if len(detect) == len(dialect.detect):
            yield dialect
        elif detect:
            yield replace(dialect, detect=detect)


def _hear(
    docs: Sequence[dict[str, Any]], dialects: Sequence[Dialect], format_names: tuple[str, ...]
) -> Heard:
    found = survey(docs)
    places = index(found.seen)
    outer = _outer(found, format_names)
    spoken = actives(found, places, dialects, outer)
    kinds: dict[str, str] = {}
    for active in spoken:
        kinds = {**active.dialect.kinds, **kinds}
    return Heard(found, places, outer, spoken, kinds)


def _outer(found: Survey, format_names: tuple[str, ...]) -> tuple[str, ...]:
    held = {path[0] for path in found.seen if len(path) > 1}
    return tuple(name for name in (format_names or _ENVELOPES) if name in held)


def _ids(heard: Heard, uses: Sequence[Use]) -> dict[Path, str]:
    """Fields that a dialect names as business ids, and a transport's message id where it is not the event's."""
    named: dict[Path, str] = {}
    for active in sorted(heard.spoken, key=lambda one: not one.dialect.is_user):
        for name, kind in active.dialect.ids.items():
            for path in heard.paths(active, name):
                named.setdefault(path, kind)
    events = [use for use in uses if use.role == "event_id"]
    last = {path for active in heard.spoken for path in _last_event_ids(heard, active)}
    return named | {use.path: "message" for use in events[1:] if use.path in last}


def _last_event_ids(heard: Heard, active: Active) -> Iterable[Path]:
    for field in active.dialect.fields:
        if field.role == "event_id" and field.is_last:
            for name in field.names:
                yield from heard.paths(active, name)


def _constants(heard: Heard) -> dict[str, str]:
    constants: dict[str, str] = {}
    for active in heard.spoken:
        if active.share >= WHOLE:
            constants = {**active.dialect.constants, **constants}
            for name, clocks in active.dialect.clock.items():
                for path in heard.paths(active, name):
                    told = {clocks.get(text, "") for text in heard.survey.seen[path].texts}
                    if len(told) == 1 and "" not in told:
                        constants["clock"] = told.pop()
    return constants


def _names(heard: Heard, uses: Sequence[Use]) -> tuple[str, ...]:
    used = {use.dialect for use in uses}
    return _unique(one.dialect.name for one in heard.spoken if one.dialect.name in used)


def _unmapped(found: Survey, uses: Sequence[Use], ids: Sequence[tuple[str, Path]]) -> tuple[Path, ...]:
    used = {use.path for use in uses} | {path for _, path in ids}
    payloads = {use.path for use in uses if use.role == "payload"}
    return tuple(
        path
        for path in sorted(found.seen)
        if path not in used and not any(path[:depth] in payloads for depth in range(1, len(path)))
    )


def _unique(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
