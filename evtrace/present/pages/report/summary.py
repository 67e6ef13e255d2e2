"""The head of a report: how much was read, from when until when, how flows ended."""

from __future__ import annotations

from evtrace.overview import Overview
from evtrace.present.pages.markup import Html, join, tag
from evtrace.present.pages.page import badge
from evtrace.present.times import clock, duration
from evtrace.present.words import VERDICT_STYLE, counted, verdict


def head(found: Overview) -> Html:
    """What the page is about."""
    flows = sum(one.flows for one in found.verdicts)
    took = None if found.since_at is None or found.until_at is None else found.until_at - found.since_at
    facts = [counted(flows, "flow"), counted(found.records, "record"), counted(found.rejects, "reject")]
    if took is not None:
        facts.insert(0, f"{clock(found.since_at)} to {clock(found.until_at)} ({duration(took)})")
    ends = (
        join((badge(f"{one.flows:,} {verdict(one.verdict)}", VERDICT_STYLE.get(one.verdict, "warn")), " "))
        for one in found.verdicts
    )
    return join((
        tag("h1", found.name),
        tag("p", " · ".join(facts), cls="soft"),
        tag("p", *ends),
    ))  # fmt: skip
