"""`evtrace duplicates`: what came twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from evtrace.anomalies import Report
from evtrace.cli import options
from evtrace.cli.keeping import keep
from evtrace.cli.output import output
from evtrace.cli.reporting import FORMS, Wanted, answer, asked, exit_code, severity
from evtrace.reports import duplicates
from evtrace.store import Store


def run(
    effects: Annotated[
        bool, typer.Option("--effects", help="Only effects that happened twice, with the money they name.")
    ] = False,
    group: options.Group = None,
    channel: options.Channel = None,
    flow: options.FlowOf = None,
    since: options.Since = None,
    until: options.Until = None,
    at: options.At = None,
    fail_on: options.FailOn = None,
    strict: options.Strict = False,
    limit: options.Rows = None,
    store: options.Store = options.DEFAULT_STORE,
    out: options.ReportOutput = "text",
) -> int:
    """Find what came twice: deliveries with the reason, publishes, effects.

    One delivery told by several observers is one; fan-out and retry channels are no duplicates.

    \b
      evtrace duplicates
      evtrace duplicates --effects             # was the customer charged twice?
      evtrace duplicates --group payment --since 1h -o csv
    """
    to, worst = output(out, forms=FORMS), severity("--fail-on", fail_on)
    with Store.open(store, read_only=True) as opened:
        wanted = Wanted(group, channel, flow, since, until, at, limit)
        found = duplicates.run(opened, asked(opened, wanted), effects=effects)
    answer("duplicates", found, to, limit=limit, next=tuple(_next(found, effects)))
    if wanted.is_whole and not effects:
        keep(store, "duplicates", found)
    return exit_code(found, fail_on=worst, strict=strict)


def _next(found: Report, effects: bool) -> Iterator[str]:
    worst = next((row for row in found.rows if row.flow_id is not None and row.severity != "info"), None)
    if worst is not None:
        yield f"evtrace why flow:{worst.flow_id}"
    if not effects and any(row.rule == "duplicate_effect" for row in found.rows):
        yield "evtrace duplicates --effects -o csv"
