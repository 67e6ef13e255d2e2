"""Shows a picture or a sequence in the form that is wanted."""

from __future__ import annotations

from evtrace.cli.output import Output, caution, show
from evtrace.picture import Picture, Sequence
from evtrace.present import json
from evtrace.present.graph import d2, dot, engine, inline, legible, mermaid, outline, pinned, svg
from evtrace.present.pages import drawing as page

FORMS = ("text", "json", "markdown", "svg", "png", "pdf", "dot", "mermaid", "d2", "html")


def show_picture(picture: Picture, to: Output) -> None:
    """A picture in any form."""
    if to.form == "svg" and engine.engine() is None and svg.is_small(picture):
        caution([engine.BETTER])
    show(to, {
        "text": lambda: outline.text(picture, to.screen),
        "json": lambda: json.envelope("graph", picture),
        "markdown": lambda: _fenced(mermaid.text(picture)),
        "svg": lambda: inline.must_svg(picture),
        "png": lambda: legible.laid_out(picture, "png"),
        "pdf": lambda: legible.laid_out(picture, "pdf"),
        "dot": lambda: dot.text(picture),
        "mermaid": lambda: mermaid.text(picture),
        "d2": lambda: d2.text(picture),
        "html": lambda: page.picture(picture),
    })  # fmt: skip


def show_sequence(diagram: Sequence, to: Output) -> None:
    """A sequence in any form."""
    show(to, {
        "text": lambda: outline.sequence(diagram, to.screen),
        "json": lambda: json.envelope("graph", diagram),
        "markdown": lambda: _fenced(mermaid.sequence(diagram)),
        "svg": lambda: inline.sequence_svg(diagram),
        "png": lambda: pinned.render(diagram, "png"),
        "pdf": lambda: pinned.render(diagram, "pdf"),
        "dot": lambda: pinned.text(diagram),
        "mermaid": lambda: mermaid.sequence(diagram),
        "d2": lambda: d2.sequence(diagram),
        "html": lambda: page.sequence(diagram),
    })  # fmt: skip


def _fenced(mermaid: str) -> str:
    """Mermaid as tickets show it; a fence of log text cannot end ours, for Mermaid has its backticks by number."""
    return f"```mermaid\n{mermaid}```\n"
