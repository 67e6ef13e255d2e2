"""What the delivery reports have in common: their filters, limits and forms, as one parameter of their commands."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, get_type_hints

from evtrace.anomalies import Report
from evtrace.cli import options
from evtrace.cli.output import Output, output
from evtrace.cli.reporting import FORMS, Wanted, exit_code, severity


@dataclass(frozen=True)
class Filters:
    """An option for each field, in this order; what is typed is read before the store is opened."""

    group: options.Group = None
    channel: options.Channel = None
    flow: options.FlowOf = None
    since: options.Since = None
    until: options.Until = None
    at: options.At = None
    fail_on: options.FailOn = None
    strict: options.Strict = False
    limit: options.Rows = None
    store: options.Store = options.DEFAULT_STORE
    out: options.ReportOutput = "text"

    def __post_init__(self) -> None:
        self.to, self.worst  # noqa: B018 what is wrong with them is said first

    @property
    def to(self) -> Output:
        """Where the answer goes, and in which form."""
        return output(self.out, forms=FORMS)

    @property
    def worst(self) -> str | None:
        """The severity from which on the command fails."""
        return severity("--fail-on", self.fail_on)

    @property
    def wanted(self) -> Wanted:
        """The filters alone."""
        return Wanted(self.group, self.channel, self.flow, self.since, self.until, self.at, self.limit)

    def exit_code(self, found: Report) -> int:
        """What the command ends in."""
        return exit_code(found, fail_on=self.worst, strict=self.strict)


def filtered(run: Callable[..., int]) -> Callable[..., int]:
    """The command with the fields of Filters as options of its own, behind those that it has itself."""
    names = [field.name for field in fields(Filters)]

    def command(**typed: Any) -> int:
        shared = Filters(**{name: typed.pop(name) for name in names})
        return run(**typed, filters=shared)

    hints = get_type_hints(run, include_extras=True) | get_type_hints(Filters, include_extras=True)
    own = [one for one in inspect.signature(run).parameters.values() if one.name != "filters"]
    plain = inspect.Parameter.POSITIONAL_OR_KEYWORD
    more = [inspect.Parameter(field.name, plain, default=field.default) for field in fields(Filters)]
    known = [one.replace(annotation=hints[one.name]) for one in (*own, *more)]
    command.__doc__ = run.__doc__
    command.__annotations__ = {name: hint for name, hint in hints.items() if name != "filters"}
    # typer asks inspect, which takes this word for it
    command.__signature__ = inspect.Signature(known)  # type: ignore[attr-defined]
    return command
