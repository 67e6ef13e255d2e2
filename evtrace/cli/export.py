"""`evtrace export`: flows for other tools."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from evtrace import bridges
from evtrace.bridges import Bridge, Document, Folder
from evtrace.bridges.scope import choose
from evtrace.cli import options
from evtrace.cli.flows import known_verdicts
from evtrace.cli.output import caution
from evtrace.diagnosis.find import find
from evtrace.errors import UnreadableError, UsageError
from evtrace.present.words import counted
from evtrace.reports.flows import Wanted
from evtrace.reports.pending import pending
from evtrace.reports.window import window
from evtrace.store import Store

_STDOUT = "-"


def run(
    id: Annotated[
        str | None,
        typer.Argument(metavar="[ID]", help="Only the flows that this id finds; else the whole store."),
    ] = None,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="FORMAT",
            help="chrome, csv, jaeger, jsonl, ocel, otlp, parquet, shiviz, xes, zipkin.",
        ),
    ] = "otlp",
    table: Annotated[
        str | None,
        typer.Option(
            "--table", metavar="NAME", help="csv, parquet: one table in one file; else all, in a folder."
        ),
    ] = None,
    verdict: Annotated[
        list[str] | None,
        typer.Option("--verdict", "--status", metavar="VERDICT", help="Only these (may be repeated)."),
    ] = None,
    root_type: Annotated[
        str | None, typer.Option("--type", metavar="TYPE", help="Only flows that begin so.")
    ] = None,
    since: options.Since = None,
    until: options.Until = None,
    store: options.Store = options.DEFAULT_STORE,
    out: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE|FOLDER", help="Where to; '-' is stdout.")
    ] = _STDOUT,
) -> None:
    """Hand flows to other tools: trace viewers, process mining, data frames.

    A flow becomes one trace: what was published, handled and done, each below its cause; further causes are links.
    jsonl is read by evtrace itself: a folder of it, ingested, gives the same tables again.

    \b
      evtrace export 8123 --to otlp -o flow.jsonl
      evtrace export --to jaeger --verdict failed -o failed.json
      evtrace export --to chrome --since 1h -o perfetto.json
      evtrace export --to parquet -o tables/
    """  # fmt: skip
    bridge, verdicts = _named(to), known_verdicts(verdict or [])
    with Store.open(store, read_only=True) as opened:
        caution(pending(opened))
        wanted = Wanted(window(opened, since, until), verdicts, root_type, limit=0)
        flows = choose(opened, wanted, None if id is None else find(opened, id).flow_ids)
        with _told(out):
            _write(opened, bridge, table, out)
    if out != _STDOUT or not flows:
        caution([f"{counted(flows, 'flow')} as {bridge.NAME}" + ("" if out == _STDOUT else f" in {out}")])


def _named(name: str) -> Bridge:
    known = bridges.load()
    if name.lower() not in known:
        raise UsageError(f"--to {name}: no such format; there are {', '.join(known)}")
    return known[name.lower()]


def _write(store: Store, bridge: Bridge, table: str | None, out: str) -> None:
    path = Path(out)
    if isinstance(bridge, Folder) and table is None and out != _STDOUT and _is_folder(out):
        path.mkdir(parents=True, exist_ok=True)
        for name in bridge.parts(store):
            bridge.part(store, name, path / f"{name}{bridge.ENDING}")
    elif isinstance(bridge, Document) and table is None:
        _document(bridge, store, None if out == _STDOUT else path)
    elif isinstance(bridge, Folder) and out != _STDOUT and bridge.NAME != "jsonl":
        name = _part(bridge, store, table, out)
        path.open("wb").close()  # says what is wrong with the place in words of its own
        bridge.part(store, name, path)
    elif table is not None and (isinstance(bridge, Document) or bridge.NAME == "jsonl"):
        raise UsageError(f"--table {table}: {bridge.NAME} has no tables; csv and parquet have")
    else:
        raise UsageError(
            f"--to {bridge.NAME}: writes files; name a folder for all tables with -o, or a file with --table NAME"
        )


def _part(bridge: Folder, store: Store, table: str | None, out: str) -> str:
    parts = bridge.parts(store)
    if table is None:
        raise UsageError(
            f"-o {out}: one file holds one table; name it with --table ({', '.join(parts)}), or a folder for all: "
            f"-o {Path(out).with_suffix('')}/"
        )
    if table not in parts:
        raise UsageError(f"--table {table}: no such table; there are {', '.join(parts)}")
    return table


def _is_folder(out: str) -> bool:
    return out.endswith("/") or Path(out).is_dir() or not Path(out).suffix


def _document(bridge: Document, store: Store, path: Path | None) -> None:
    if path is None:
        sys.stdout.writelines(bridge.pieces(store))
        return
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(bridge.pieces(store))


@contextmanager
def _told(out: str) -> Iterator[None]:
    """A file that cannot be written is the user's problem."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as problem:
        raise UnreadableError(f"{out}: cannot be written: {problem.strerror}") from problem
