"""An answer and its payloads, redacted: every text in them goes through one cover."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from pathlib import PurePath
from typing import Any, TypeVar

from evtrace.case import Payload
from evtrace.redaction.cover import REMOVED, Cover
from evtrace.redaction.rules import REMOVE, Rules
from evtrace.results import Evidence, WhyAnswer

_T = TypeVar("_T")

#: Fields that name the parts of a system, never a person.
_NAMES = ("service", "event_type", "channel", "grp", "instance", "rule", "kind", "verdict", "root_type", "outcome", "level",
          "hop", "severity", "what", "schema_version", "format", "stands", "here", "trace_id")  # fmt: skip


def redacted(
    answer: WhyAnswer, payloads: Sequence[Payload], rules: Rules
) -> tuple[WhyAnswer, tuple[Payload, ...], tuple[str, ...]]:
    """Both without what the rules hide, and what was done, in words."""
    cover = Cover(rules)
    personal = {value for payload in payloads for value in cover.personal(payload.text)}
    hidden = {
        one.value for one in answer.flow.identities if rules.hides_kind(one.kind) or one.value in personal
    }
    names = (set(_names(answer)) | {one.value for one in answer.flow.identities}) - hidden
    cover.keep(names)
    for value in sorted(hidden):
        cover.learn_id(value)
    for payload in payloads:
        cover.learn_payload(payload.text, names)
    told = _mapped(answer, cover, rules)
    sent = tuple(_payload(payload, cover, rules) for payload in payloads)
    return told, sent, tuple(_words(cover, hidden, rules))


def _names(answer: WhyAnswer) -> Iterator[str]:
    yield from answer.flow.services
    for step in answer.chain:
        yield from (
            text
            for text in (step.event_id, step.event_type, step.service, step.channel, step.instance)
            if text
        )
        yield from (text for one in step.deliveries for text in (one.grp, one.service, one.consumer) if text)


def _payload(payload: Payload, cover: Cover, rules: Rules) -> Payload:
    parts = tuple(replace(part, values=()) for part in payload.parts)  # they are values of payloads
    return replace(_mapped(payload, cover, rules), text=cover.payload(payload.text), parts=parts)


def _mapped(value: _T, cover: Cover, rules: Rules) -> _T:
    """The same data, every text in it covered."""
    found: Any = value
    if isinstance(value, str):
        found = cover.text(value)
    elif isinstance(value, Evidence):
        text = REMOVED if value.text is not None and rules.evidence == REMOVE else value.text
        found = Evidence(
            _source(value.source, cover),
            value.line,
            None if text is None else cover.text(text),
            value.is_original,
        )
    elif isinstance(value, tuple | list):
        found = type(value)(_mapped(one, cover, rules) for one in value)
    elif isinstance(value, dict):
        found = {key: _mapped(one, cover, rules) for key, one in value.items()}
    elif is_dataclass(value) and not isinstance(value, type):
        changed = {
            one.name: _mapped(getattr(value, one.name), cover, rules)
            for one in fields(value)
            if one.name not in _NAMES
        }
        found = replace(value, **changed)
    return found  # type: ignore[no-any-return]  # each branch gives what it was given


def _source(name: str, cover: Cover) -> str:
    """Folders may be named after people; a file is found again by its name."""
    path = PurePath(name)
    return cover.text(path.name if path.is_absolute() else name)


def _words(cover: Cover, hidden: set[str], rules: Rules) -> Iterator[str]:
    ways = {"hash": "values of payloads are hashed with a salt that was not kept", "remove": "values of payloads are removed",
            "keep": "values of payloads are kept but for personal ones"}  # fmt: skip
    yield ways[rules.payload]
    yield f"{cover.hidden:,} places hidden, personal ids and what looks personal among them"
    if rules.evidence == REMOVE:
        yield "lines of sources are removed"
