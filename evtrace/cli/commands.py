"""Which commands there are; each is a module of this room with a function `run`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

#: Name → what it does, in the order in which they are needed.
COMMANDS = {
    "ingest": "Read logs into the store and link them.",
    "why": "Say what happened to an id, and why.",
    "flows": "List the flows, newest first.",
    "lag": "Say how far each group is behind.",
    "duplicates": "Find what came twice.",
    "order": "Find what came out of order.",
    "lost": "Find what never arrived.",
    "check": "Fail a build on what the logs show.",
    "sources": "List what was read and how it was understood.",
    "sql": "Ask the store in SQL.",
    "demo": "Show what evtrace does, on logs that come with it.",
}

_QUIET: dict[str, Any] = {"rich_markup_mode": None, "pretty_exceptions_enable": False}


class Commands(TyperGroup):
    """A group that imports a command only when it is called."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]  # typer hides its Context
        return list(COMMANDS)

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override]  # as above
        return load(cmd_name) if cmd_name in COMMANDS else None

    def format_commands(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]  # as above
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(self, ctx: typer.Context, args: list[str]) -> Any:  # type: ignore[override]  # as above
        # the parent suggests from what is loaded, which is nothing
        self.commands = dict.fromkeys(COMMANDS)  # type: ignore[assignment]  # only the names are read
        return super().resolve_command(ctx, args)


def load(name: str) -> Any:
    """Import a command and make it what typer runs."""
    one = typer.Typer(add_completion=False, **_QUIET)
    one.command(name)(import_module(f"evtrace.cli.{name}").run)
    return typer.main.get_command(one)


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
