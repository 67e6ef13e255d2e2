"""`evtrace schema diff`: what a new version of a schema breaks."""

from __future__ import annotations

from typing import Annotated

import typer

from evtrace.changes import Bar
from evtrace.cli.schema import options
from evtrace.cli.schema.showing import outputs, show_all
from evtrace.contract_gate.diff import diff
from evtrace.contracts.check import Terms
from evtrace.contracts.modes import mode as mode_of
from evtrace.errors import UsageError


def run(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="OLD... NEW", help="Older versions, oldest first, then the new one; also as REF:PATH."
        ),
    ],
    mode: options.Mode = None,
    policy: options.Policy = None,
    language: Annotated[
        str | None,
        typer.Option("--language", metavar="NAME", help="json, avro or protobuf; found by default."),
    ] = None,
    message: Annotated[
        str, typer.Option("--message", metavar="NAME", help="Of several messages in a .proto, only this one.")
    ] = "",
    fail_on: options.FailOn = "lossy",
    allow_undecided: options.AllowUndecided = False,
    out: options.Outputs = None,
) -> int:
    """Say what a new version of a schema breaks.

    Every break is shown by an event that the one version allows and the other refuses. Exit 1 where something that
    the mode promises is broken, 3 where a schema cannot be read.

    \b
      evtrace schema diff old.json new.json --mode backward --policy strict
      evtrace schema diff v1.avsc v2.avsc v3.avsc --mode full_transitive
      evtrace schema diff main:api/order.proto api/order.proto -o json
    """
    if len(files) < 2:
        raise UsageError("two versions are needed: evtrace schema diff OLD NEW")
    to, bar = outputs(out), Bar(options.failing(fail_on), allow_undecided)
    found = diff(files, Terms(mode_of(mode or "backward"), policy, language), message)
    return show_all(to, "schema diff", found, bar)
