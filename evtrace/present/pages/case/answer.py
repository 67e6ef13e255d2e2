"""What `why` says: verdict, cause, what was expected, what was ruled out, what cannot be seen, what to do next."""

from __future__ import annotations

from collections.abc import Iterator

from evtrace.case import Case
from evtrace.present import json
from evtrace.present.pages.case.places import Places
from evtrace.present.pages.markup import Html, facts, join, link, listed, safe, tag, told
from evtrace.present.pages.page import badge
from evtrace.present.times import clock, duration
from evtrace.present.words import VERDICT_STYLE, counted, verdict
from evtrace.results import Cause, Flow, WhyAnswer

#: Ids of one kind that are shown before the rest is counted.
_IDS = 6


def head(case: Case) -> Html:
    """What the page is about."""
    flow, kinds = (
        case.answer.flow,
        [kind for kind in case.answer.found_as if kind not in ("text", "place", "flow")],
    )
    name = " ".join([*kinds[:1], case.answer.query])
    redacted = tag("p", badge("redacted", "warn"), " ", "; ".join(case.redacted)) if case.redacted else None
    return join((
        tag("h1", name, " ", badge(verdict(case.answer.verdict), VERDICT_STYLE.get(case.answer.verdict, "warn"))),
        tag("p", " · ".join(_facts(flow)), cls="soft"),
        redacted,
    ))  # fmt: skip


def _facts(flow: Flow) -> Iterator[str]:
    yield flow.root_type or "no type"
    yield clock(flow.started_at)
    if flow.started_at is not None and flow.last_at is not None:
        yield f"took {duration(flow.last_at - flow.started_at)}"
    yield counted(flow.events, "event")
    yield counted(len(flow.services), "service")
    yield counted(flow.records, "record")


def body(answer: WhyAnswer, spots: Places) -> Html:
    """The whole answer in the order of its weight."""
    causes = [answer.cause, *getattr(answer, "other_causes", ())]
    unseen = (
        f"{one.sentence}" + (f" (logs end {clock(one.until_at)})" if one.until_at else "")
        for one in answer.not_seen
    )
    return join((
        *(_cause(cause, spots) for cause in causes if cause),
        _part("Expected", _any(answer.expected)),
        _part("Where the time went", _any(answer.time)),
        _part("Found", listed(f"{one.severity}: {one.sentence} [{one.rule}]" for one in answer.findings)),
        _part("Ruled out", listed(one.sentence for one in answer.ruled_out)),
        _part("Others with the same cause", _any(answer.same_cause)),
        _part("Not seen", listed(unseen)),
        _part("Next", listed(tag("code", command) for command in answer.next)),
        _part("Ids", facts(_ids(answer.flow))),
    ))  # fmt: skip


def _cause(cause: Cause, spots: Places) -> Html:
    where = link(f"step-{cause.step}", f"step {cause.step}") if cause.step else None
    known = f"{cause.kind.replace('_', ' ')}, confidence {cause.confidence:.2g}"
    return tag("div", tag("p", tag("strong", "Cause: "), cause.sentence),
               join((part for part in (safe(known), where, spots.links(cause.evidence)) if part), " · "), cls="cause")  # fmt: skip


def _part(title: str, inside: Html) -> Html | None:
    return join((tag("h3", title), inside)) if inside else None


def _any(value: object) -> Html:
    """An answer of any shape; nothing where it was not evaluated."""
    return told(json.plain(value)) if value else Html("")


def _ids(flow: Flow) -> Iterator[tuple[str, str]]:
    kinds: dict[str, list[str]] = {}
    for identity in flow.identities:
        kinds.setdefault(identity.kind, []).append(identity.value)
    for kind, values in kinds.items():
        left = len(values) - _IDS
        yield kind, ", ".join(values[:_IDS]) + (f" and {left:,} more" if left > 0 else "")
