"""Which commands there are; each is a module of this room with a function `run`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

import typer
from typer.core import TyperGroup

#: Name → what it does, in the order in which they are needed.
COMMANDS = {
    "ingest": "Read logs into the store and link them.",
    "why": "Say what happened to an id, and why.",
    "similar": "Find the flows with the same cause, and what sets them apart.",
    "diff": "Say how two flows differ, or one from normal ones.",
    "graph": "Draw a flow, or the whole topology.",
    "flows": "List the flows, newest first.",
    "lag": "Say how far each group is behind.",
    "duplicates": "Find what came twice.",
    "order": "Find what came out of order.",
    "lost": "Find what never arrived.",
    "check": "Fail a build on what the logs show.",
    "sources": "List what was read and how it was understood.",
    "sql": "Ask the store in SQL.",
    "case": "Put one flow into one file, to hand over.",
    "report": "Put the whole store into one HTML file.",
    "export": "Hand flows to other tools.",
    "schema": "Check contracts: what a change of a schema breaks.",
    "demo": "Show what evtrace does, on logs that come with it.",
}

_QUIET: dict[str, Any] = {"rich_markup_mode": None, "pretty_exceptions_enable": False}


class Commands(TyperGroup):
    """A group that imports a command only when it is called."""

    table: Mapping[str, str] = COMMANDS
    room = "evtrace.cli"

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]  # typer hides its Context
        return list(self.table)

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override]  # as above
        return load(f"{self.room}.{cmd_name}", cmd_name) if cmd_name in self.table else None

    def format_commands(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]  # as above
        with formatter.section("Commands"):
            formatter.write_dl(list(self.table.items()))

    def resolve_command(self, ctx: typer.Context, args: list[str]) -> Any:  # type: ignore[override]  # as above
        # the parent suggests from what is loaded, which is nothing
        self.commands = dict.fromkeys(self.table)  # type: ignore[assignment]  # only the names are read
        return super().resolve_command(ctx, args)


def load(module: str, name: str) -> Any:
    """Import a command, or a room of commands, and make it what typer runs."""
    found = import_module(module)
    if hasattr(found, "COMMANDS"):
        return _group(found, name)
    one = typer.Typer(add_completion=False, **_QUIET)
    one.command(name)(found.run)
    return typer.main.get_command(one)


def _group(room: ModuleType, name: str) -> Any:
    """A command that has commands of its own."""
    kind = type("Room", (Commands,), {"table": room.COMMANDS, "room": room.__name__})
    app = typer.Typer(name=name, cls=kind, no_args_is_help=True, add_completion=False, **_QUIET)
    app.callback()(room.run)
    return typer.main.get_command(app)


def application() -> Any:
    """The group of all commands, with the options that stand before a command."""
    app = typer.Typer(cls=Commands, no_args_is_help=True, **_QUIET)
    app.callback()(_evtrace)
    return typer.main.get_command(app)


def _version(is_asked: bool) -> None:
    if is_asked:
        from evtrace import __version__

        typer.echo(f"evtrace {__version__}")
        raise typer.Exit


def _evtrace(
    version: bool = typer.Option(
        False, "--version", is_eager=True, callback=_version, help="Show the version."
    ),
) -> None:
    """Ask an order id what happened to it, and why.

    evtrace reads the logs of brokers and services where they lie, rebuilds who caused what, and answers
    with evidence.

    \b
      evtrace ingest logs/
      evtrace why 8123
      evtrace flows --verdict failed
    """
