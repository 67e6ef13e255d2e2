"""`evtrace diff`: how two flows differ, or one from normal ones."""

from __future__ import annotations

from typing import Annotated

import typer

from evtrace.cli import options
from evtrace.cli.output import caution, output, show
from evtrace.diagnosis.difference import Difference, difference
from evtrace.errors import FINDINGS, HEALTHY, INCOMPLETE, UsageError
from evtrace.present import difference as pages
from evtrace.present import json
from evtrace.reports.pending import pending
from evtrace.store import Store


def run(
    id: Annotated[str, typer.Argument(metavar="ID", help="Any id of the flow in question.")],
    other: Annotated[
        str | None, typer.Argument(metavar="OTHER", help="Any id of the flow to hold it against.")
    ] = None,
    normal: Annotated[
        bool, typer.Option("--normal", help="Hold it against the normal flows of its type instead.")
    ] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 where they differ.")] = False,
    limit: Annotated[
        int, typer.Option(min=0, help="Differences of each kind to show; 0: all.")
    ] = pages.SHOWN,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 4 where there are too few normal flows.")
    ] = False,
    store: options.Store = options.DEFAULT_STORE,
    out: options.Output = "text",
) -> int:
    """Say how two flows differ, or one from normal ones: structure, order, timing, payload.

    Works on flows that are not finished. Order is compared only where one log or one clock gives it, times only
    between the same hosts; a time differs by half and by 10 ms at least.

    \b
      evtrace diff 8123 8101
      evtrace diff 8123 --normal
      evtrace diff flow:17 --normal -o json
    """
    to = output(out)
    if (other is None) != normal:
        raise UsageError("name a second id or take --normal, one of both; see: evtrace diff --help")
    with Store.open(store, read_only=True) as opened:
        undone = pending(opened)
        found = difference(opened, id, other)
    caution(undone)
    status = _status(found, bool(undone))
    show(to, {
        "text": lambda: pages.report(found, to.screen, limit=limit),
        "json": lambda: json.envelope("diff", found, status=status, diagnostics=(*undone, *found.notes)),
        "markdown": lambda: pages.report_markdown(found),
    })  # fmt: skip
    if strict and status in ("incomplete", "not_evaluated"):
        return INCOMPLETE
    return FINDINGS if exit_code and not found.is_same else HEALTHY


def _status(found: Difference, is_undone: bool) -> str:
    if not found.right.flows:
        return "not_evaluated"
    if is_undone or (found.right.flow_id is None and found.notes):
        return "incomplete"
    return "ok" if found.is_same else "findings"
