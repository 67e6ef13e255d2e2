"""`evtrace flows`: which flows there are."""

from __future__ import annotations

from typing import Annotated

import typer

from evtrace.cli import options
from evtrace.cli.output import caution, output, show
from evtrace.diagnosis.verdict import KINDS, VERDICTS
from evtrace.errors import UsageError
from evtrace.present import json, lists, markdown
from evtrace.reports import flows
from evtrace.reports.pending import pending
from evtrace.reports.window import window
from evtrace.store import Store


def run(
    verdict: Annotated[
        list[str] | None,
        typer.Option(
            "--verdict", "--status", metavar="VERDICT", help="Only these (may be repeated): failed, stuck …"
        ),
    ] = None,
    cause: Annotated[
        list[str] | None,
        typer.Option(
            "--cause", metavar="KIND", help="Only these (may be repeated): dead_letter, missing_event …"
        ),
    ] = None,
    root_type: Annotated[
        str | None, typer.Option("--type", metavar="TYPE", help="Only flows that begin so.")
    ] = None,
    since: options.Since = None,
    until: options.Until = None,
    limit: Annotated[int, typer.Option(min=0, help="How many to list; 0: all.")] = 20,
    store: options.Store = options.DEFAULT_STORE,
    out: options.Output = "text",
) -> None:
    """List the flows, newest first, and what they suffer from: each cause with the number of its flows.

    \b
      evtrace flows --verdict failed
      evtrace flows --cause missing_event
      evtrace flows --type OrderPlaced --since 2h
      evtrace flows --limit 0 -o json
    """
    to, verdicts = output(out), known_verdicts(verdict or [])
    causes = _known("--cause", cause or [], KINDS)
    with Store.open(store, read_only=True) as opened:
        wanted = flows.Wanted(window(opened, since, until), verdicts, root_type, causes, limit)
        found, undone = flows.run(opened, wanted), pending(opened)
    caution(undone)
    show(to, {
        "text": lambda: lists.flows(found, to.screen),
        "json": lambda: json.envelope("flows", found, status="incomplete" if undone else "ok", diagnostics=undone),
        "markdown": lambda: markdown.flows(found),
    })  # fmt: skip


def known_verdicts(verdicts: list[str]) -> tuple[str, ...]:
    """Verdicts in the words of --verdict, or a UsageError that lists them."""
    return _known("--verdict", verdicts, VERDICTS)


def _known(option: str, asked: list[str], known: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(name.lower().replace("-", "_").replace(" ", "_") for name in asked)
    for name in names:
        if name not in known:
            what = option.removeprefix("--")
            raise UsageError(f"{option} {name}: no such {what}; there are {', '.join(known)}")
    return names
