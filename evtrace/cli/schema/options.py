"""Options that the schema commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evtrace.changes import FAILING
from evtrace.errors import UsageError

FORMS = ("text", "json", "markdown", "junit", "sarif", "github", "gitlab")

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATHS]...", help="Schemas or folders of them; those of evtrace.toml by default."
    ),
]
Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="evtrace.toml; the nearest one above by default."),
]
Mode = Annotated[
    str | None,
    typer.Option("--mode", metavar="MODE", help="backward, forward, full, each also _transitive, or none."),
]
Policy = Annotated[
    str | None,
    typer.Option(
        "--policy",
        metavar="POLICY",
        help="JSON Schema: strict (what validates) or lenient (writers send what they declare, readers ignore the "
        "rest). Protobuf: wire or json.",
    ),
]
FailOn = Annotated[
    str,
    typer.Option(
        "--fail-on", metavar="SEVERITY", help="breaking, lossy, risky, or never; exit 1 from there on."
    ),
]
AllowUndecided = Annotated[
    bool, typer.Option("--allow-undecided", help="Pass where nothing sure can be said.")
]
Outputs = Annotated[
    list[str] | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FORMAT|FILE",
        help="text, json, markdown, junit, sarif, github, gitlab, a file whose ending names it, or FORMAT=FILE; may be "
        "repeated.",
    ),
]

#: What --fail-on says → the severities that fail. 'error' and 'warning' are the words of other commands.
_FAILING = {
    "breaking": ("breaking",),
    "lossy": FAILING,
    "error": FAILING,
    "risky": (*FAILING, "risky"),
    "warning": (*FAILING, "risky"),
    "never": (),
}


def failing(wish: str) -> tuple[str, ...]:
    """The severities from which on the command fails."""
    if wish.lower() not in _FAILING:
        raise UsageError(f"--fail-on {wish}: no such severity; there are breaking, lossy, risky and never")
    return _FAILING[wish.lower()]
