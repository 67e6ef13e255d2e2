"""`evtrace lost`: what never arrived."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from evtrace.anomalies import Report
from evtrace.cli import options
from evtrace.cli.keeping import keep
from evtrace.cli.output import output
from evtrace.cli.reporting import FORMS, Wanted, answer, asked, exit_code, length, severity, step
from evtrace.present.audit import audit_lines
from evtrace.reports import lost
from evtrace.store import Store

#: The limits under which findings are kept.
_USUAL = {"within_ns": length("--within", "5m")}


def run(
    within: Annotated[
        str, typer.Option("--within", metavar="TIME", help="An answer or an effect is due within this time.")
    ] = "5m",
    stuck_after: Annotated[
        str | None,
        typer.Option(
            "--stuck-after", metavar="TIME", help="Call a group stuck that leaves messages waiting longer."
        ),
    ] = None,
    over: Annotated[
        str | None,
        typer.Option(
            "--over", metavar="TIME", help="Count shares in stretches of so long; else as it suits."
        ),
    ] = None,
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
    """Find what never arrived: skipped, not reached, stuck, given up, unanswered, without effect.

    Lost is only what a group has read past; what it has not reached when the logs end is unseen.

    \b
      evtrace lost
      evtrace lost --group fulfilment -o json
      evtrace lost --at 2026-03-01T12:30:00Z   # as if the logs ended then
    """
    to, worst = output(out, forms=FORMS), severity("--fail-on", fail_on)
    limits = {"within_ns": length("--within", within)}
    if stuck_after is not None:
        limits["stuck_ns"] = length("--stuck-after", stuck_after)
    with Store.open(store, read_only=True) as opened:
        wanted = Wanted(group, channel, flow, since, until, at, limit)
        found = lost.run(opened, asked(opened, wanted, **limits), over_ns=step("--over", over))
    more = audit_lines(found.audit, to.screen)
    answer("lost", found, to, limit=limit, next=tuple(_next(found)), more=more)
    if wanted.is_whole and limits == _USUAL:
        keep(store, "lost", found)
    return exit_code(found, fail_on=worst, strict=strict)


def _next(found: Report) -> Iterator[str]:
    worst = next((row for row in found.rows if row.flow_id is not None and row.severity != "info"), None)
    if worst is not None:
        yield f"evtrace why flow:{worst.flow_id}"
    if any(row.rule in ("unseen", "stuck") for row in found.rows):
        yield "evtrace lag"
