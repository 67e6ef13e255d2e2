"""`evtrace report`: the whole store as a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from evtrace.anomalies import NotEvaluated
from evtrace.cli import options
from evtrace.cli.output import caution, output, show
from evtrace.errors import UsageError
from evtrace.observed import Drift
from evtrace.overview import Overview
from evtrace.pictures.making import Making
from evtrace.present import json
from evtrace.present.pages import report as pages
from evtrace.reports import drift, duplicates, flows, lost, overview
from evtrace.reports.delivery.asked import Asked
from evtrace.reports.pending import pending
from evtrace.reports.window import Window, window
from evtrace.store import Store

#: Boxes of the topology before alike channels are drawn as one.
BOXES = 60

#: Lines of lag and open questions that the page has, the worst first.
_LINES = 100

#: Rows of each rule that the page lists; all are counted.
_ROWS = 50

_FORMS = ("html", "json")

Output = Annotated[
    str,
    typer.Option(
        "-o", "--output", metavar="FORMAT|FILE", help="html, json, or a file whose ending names it."
    ),
]


def run(
    boxes: Annotated[
        int, typer.Option("--boxes", min=5, max=500, help="Boxes to draw before alike channels become one.")
    ] = BOXES,
    since: options.Since = None,
    until: options.Until = None,
    store: options.Store = options.DEFAULT_STORE,
    out: Output = "report.html",
) -> None:
    """Put the whole store into one HTML file: topology, incidents, lag over time, duplicates, losses, drift.

    The file needs no network, and no script to be read; it holds the same as JSON.

    \b
      evtrace report                           # report.html
      evtrace report --since 8h -o last-night.html
    """
    to = output(out, forms=_FORMS)
    with Store.open(store, read_only=True) as opened:
        caution(pending(opened))
        found = _overview(opened, Path(store).name, boxes=boxes, within=window(opened, since, until))
    show(to, {"html": lambda: pages.page(found), "json": lambda: json.envelope("report", found)})
    if to.path is not None:
        caution([f"{to.path} is written"])


def _overview(store: Store, name: str, *, boxes: int, within: Window) -> Overview:
    """Lag and drift need all that is there; the rest is of the window."""
    since, until = overview.span(store)
    records, rejects = overview.read(store)
    incidents = flows.run(store, flows.Wanted(within, limit=1)).incidents
    examples = flows.rows_of(store, [one.example for one in incidents], limit=len(incidents) or 1)
    lines, lag = overview.lag_lines(store)
    asked = Asked(within, limit=_ROWS)
    twice, gone = duplicates.run(store, asked), lost.run(store, asked)
    drifts, why_not = _drifts(store)
    open_questions = (*lag.not_evaluated, *twice.not_evaluated, *gone.not_evaluated)
    return Overview(
        name=name,
        since_at=since if within.since is None else within.since,
        until_at=until if within.until is None else within.until,
        records=records,
        rejects=rejects,
        verdicts=overview.verdicts(store, within),
        incidents=incidents,
        examples=examples,
        topology=Making(store, boxes).topology(within),
        lag=lines[:_LINES],
        duplicates=twice,
        lost=gone,
        drifts=drifts,
        notes=tuple(_notes(open_questions, why_not, left=len(lines) - _LINES)),
    )


def _notes(open_questions: Iterable[NotEvaluated], why_not: tuple[str, ...], *, left: int) -> Iterator[str]:
    """What could not be judged, and what is left out."""
    told = dict.fromkeys((*why_not, *(f"{one.rule}: {one.reason}" for one in open_questions)))
    yield from list(told)[:_LINES]
    if len(told) > _LINES:
        yield f"… and {len(told) - _LINES:,} more questions"
    if left > 0:
        yield f"lag: {left:,} more groups and channels are behind less; see evtrace lag --limit 0"


def _drifts(store: Store) -> tuple[tuple[Drift, ...] | None, tuple[str, ...]]:
    """Where no payload is stored nothing can be said of contracts."""
    try:
        return drift.run(store), ()
    except UsageError as problem:
        return None, (f"drift: {problem}",)
