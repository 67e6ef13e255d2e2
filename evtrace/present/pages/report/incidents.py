"""Incidents: flows grouped by their cause, each with a flow to look at."""

from __future__ import annotations

from evtrace.overview import Overview
from evtrace.present.pages.markup import Html, safe, table, tag
from evtrace.present.times import clock
from evtrace.results import FlowRow, Incident

_HEAD = ("flows", "cause", "service", "event", "what it says", "since", "last", "look at")


def body(found: Overview) -> Html:
    """The table of incidents."""
    if not found.incidents:
        return tag("p", "No flow has a cause to name.")
    names = {row.flow_id: row for row in found.examples}
    return table(_HEAD, (_row(one, names.get(one.example)) for one in found.incidents), cls="roomy")


def _row(one: Incident, example: FlowRow | None) -> tuple[object, ...]:
    return (
        f"{one.flows:,}",
        tag("strong", one.cause.replace("_", " ")),
        one.service or "",
        one.event_type or "",
        one.detail,
        "" if one.since_at is None else clock(one.since_at),
        "" if one.last_at is None else clock(one.last_at),
        tag("code", safe(f"evtrace why {_name(one, example)}")),
    )


def _name(one: Incident, example: FlowRow | None) -> str:
    """The flow by the id that people know it by, where that names it alone and needs no quotes."""
    value = example.identity.value if example and example.identity else ""
    return (
        value if value and all(sign.isalnum() or sign in "-_." for sign in value) else f"flow:{one.example}"
    )
