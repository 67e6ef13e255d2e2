"""`evtrace schema check`: all schemas against another branch or folder."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from evtrace.changes import Bar, ContractGate
from evtrace.cli.schema import options
from evtrace.cli.schema.showing import outputs, say, show_all
from evtrace.contract_gate import baseline
from evtrace.contract_gate.gate import Request, baseline_file, gate
from evtrace.errors import HEALTHY, UsageError


def run(
    paths: options.Paths = None,
    against: Annotated[
        str | None,
        typer.Option(
            "--against", metavar="REF|FOLDER", help="A git ref (its merge base with HEAD), or a folder."
        ),
    ] = None,
    mode: options.Mode = None,
    policy: options.Policy = None,
    config: options.Config = None,
    accepted: Annotated[
        Path | None,
        typer.Option("--baseline", metavar="FILE", help="Changes that were accepted, with reasons."),
    ] = None,
    update_baseline: Annotated[
        bool, typer.Option("--update-baseline", help="Accept what fails now; needs --reason.")
    ] = False,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why it is accepted.")] = "",
    until: Annotated[
        str | None, typer.Option("--until", metavar="DATE", help="The last day on which it is accepted.")
    ] = None,
    history: Annotated[
        Path | None,
        typer.Option("--history", metavar="STORE", help="Judge the stored events by both versions as well."),
    ] = None,
    fail_on: options.FailOn = "lossy",
    allow_undecided: options.AllowUndecided = False,
    out: options.Outputs = None,
) -> int:
    """Check all schemas against another branch or folder.

    Reads .avsc, .proto, JSON Schemas and the payloads of AsyncAPI documents; evtrace.toml says which file is the
    contract of which event type, and what it promises. Exit 1 where a promise is broken, 3 where a schema cannot
    be read.

    \b
      evtrace schema check schemas/ --against origin/main
      evtrace schema check --against last-release/ --mode full -o github -o evtrace.sarif
      evtrace schema check schemas/ --against main --history evtrace.duckdb
      evtrace schema check --update-baseline --baseline accepted.json --reason 'v1 is retired' --until 2027-01-31
    """
    to, bar = outputs(out), Bar(options.failing(fail_on), allow_undecided)
    request = Request(tuple(paths or ()), against, mode, policy, config, accepted, history)
    if accepted is not None and not accepted.exists() and not update_baseline:
        raise UsageError(
            f"{accepted}: no such baseline; accept what fails with --update-baseline --reason TEXT"
        )
    found = gate(request, date.today())
    if update_baseline:
        return _accept(request, found, reason, until)
    return show_all(to, "schema check", found, bar)


def _accept(request: Request, found: ContractGate, reason: str, until: str | None) -> int:
    path = baseline_file(request)
    if path is None or not reason:
        raise UsageError("--update-baseline needs --baseline FILE and --reason TEXT")
    if until is not None:
        baseline.day(until)
    count = baseline.write(path, found.changes, reason, until)
    say(f"{path}: {count} accepted")
    return HEALTHY
