"""`evtrace order`: what is out of order."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated

import typer

from evtrace.cli.filters import Filters, filtered
from evtrace.cli.keeping import keep
from evtrace.cli.reporting import answer, asked, length
from evtrace.present.clocks import clock_lines
from evtrace.reports import order
from evtrace.reports.order import OrderReport
from evtrace.reports.order.event_time import EventTimeInversion
from evtrace.store import Store


@filtered
def run(
    bound: Annotated[
        str,
        typer.Option("--bound", metavar="TIME", help="Disorder in event time that is fine: 60, 500ms, 1m."),
    ] = "0",
    skew: Annotated[
        str,
        typer.Option(
            "--skew", metavar="TIME", help="Difference of clocks that is fine, beside what is measured."
        ),
    ] = "0",
    *,
    filters: Filters,
) -> int:
    """Find what is out of order: in the log, at the reader, between cause and effect.

    What the clocks of the hosts explain is told as a fault of clocks, not as disorder.

    \b
      evtrace order
      evtrace order --bound 60s                # event times may be a minute apart
      evtrace order --channel orders -o json
    """
    bounds = {"bound_ns": length("--bound", bound), "skew_ns": length("--skew", skew)}
    with Store.open(filters.store, read_only=True) as opened:
        found = order.run(opened, asked(opened, filters.wanted, **bounds))
    answer(
        "order",
        found,
        filters.to,
        limit=filters.limit,
        next=tuple(_next(found)),
        more=clock_lines(found.clocks, filters.to.screen),
    )
    if filters.wanted.is_whole and not any(bounds.values()):
        keep(filters.store, "order", found)
    return filters.exit_code(found)


def _next(found: OrderReport) -> Iterator[str]:
    worst = next((row for row in found.rows if row.flow_id is not None and row.severity != "info"), None)
    if worst is not None:
        yield f"evtrace why flow:{worst.flow_id}"
    late = next((row.largest_s for row in found.rows if isinstance(row, EventTimeInversion)), None)
    if late is not None:
        yield (
            f"evtrace order --bound {math.ceil(late)}s"
            if late >= 1
            else f"evtrace order --bound {math.ceil(late * 1000)}ms"
        )
