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
