"""One answer in as many forms as are wanted."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence

from evtrace.changes import Bar, ContractDiff, ContractGate
from evtrace.cli.output import Output, output, show
from evtrace.cli.schema.options import FORMS
from evtrace.contract_gate.gate import DELETED
from evtrace.contracts.languages import rules_of
from evtrace.errors import FINDINGS, HEALTHY, UsageError
from evtrace.present import contracts, github, gitlab, json, junit, sarif
from evtrace.present.contract_verdict import verdict


def outputs(wishes: Sequence[str] | None) -> list[Output]:
    """Where the answer goes to; only one form goes to stdout."""
    found = [output(wish, forms=FORMS) for wish in wishes or ["text"]]
    if sum(one.path is None for one in found) > 1:
        raise UsageError("only one form fits on stdout; write the others to files: -o sarif=evtrace.sarif")
    return found


def show_all(to: Sequence[Output], command: str, found: ContractDiff | ContractGate, bar: Bar) -> int:
    """Write every form; gives the exit code."""
    rules = {**{rule.id: rule for rule in rules_of(_languages(found))}, DELETED.id: DELETED}
    told = verdict(found, command, bar, rules)
    for one in to:
        views: Mapping[str, Callable[[], str]] = {
            "text": lambda one=one: contracts.text(found, one.screen),  # type: ignore[misc]  # binds this round's
            "json": lambda: json.envelope(command, found, status="ok" if told.passed else "findings"),
            "markdown": lambda: contracts.markdown(found),
            "junit": lambda: junit.report(told),
            "sarif": lambda: sarif.report(told),
            "github": lambda: github.commands(told),
            "gitlab": lambda: gitlab.report(told),
        }
        show(one, views)
    return HEALTHY if told.passed else FINDINGS


def _languages(found: ContractDiff | ContractGate) -> set[str]:
    if isinstance(found, ContractDiff):
        return {found.language}
    return {contract.language for contract in found.contracts if contract.language}


def say(sentence: str) -> None:
    """Tell what was done, beside the answer."""
    print(f"evtrace: {sentence}", file=sys.stderr)
