"""`evtrace schema infer`: contracts from the events that were really sent."""

from __future__ import annotations

import json as plain
from pathlib import Path
from typing import Annotated

import typer

from evtrace.cli import options
from evtrace.cli.output import output, show
from evtrace.errors import UnreadableError
from evtrace.observed import ObservedContract
from evtrace.present import json, observed
from evtrace.reports import observed as report
from evtrace.store import Store

Types = Annotated[
    list[str] | None, typer.Option("--type", metavar="TYPE", help="Only these event types (may be repeated).")
]


def run(
    types: Types = None,
    by_producer: Annotated[
        bool, typer.Option("--by-producer", help="One contract for each producer.")
    ] = False,
    by_version: Annotated[
        bool, typer.Option("--by-version", help="One contract for each schema version.")
    ] = False,
    write: Annotated[
        Path | None,
        typer.Option("--write", metavar="FOLDER", help="Write each contract as a JSON Schema there."),
    ] = None,
    store: options.Store = options.DEFAULT_STORE,
    out: options.Output = "text",
) -> None:
    """Derive contracts from the events that were really sent.

    Types, how many events have each part, the values where they are few, formats, examples, sizes.

    \b
      evtrace schema infer
      evtrace schema infer --type OrderPlaced --by-producer -o json
      evtrace schema infer --write schemas/
    """
    to = output(out)
    with Store.open(store, read_only=True) as opened:
        found = report.run(opened, report.Wanted(tuple(types or ()), by_producer, by_version))
    if write is not None:
        _write(write, found)
    show(to, {
        "text": lambda: observed.contracts(found, to.screen),
        "json": lambda: json.envelope("schema infer", {"contracts": found}),
        "markdown": lambda: observed.contracts_markdown(found),
    })  # fmt: skip


def _write(folder: Path, found: tuple[ObservedContract, ...]) -> None:
    for contract in found:
        parts = (contract.event_type, contract.producer, contract.version)
        name = ".".join(part.replace("/", "_") for part in parts if part) or "untyped"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            text = plain.dumps(contract.schema, indent=2, ensure_ascii=False)
            (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        except OSError as problem:
            raise UnreadableError(f"{folder / name}.json: cannot be written: {problem.strerror}") from problem
