"""`evtrace ingest`: read logs into the store and link them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evtrace.cli import options
from evtrace.cli.output import Output, output, show
from evtrace.cli.progress import progress_bar
from evtrace.diagnosis import declared
from evtrace.diagnosis.judge import judge
from evtrace.errors import HEALTHY, UNREADABLE
from evtrace.ingest import Options, ingest
from evtrace.present import json, lists, markdown
from evtrace.reports.delivery import findings
from evtrace.results import IngestSummary
from evtrace.store import Store


def run(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATHS...", help="Files, folders, patterns; - is stdin.")
    ],
    maps: Annotated[
        list[Path] | None,
        typer.Option("--map", metavar="FILE", help="Your own field names as TOML (may be repeated)."),
    ] = None,
    zone: Annotated[
        str | None, typer.Option("--tz", metavar="ZONE", help="Zone of times that name none.")
    ] = None,
    format: Annotated[
        str | None, typer.Option("--format", metavar="NAME", help="Read everything as this.")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="TIME|mtime|name",
            help="Time of records without one: a time, the file's, or the one in its name.",
        ),
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show which field filled which role.")] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress, and no summary on the terminal.")
    ] = False,
    store: options.Store = options.DEFAULT_STORE,
    out: options.Output = "text",
) -> int:
    """Read logs into the store and link them.

    Formats are found by content. The same content again adds nothing; a file that has grown adds its tail.
    Some outputs tell no time (kafka-consumer-groups --describe): --at gives them one, else they stay undated.

    \b
      evtrace ingest logs/
      evtrace ingest broker.json 'services/*.log.gz' --tz Europe/Berlin
      kubectl logs shop | evtrace ingest - --explain
      evtrace ingest orders.csv --map shop.toml
      evtrace ingest describe.2026-11-20T14-02-11Z.txt --at name
    """
    to, flows = output(out), declared.read()  # what is wrong there is said before anything is written
    with progress_bar(is_quiet=quiet) as progress:
        summary = ingest(store, paths, Options(tuple(maps or ()), zone, format, at, progress))
    with Store.open(store) as opened:
        judge(opened, flows)
        if summary.records:
            findings.forget(opened)
    if not (quiet and to == Output("text")):
        _show(summary, to, explain)
    return _exit_code(summary)


def _show(summary: IngestSummary, to: Output, explain: bool) -> None:
    status = "incomplete" if _exit_code(summary) else "ok"
    show(to, {
        "text": lambda: lists.ingested(summary, to.screen, explain=explain),
        "json": lambda: json.envelope("ingest", summary, status=status),
        "markdown": lambda: markdown.ingested(summary, explain=explain),
    })  # fmt: skip


def _exit_code(summary: IngestSummary) -> int:
    return UNREADABLE if any(source.status == "failed" for source in summary.sources) else HEALTHY
