"""`evtrace check`: the gate of a build."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from evtrace.cli import options
from evtrace.cli.output import Output, caution, output, show
from evtrace.cli.reporting import SHOWN, severity
from evtrace.errors import FINDINGS, HEALTHY, INCOMPLETE
from evtrace.present import github, gitlab, json, junit, sarif, store_gate
from evtrace.present.store_verdict import verdict
from evtrace.present.words import counted
from evtrace.reports import check
from evtrace.reports.check import baseline, settings
from evtrace.store import Store
from evtrace.store_gate import StoreGate

_FORMS = ("text", "json", "junit", "sarif", "github", "gitlab")

#: Where the baseline is written where nobody says where.
_USUAL_BASELINE = Path("evtrace-baseline.json")


def run(
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="evtrace.toml; the nearest one above by default."),
    ] = None,
    known: Annotated[
        Path | None, typer.Option("--baseline", metavar="FILE", help="Findings in this file do not fail.")
    ] = None,
    write_baseline: Annotated[
        bool, typer.Option("--write-baseline", help="Write all findings into the baseline, and pass.")
    ] = False,
    design: Annotated[bool, typer.Option("--design", help="Note how events are designed, too.")] = False,
    fail_on: Annotated[
        str | None,
        typer.Option(
            "--fail-on",
            metavar="SEVERITY",
            help="Fail on error (usual), warning, info or never; thresholds fail always.",
        ),
    ] = None,
    strict: options.Strict = False,
    limit: Annotated[int, typer.Option(min=0, help="Findings of each rule to show as text; 0: all.")] = SHOWN,
    store: options.Store = options.DEFAULT_STORE,
    out: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            metavar="FORMAT|FILE",
            help="text, json, junit, sarif, github, gitlab, a file whose ending names it, or FORMAT=FILE.",
        ),
    ] = "text",
) -> int:
    """Fail a build on what the logs show: findings, and thresholds from evtrace.toml.

    \b
      evtrace check
      evtrace check --write-baseline           # from now on only what is new fails
      evtrace check -o github --strict
      evtrace check --design -o report.sarif
    """
    to, wish = output(out, forms=_FORMS), severity("--fail-on", fail_on)
    wanted = check.failing_on(settings.read(config), wish)
    path = known or wanted.baseline
    marks = None if write_baseline else baseline.read(path)
    with Store.open(store, read_only=True) as opened:
        reports = check.ask(opened, with_design=design)
    if marks is None:
        marks = check.fingerprints(reports)
        _write(path or _USUAL_BASELINE, marks)
    found = check.judge(reports, wanted, known=marks)
    _show(found, to, limit)
    return HEALTHY if write_baseline else _exit_code(found, strict)


def _write(path: Path, marks: frozenset[str]) -> None:
    baseline.write(path, marks)
    caution(
        [
            f"{path}: {counted(len(marks), 'finding')} known from now on; give it with --baseline, or name it in evtrace.toml"
        ]
    )


def _show(found: StoreGate, to: Output, limit: int) -> None:
    caution(found.undone)
    show(to, {
        "text": lambda: store_gate.report(found, to.screen, limit=limit, next=tuple(_next(found))),
        "json": lambda: json.envelope("check", found, status=found.status, diagnostics=(*found.undone, *found.notes, *found.cut)),
        "junit": lambda: junit.report(verdict(found)),
        "sarif": lambda: sarif.report(verdict(found)),
        "github": lambda: github.commands(verdict(found)),
        "gitlab": lambda: gitlab.report(verdict(found)),
    })  # fmt: skip


def _exit_code(found: StoreGate, strict: bool) -> int:
    if not found.passed:
        return FINDINGS
    return INCOMPLETE if strict and found.status != "ok" else HEALTHY


def _next(found: StoreGate) -> Iterator[str]:
    failing = next((one.finding for one in found.findings if one.fails), None)
    if failing is not None and failing.flow_id is not None:
        yield f"evtrace why flow:{failing.flow_id}"
    if failing is not None:
        yield "evtrace check --write-baseline"
