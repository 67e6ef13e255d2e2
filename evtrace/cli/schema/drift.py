"""`evtrace schema drift`: when what a producer sends changed, and who failed on it."""

from __future__ import annotations

from typing import Annotated

import typer

from evtrace.anomalies import NEVER, rank
from evtrace.cli import options
from evtrace.cli.output import output, show
from evtrace.cli.reporting import severity
from evtrace.cli.schema.infer import Types
from evtrace.errors import FINDINGS, HEALTHY
from evtrace.present import json, observed
from evtrace.reports import drift
from evtrace.store import Store


def run(
    types: Types = None,
    fail_on: Annotated[
        str,
        typer.Option(
            "--fail-on", metavar="SEVERITY", help="error (a reader failed), warning, info or never."
        ),
    ] = "error",
    store: options.Store = options.DEFAULT_STORE,
    out: options.Output = "text",
) -> int:
    """Say when what a producer sends changed, and who failed on it.

    A field gone, renamed, retyped or new, a new value, a first null: from which event on, in how many events and
    flows, and which readers failed on them. The findings are kept in the store, where `why` shows them.

    \b
      evtrace schema drift
      evtrace schema drift --type OrderPlaced -o json
    """
    to, worst = output(out), severity("--fail-on", fail_on) or NEVER
    with Store.open(store) as opened:
        found = drift.run(opened, types or ())
    is_found = any(rank(one.severity) >= rank(worst) for one in found)
    show(to, {
        "text": lambda: observed.drifts(found, to.screen),
        "json": lambda: json.envelope("schema drift", {"drifts": found}, status="findings" if is_found else "ok"),
        "markdown": lambda: observed.drifts_markdown(found),
    })  # fmt: skip
    return FINDINGS if is_found else HEALTHY
