"""`evtrace graph`: a flow or the whole store as a picture."""

from __future__ import annotations

from typing import Annotated

import typer

from evtrace.cli import options
from evtrace.cli.drawing import FORMS, show_picture, show_sequence
from evtrace.cli.output import caution, output
from evtrace.errors import UsageError
from evtrace.pictures.making import Making
from evtrace.reports.pending import pending
from evtrace.reports.window import window
from evtrace.store import Store

Output = Annotated[
    str,
    typer.Option(
        "-o",
        "--output",
        metavar="FORMAT|FILE",
        help="text, json, svg, png, pdf, dot, mermaid, d2, html, markdown, or a file whose ending names it.",
    ),
]


def run(
    id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Any id of a flow; none: the whole topology.")
    ] = None,
    sequence: Annotated[
        bool, typer.Option("--sequence", help="Draw who handed what to whom, in the order of time.")
    ] = False,
    diff: Annotated[
        str | None,
        typer.Option(
            "--diff", metavar="ID|normal", help="Compare with another flow, or with what is normal."
        ),
    ] = None,
    boxes: Annotated[
        int, typer.Option("--boxes", min=5, help="Boxes, or arrows, to draw before alike ones become one.")
    ] = 80,
    since: options.Since = None,
    until: options.Until = None,
    store: options.Store = options.DEFAULT_STORE,
    out: Output = "text",
) -> None:
    """Draw a flow with its causes, its critical path and what is missing; without an id the topology.

    svg, png and pdf are laid out by Graphviz: the system's, or `pip install 'evtrace[render]'`. The other formats
    need nothing.

    \b
      evtrace graph 8123                       # a tree in the terminal
      evtrace graph 8123 -o flow.svg
      evtrace graph 8123 --sequence -o ticket.md
      evtrace graph 8123 --diff normal
      evtrace graph -o topology.svg --since 1h
    """
    to = output(out, forms=FORMS)
    if id is None and (sequence or diff):
        raise UsageError("--sequence and --diff draw a flow; name it: evtrace graph ID --sequence")
    if id is not None and (since or until):
        raise UsageError(
            "--since and --until cut the topology; a flow is drawn whole: leave them out, or the id"
        )
    if sequence and diff:
        raise UsageError("--sequence draws one flow, --diff compares two; take one of both")
    with Store.open(store, read_only=True) as opened:
        caution(pending(opened))
        making = Making(opened, boxes)
        if id is None:
            drawn = making.topology(window(opened, since, until))
        elif sequence:
            show_sequence(making.sequence(id), to)
            return
        else:
            drawn = making.flow(id) if diff is None else making.difference(id, diff)
    show_picture(drawn, to)
