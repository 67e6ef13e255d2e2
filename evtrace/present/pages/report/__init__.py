"""A report on a whole store as a page. One file of this room is one part of it."""

from __future__ import annotations

from evtrace.overview import Overview
from evtrace.present import json
from evtrace.present.graph import inline, outline
from evtrace.present.pages.markup import Html, details, join, listed, tag
from evtrace.present.pages.page import Page, Section, figure, render
from evtrace.present.pages.report import findings, incidents, lag, summary
from evtrace.present.terminal import Screen, clean

_KEYS = "Drag to move; + and − or Ctrl and the wheel magnify, 0 shows all, arrows move. ▲ marks what departs from normal."
_LAG = "Each line is one group on one channel, the worst first; its height is its own highest lag."


def page(found: Overview) -> str:
    """The report as one HTML file."""
    return render(Page(
        title=clean(f"evtrace report: {found.name}"),
        head=summary.head(found),
        sections=(
            Section("incidents", "Incidents", incidents.body(found), hint="Flows with the same cause, the most frequent first."),
            Section("topology", "Topology", _topology(found), hint=_KEYS),
            Section("lag", "Lag over time", lag.body(found.lag), hint=_LAG),
            Section("duplicates", "Duplicates", findings.body(found.duplicates, nothing="Nothing came twice.")),
            Section("lost", "Lost and waiting", findings.body(found.lost, nothing="Nothing is lost, stuck or given up.")),
            Section("drift", "Drift of contracts", findings.drifts(found.drifts)),
            Section("open", "Not evaluated", listed(found.notes)),
        ),
        data={"evtrace": json.FORMAT, "command": "report", "data": json.plain(found)},
    ))  # fmt: skip


def _topology(found: Overview) -> Html:
    picture = found.topology
    drawn = figure(
        inline.picture_svg(picture),
        "Topology",
        otherwise="Too many boxes to draw here without Graphviz: the list below tells the same.",
    )
    return join((drawn, details("The same as text", tag("pre", outline.text(picture, Screen())))))
