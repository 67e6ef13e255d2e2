"""`evtrace case`: one flow as a file to hand over."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evtrace.case import Case, Payload
from evtrace.cli import options
from evtrace.cli.output import caution
from evtrace.cli.why import answers_of
from evtrace.errors import UnreadableError, UsageError
from evtrace.pictures import flow, sequence
from evtrace.pictures.condensed import condensed
from evtrace.present.pages import case as pages
from evtrace.redaction import rules
from evtrace.redaction.answers import redacted
from evtrace.reports import payloads
from evtrace.reports.pending import pending
from evtrace.results import WhyAnswer
from evtrace.store import Store

#: Boxes of the graph and lines of the sequence before alike ones are drawn as one.
BOXES = 60


def run(
    id: Annotated[str, typer.Argument(metavar="ID", help="Any id, as for why.")],
    redact: Annotated[
        bool,
        typer.Option(
            "--redact", help="Take payload values and personal data out, by the rules in evtrace.toml."
        ),
    ] = False,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="Where the rules stand; else evtrace.toml."),
    ] = None,
    boxes: Annotated[
        int, typer.Option(min=5, max=500, help="Boxes to draw before alike steps become one.")
    ] = BOXES,
    store: options.Store = options.DEFAULT_STORE,
    out: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The HTML file.")] = Path(
        "case.html"
    ),
) -> None:
    """Put one flow into one HTML file: to attach to a ticket, to open years later.

    The file holds the answer, the graph, the timeline, the sequence, the payloads beside their contract and the
    lines of evidence, and the same as JSON. It needs no network, and no script to be read.

    \b
      evtrace case 8123 -o case.html
      evtrace case 8123 --redact -o for-the-vendor.html
    """
    if out.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"-o {out}: a case is an HTML file; give it a name that ends in .html")
    hide = rules.read(config) if redact else None
    with Store.open(store, read_only=True) as opened:
        caution(pending(opened))
        (answer,) = answers_of(opened, id, every=None, evidence=True)
        sent = payloads.run(opened, answer.flow.flow_id, answer.chain)
    done = redacted(answer, sent, hide) if hide else (answer, sent, ())
    _write(out, pages.page(_case(*done, boxes=boxes)))
    caution([f"{out} is written"])


def _case(
    answer: WhyAnswer,
    sent: tuple[Payload, ...],
    hidden: tuple[str, ...],
    *,
    boxes: int,
) -> Case:
    """The pictures are made of the answer as it is handed over."""
    picture = condensed(flow.picture(answer), limit=boxes)
    return Case(answer, picture, sequence.diagram(answer, limit=boxes), sent, hidden)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as problem:
        raise UnreadableError(f"{path}: cannot be written: {problem.strerror}") from problem
