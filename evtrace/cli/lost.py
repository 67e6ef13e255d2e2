"""`evtrace lost`: what never arrived."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from evtrace.anomalies import Report
from evtrace.cli.filters import Filters, filtered
from evtrace.cli.keeping import keep
from evtrace.cli.reporting import answer, asked, length, step
from evtrace.present.audit import audit_lines
from evtrace.reports import lost
from evtrace.store import Store

#: The limits under which findings are kept.
_USUAL = {"within_ns": length("--within", "5m")}


@filtered
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
    *,
    filters: Filters,
) -> int:
    """Find what never arrived: skipped, not reached, stuck, given up, unanswered, without effect.

    Lost is only what a group has read past; what it has not reached when the logs end is unseen.

    \b
      evtrace lost
      evtrace lost --group fulfilment -o json
      evtrace lost --at 2026-03-01T12:30:00Z   # as if the logs ended then
    """
    limits = {"within_ns": length("--within", within)}
    if stuck_after is not None:
        limits["stuck_ns"] = length("--stuck-after", stuck_after)
    with Store.open(filters.store, read_only=True) as opened:
        found = lost.run(opened, asked(opened, filters.wanted, **limits), over_ns=step("--over", over))
    more = audit_lines(found.audit, filters.to.screen)
    answer("lost", found, filters.to, limit=filters.limit, next=tuple(_next(found)), more=more)
    if filters.wanted.is_whole and limits == _USUAL:
        keep(filters.store, "lost", found)
    return filters.exit_code(found)


def _next(found: Report) -> Iterator[str]:
    worst = next((row for row in found.rows if row.flow_id is not None and row.severity != "info"), None)
    if worst is not None:
        yield f"evtrace why flow:{worst.flow_id}"
    if any(row.rule in ("unseen", "stuck") for row in found.rows):
        yield "evtrace lag"
