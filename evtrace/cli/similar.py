"""`evtrace similar`: which flows have the same trouble, and what sets them apart."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from evtrace.cli import options
from evtrace.cli.output import caution, output, show
from evtrace.diagnosis.similar import SimilarAnswer, similar
from evtrace.errors import HEALTHY, INCOMPLETE
from evtrace.present import json
from evtrace.present import similar as pages
from evtrace.reports.flows import rows_of
from evtrace.reports.pending import pending
from evtrace.store import Store


def run(
    id: Annotated[
        str, typer.Argument(metavar="ID", help="Any id of a flow that has a cause; flow:N names one.")
    ],
    limit: Annotated[int, typer.Option(min=0, help="How many flows to list; 0: all.")] = 10,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 4 where there is too little to compare with.")
    ] = False,
    store: options.Store = options.DEFAULT_STORE,
    out: options.Output = "text",
) -> int:
    """Find the flows with the same cause, and what sets them apart from healthy ones.

    Partition, producer and reader instance, schema version, fields and values of the events that both kinds of
    flow have: what is commoner in trouble than chance explains, tested and corrected for many comparisons.

    \b
      evtrace similar 8123
      evtrace similar flow:17 --limit 0 -o json
      evtrace similar order=8123 -o ticket.md
    """
    to = output(out)
    with Store.open(store, read_only=True) as opened:
        undone = pending(opened)
        found = similar(opened, id, limit=limit)
        found = replace(found, rows=rows_of(opened, found.flow_ids, limit=limit))
    caution(undone)
    status = _status(found, bool(undone))
    show(to, {
        "text": lambda: pages.report(found, to.screen),
        "json": lambda: json.envelope("similar", found, status=status, diagnostics=(*undone, *found.notes)),
        "markdown": lambda: pages.report_markdown(found),
    })  # fmt: skip
    return INCOMPLETE if strict and status == "incomplete" else HEALTHY


def _status(found: SimilarAnswer, is_undone: bool) -> str:
    if found.cause is None:
        return "ok"
    return "incomplete" if is_undone or not found.comparisons else "findings"
