"""`evtrace sql`: the store in SQL, read only."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from evtrace.cli import options
from evtrace.cli.output import output, show
from evtrace.errors import UsageError
from evtrace.present import csv, json, lists, markdown
from evtrace.reports import query
from evtrace.store import Store


def run(
    sql: Annotated[
        str, typer.Argument(metavar="[SQL]", help="The query; read from stdin where it is absent or '-'.")
    ] = "-",
    store: options.Store = options.DEFAULT_STORE,
    out: options.Output = "text",
) -> None:
    """Ask the store in SQL. Nothing can be changed.

    The tables are records, events, deliveries, edges, flows, record_flows, identities, sources, rejects,
    findings; DESCRIBE records names its columns. Times are nanoseconds since 1970, UTC. -o also takes csv.

    \b
      evtrace sql "SELECT kind, COUNT(*) FROM records GROUP BY kind ORDER BY kind"
      evtrace sql "SELECT make_timestamp_ns(ts), service, message FROM records ORDER BY ts LIMIT 20"
      evtrace sql "SELECT * FROM flows" -o flows.csv
      evtrace sql < question.sql
    """
    to, asked = output(out, forms=("text", "json", "csv", "markdown")), _asked(sql)
    with Store.open(store, read_only=True) as opened:
        found = query.run(opened, asked)
    show(to, {
        "text": lambda: lists.table(found, to.screen),
        "json": lambda: json.envelope("sql", found),
        "csv": lambda: csv.table(found),
        "markdown": lambda: markdown.table(found),
    })  # fmt: skip


def _asked(sql: str) -> str:
    if sql == "-" and sys.stdin.isatty():
        raise UsageError('no SQL given; try: evtrace sql "SELECT * FROM flows LIMIT 10"')
    return sys.stdin.read() if sql == "-" else sql
