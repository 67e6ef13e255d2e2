"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

DEFAULT_STORE = "evtrace.duckdb"

Store = Annotated[str, typer.Option("--store", envvar="EVTRACE_STORE", metavar="FILE", help="The store.")]
Output = Annotated[
    str,
    typer.Option(
        "-o", "--output", metavar="FORMAT|FILE", help="text, json, markdown, or a file whose ending names it."
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        metavar="TIME", help="From then on: 30m, 2h, 1d before the end of the logs, or a date and time."
    ),
]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="Until then, in the same words.")]

# of the delivery reports
Group = Annotated[str | None, typer.Option("--group", metavar="NAME", help="Only what this group read.")]
Channel = Annotated[str | None, typer.Option("--channel", metavar="NAME", help="Only this channel.")]
FlowOf = Annotated[str | None, typer.Option("--flow", metavar="ID", help="Only the flow that this id finds.")]
At = Annotated[
    str | None,
    typer.Option("--at", metavar="TIME", help="As if the logs ended then, in the words of --since."),
]
FailOn = Annotated[
    str | None,
    typer.Option("--fail-on", metavar="SEVERITY", help="Exit with 1 on findings of info, warning or error."),
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Exit with 4 where the evidence does not let everything be judged.")
]
Rows = Annotated[
    int | None,
    typer.Option(
        "--limit", min=0, help="Rows of each rule; 0: all. Else 10 for people, 10,000 for programs."
    ),
]
ReportOutput = Annotated[
    str,
    typer.Option(
        "-o",
        "--output",
        metavar="FORMAT|FILE",
        help="text, json, jsonl, csv, markdown, or a file whose ending names it.",
    ),
]
