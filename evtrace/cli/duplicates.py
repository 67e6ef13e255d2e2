"""`evtrace duplicates`: what came twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from evtrace.anomalies import Report
from evtrace.cli.filters import Filters, filtered
from evtrace.cli.keeping import keep
from evtrace.cli.reporting import answer, asked
from evtrace.reports import duplicates
from evtrace.store import Store


@filtered
def run(
    effects: Annotated[
        bool, typer.Option("--effects", help="Only effects that happened twice, with the money they name.")
    ] = False,
    *,
    filters: Filters,
) -> int:
    """Find what came twice: deliveries with the reason, publishes, effects.

    One delivery told by several observers is one; fan-out and retry channels are no duplicates.

    \b
      evtrace duplicates
      evtrace duplicates --effects             # was the customer charged twice?
      evtrace duplicates --group payment --since 1h -o csv
    """
    with Store.open(filters.store, read_only=True) as opened:
        found = duplicates.run(opened, asked(opened, filters.wanted), effects=effects)
    answer("duplicates", found, filters.to, limit=filters.limit, next=tuple(_next(found, effects)))
    if filters.wanted.is_whole and not effects:
        keep(filters.store, "duplicates", found)
    return filters.exit_code(found)


def _next(found: Report, effects: bool) -> Iterator[str]:
    worst = next((row for row in found.rows if row.flow_id is not None and row.severity != "info"), None)
    if worst is not None:
        yield f"evtrace why flow:{worst.flow_id}"
    if not effects and any(row.rule == "duplicate_effect" for row in found.rows):
        yield "evtrace duplicates --effects -o csv"
