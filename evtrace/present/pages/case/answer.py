"""What `why` says: verdict, cause, what was expected, what was ruled out, what cannot be seen, what to do next."""

from __future__ import annotations

from collections.abc import Iterator

from evtrace.case import Case
from evtrace.present.comparison import account, entry_words, expectation, others, part_words, told_parts
from evtrace.present.pages.case.places import Places
from evtrace.present.pages.markup import Html, details, facts, join, link, listed, safe, table, tag
from evtrace.present.pages.page import badge
from evtrace.present.times import clock, duration
from evtrace.present.words import VERDICT_STYLE, counted, verdict
from evtrace.results import Cause, Expected, Flow, TimePart, UsualStep, WhyAnswer

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
    unseen = (
        one.sentence + (f" (logs end {clock(one.until_at)})" if one.until_at else "")
        for one in answer.not_seen
    )
    parts = (
        _part("Expected", _expected(answer.expected)),
        _part("Where the time went", _time(answer)),
        _part("Taken back", listed(entry_words(entry) for entry in answer.ledger)),
        _part("Found", listed(f"{one.severity}: {one.sentence} [{one.rule}]" for one in answer.findings)),
        _part("Ruled out", listed(one.sentence for one in answer.ruled_out)),
        _part(
            "Others with the same cause", tag("p", others(answer.same_cause)) if answer.same_cause else None
        ),
        _part("Not seen", listed(unseen)),
        _part("Next", listed(tag("code", command) for command in answer.next)),
        _part("Ids", facts(_ids(answer.flow))),
    )
    causes = (_cause(cause, spots) for cause in (answer.cause, *answer.other_causes) if cause)
    return join((*causes, tag("div", *parts, cls="parts")))


def _cause(cause: Cause, spots: Places) -> Html:
    where = link(f"step-{cause.step}", f"step {cause.step}") if cause.step else None
    known = f"{cause.kind.replace('_', ' ')}, confidence {cause.confidence:.2g}"
    told = join((part for part in (safe(known), where, spots.links(cause.evidence)) if part), " · ")
    then = listed(f"then: {one}" for one in cause.consequences)
    return tag("div", tag("p", tag("strong", "Cause: "), cause.sentence), told, then, cls="cause")


def _part(title: str, inside: Html | None) -> Html | None:
    return tag("div", tag("h3", title), inside) if inside else None


def _expected(usual: Expected | None) -> Html | None:
    """What normal flows do, and which of it is here."""
    if usual is None:
        return None
    rows = [_usual(step) for step in usual.steps]
    head = ("after", "by", "normal flows publish", "share", "usually after", "here")
    return join((tag("p", expectation(usual)), details("Step by step", table(head, rows)) if rows else None))


def _usual(step: UsualStep) -> tuple[object, ...]:
    mark = {"seen": badge("seen", "good"), "missing": badge("missing", "bad")}.get(
        step.here, safe(step.here.replace("_", " "))
    )
    share = f"{step.share:.0%} of {step.cases:,}"
    return (
        step.event_type,
        step.service,
        step.effect,
        share,
        duration(step.usual_ns) if step.usual_ns is not None else "",
        mark,
    )


def _time(answer: WhyAnswer) -> Html | None:
    """The account, and a bar for each part that matters."""
    if answer.time is None:
        return None
    return join(
        (
            tag("p", account(answer.time, answer.flow)),
            listed((_share(part) for part in told_parts(answer.time)), cls="shares"),
        )
    )


def _share(part: TimePart) -> Html:
    bar = tag(
        "rect",
        cls="wait" if part.what == "queue" else "work",
        width=f"{max(part.share * 100, 0.5):.2f}",
        height="10",
    )
    drawn = tag("svg", bar, viewBox="0 0 100 10", preserveAspectRatio="none", aria_hidden="true", cls="bar")
    return join((drawn, part_words(part), link(f"step-{part.step}", f"step {part.step}")), " ")


def _ids(flow: Flow) -> Iterator[tuple[str, str]]:
    kinds: dict[str, list[str]] = {}
    for identity in flow.identities:
        kinds.setdefault(identity.kind, []).append(identity.value)
    for kind, values in kinds.items():
        left = len(values) - _IDS
        yield kind, ", ".join(values[:_IDS]) + (f" and {left:,} more" if left > 0 else "")
