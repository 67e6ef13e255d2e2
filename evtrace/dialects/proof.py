"""Proves from the data what an ambiguous field means: which ids do its values hit?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from evtrace.dialects.mapping import Path, Use
from evtrace.dialects.names import plain
from evtrace.dialects.survey import Survey, value_at

#: Names that mean a span here and a message there.
AMBIGUOUS = {"parentid", "parent", "xparentid"}
_MOST = 0.5

_Ids = dict[str, int]  # event id → the document that has it


@dataclass(frozen=True)
class _Facts:
    """The id columns of the sample."""

    survey: Survey
    events: _Ids
    spans: set[str]
    correlations: set[str]


def proven(uses: Sequence[Use], survey: Survey) -> list[Use]:
    """The uses with every parent and flow field under the role that the data gives it."""
    if not any(use.role in {"causation_id", "correlation_id", "parent_span_id"} for use in uses):
        return list(uses)
    facts = _Facts(
        survey,
        _numbered(_merged(survey, uses, "event_id")),
        {text for text in _merged(survey, uses, "span_id") if text},
        {text for text in _merged(survey, uses, "correlation_id") if text},
    )
    uses = [_parent(use, uses, facts) for use in uses]
    uses = _pointers(uses, facts)
    return [_referring(use, facts) for use in uses]


def _parent(use: Use, uses: Sequence[Use], facts: _Facts) -> Use:
    """A bare 'parentId' is a span's or a message's, whichever its values hit."""
    if use.role not in {"parent_span_id", "causation_id"} or plain(use.path[-1]) not in AMBIGUOUS:
        return use
    if use.reading.startswith("traceparent"):
        return use
    texts = _texts(facts.survey, use.path)
    events = sum(text in facts.events for text in texts if text)
    spans = sum(text in facts.spans for text in texts if text)
    has_trace = any(other.role == "trace_id" for other in uses)
    if events > spans or (not spans and not has_trace and facts.events):
        return replace(use, role="causation_id", reading="text")
    return replace(use, role="parent_span_id", reading="hex_span" if use.reading == "text" else use.reading)


def _pointers(uses: list[Use], facts: _Facts) -> list[Use]:
    """A 'correlation id' that names the message answered or handled is the cause, not the flow."""
    suspects = [
        use for use in uses if use.role == "correlation_id" and use.reading == "text" and not use.refers_to
    ]
    if not suspects or not facts.events or any(use.role == "causation_id" for use in uses):
        return uses
    flows = _merged(facts.survey, uses, "correlation_id")
    guilty = {use.path for use in suspects if _points_at_parents(use.path, flows, facts)}
    if not guilty:
        return uses
    return [_corrected(use, guilty, facts) for use in uses]


def _corrected(use: Use, guilty: set[Path], facts: _Facts) -> Use:
    if use.path in guilty and use.role == "correlation_id":
        return replace(use, role="causation_id", refers_to="event_id")
    if use.role == "trace_id" and _hits(_texts(facts.survey, use.path), facts.events):
        return replace(use, role="correlation_id", reading="text", refers_to="event_id")
    return use


def _points_at_parents(path: Path, flows: list[str], facts: _Facts) -> bool:
    """True when most values name another event that is itself part of a different flow, or asks for a reply.

    An id that every event of a flow shares may be the id of its first event; then that event has the
    same flow id or none, and this says no.
    """
    texts = _texts(facts.survey, path)
    filled = sum(bool(text) for text in texts)
    pointing = 0
    for number, text in enumerate(texts):
        target = facts.events.get(text) if text else None
        if target is not None and target != number:
            pointing += flows[target] not in {"", text} or _asks_reply(path, facts.survey.docs[target])
    return pointing > 0 and pointing > _MOST * filled


def _asks_reply(path: Path, doc: Any) -> bool:
    beside = value_at(doc, path[:-1])
    return isinstance(beside, dict) and any(
        plain(key) == "replyto" and value for key, value in beside.items()
    )


def _referring(use: Use, facts: _Facts) -> Use:
    """Say which key space a cause hits, where no dialect says it."""
    if use.role != "causation_id" or use.refers_to:
        return use
    texts = _texts(facts.survey, use.path)
    if _hits(texts, facts.events):
        return replace(use, refers_to="event_id")
    return replace(use, refers_to="correlation_id") if _hits(texts, facts.correlations) else use


def _hits(texts: list[str], ids: set[str] | _Ids) -> bool:
    filled = [text for text in texts if text]
    return bool(filled) and sum(text in ids for text in filled) > _MOST * len(filled)


def _merged(survey: Survey, uses: Sequence[Use], role: str) -> list[str]:
    """Per document the first value that the role's uses give, '' where none does."""
    merged = [""] * len(survey.docs)
    for use in uses:
        if use.role == role:
            merged = [text or new for text, new in zip(merged, _texts(survey, use.path), strict=True)]
    return merged


def _texts(survey: Survey, path: Path) -> list[str]:
    return [
        "" if value is None or isinstance(value, dict | list) else str(value) for value in survey.column(path)
    ]


def _numbered(texts: list[str]) -> _Ids:
    return {text: number for number, text in reversed(list(enumerate(texts))) if text}
