"""`evtrace lag`: how far each group is behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated

import typer

from evtrace.cli.filters import Filters, filtered
from evtrace.cli.output import Output, caution, show
from evtrace.cli.reporting import asked, step
from evtrace.present import csv, json, markdown
from evtrace.present import lag as shown_lag
from evtrace.reports import lag
from evtrace.reports.lag import LagReport
from evtrace.reports.lag.behind import LagRow
from evtrace.store import Store

#: Partitions that people are shown where they do not say how many.
_SHOWN = 40


@filtered
def run(
    over: Annotated[
        str | None,
        typer.Option("--over", metavar="TIME", help="Show how it went, in steps of so long: 1m, 10s."),
    ] = None,
    allowed_lag: Annotated[
        int, typer.Option("--allowed-lag", min=0, help="Messages behind that count as none.")
    ] = 0,
    *,
    filters: Filters,
) -> int:
    """Say how far each group is behind, and whether it moves.

    The status is Burrow's: OK, WARN (moves, but the lag does not shrink), STOP, STALL (the same position again
    and again), REWIND; UNKNOWN where the logs do not tell.

    \b
      evtrace lag
      evtrace lag --over 1m                    # with a line over time
      evtrace lag --at 2026-03-01T12:30:00Z    # as if the logs ended then
    """
    over_ns = step("--over", over)
    with Store.open(filters.store, read_only=True) as opened:
        wanted = replace(filters.wanted, at=filters.at or filters.until)
        found = lag.run(opened, asked(opened, wanted, allowed_lag=allowed_lag), over_ns=over_ns)
    limit = _SHOWN if filters.limit is None else filters.limit
    _show(found, filters.to, limit, is_over=over_ns is not None)
    return filters.exit_code(found)


def _show(found: LagReport, to: Output, limit: int, *, is_over: bool) -> None:
    caution(found.undone)
    show(to, {
        "text": lambda: shown_lag.report(found, found.groups, to.screen, limit=limit, next=tuple(_next(found, is_over))),
        "json": lambda: json.envelope("lag", found, status=found.status, diagnostics=(*found.undone, *found.notes, *found.cut)),
        "jsonl": lambda: json.lines(found.rows),
        "csv": lambda: csv.dicts(shown_lag.points(found.rows)) if is_over else csv.rows(found.rows),
        "markdown": lambda: markdown.lag(found, limit=limit),
    })  # fmt: skip


#: Steps in which people think, and how many of them a line may have.
_STEPS = (("1s", 1), ("10s", 10), ("1m", 60), ("10m", 600), ("1h", 3600), ("6h", 21_600), ("1d", 86_400))
_MOST_STEPS = 60


def _step(found: LagReport) -> str:
    """The shortest step that makes no more points than a line has room for."""
    seconds = (
        0
        if None in (found.since_at, found.until_at)
        else ((found.until_at or 0) - (found.since_at or 0)) / 1e9
    )
    return next((name for name, size in _STEPS if seconds <= size * _MOST_STEPS), _STEPS[-1][0])


def _next(found: LagReport, is_over: bool) -> Iterator[str]:
    if not is_over and any(isinstance(row, LagRow) and row.source != "gauge" for row in found.rows):
        yield f"evtrace lag --over {_step(found)}"
    if any(row.severity != "info" for row in found.rows):
        yield "evtrace lost"
