"""`evtrace sources`: what was read and how it was understood."""

from __future__ import annotations

from typing import Annotated

import typer

from evtrace.cli import options
from evtrace.cli.output import Output, output, show
from evtrace.present import json, lists, markdown
from evtrace.reports import sources
from evtrace.store import Store


def run(
    explain: Annotated[bool, typer.Option("--explain", help="Show which field filled which role.")] = False,
    rejects: Annotated[
        bool, typer.Option("--rejects", help="Show every line that could not be read.")
    ] = False,
    store: options.Store = options.DEFAULT_STORE,
    out: options.Output = "text",
) -> None:
    """List what was read and how it was understood.

    \b
      evtrace sources
      evtrace sources --explain
      evtrace sources --rejects -o json
    """
    to = output(out)
    with Store.open(store, read_only=True) as opened:
        _rejects(opened, to) if rejects else _sources(opened, to, explain)


def _sources(store: Store, to: Output, explain: bool) -> None:
    found = sources.run(store)
    show(to, {
        "text": lambda: lists.sources(found, to.screen, explain=explain),
        "json": lambda: json.envelope("sources", {"sources": found}),
        "markdown": lambda: markdown.sources(found, explain=explain),
    })  # fmt: skip


def _rejects(store: Store, to: Output) -> None:
    found = sources.rejects(store)
    show(to, {
        "text": lambda: lists.rejects(found, to.screen),
        "json": lambda: json.envelope("sources", {"rejects": found}),
        "markdown": lambda: markdown.rejects(found),
    })  # fmt: skip
