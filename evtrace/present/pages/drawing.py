"""A picture, or a sequence, as a page of its own."""

from __future__ import annotations

from evtrace.picture import Picture, Sequence
from evtrace.present import json
from evtrace.present.graph import inline, outline
from evtrace.present.graph.labels import heading, sequence_heading
from evtrace.present.pages.markup import tag
from evtrace.present.pages.page import Page, Section, figure, render
from evtrace.present.terminal import Screen

_KEYS = "Drag to move; + and − or Ctrl and the wheel magnify, 0 shows all, arrows move. Point at a box to see all it says."
_TOO_BIG = "Too many boxes to draw without Graphviz: the text below tells the same."


def picture(drawn: Picture) -> str:
    """A picture with its text under it, which is all there is where the picture is too big."""
    return _page(heading(drawn), inline.picture_svg(drawn), outline.text(drawn, Screen()), drawn)


def sequence(diagram: Sequence) -> str:
    """A sequence with its text under it."""
    return _page(
        sequence_heading(diagram), inline.sequence_svg(diagram), outline.sequence(diagram, Screen()), diagram
    )


def _page(name: str, svg: str | None, told: str, made_of: Picture | Sequence) -> str:
    return render(Page(
        title=name,
        head=tag("h1", name),
        sections=(
            Section("picture", "Picture", figure(svg, name, otherwise=_TOO_BIG), hint=_KEYS if svg else ""),
            Section("text", "As text", tag("pre", told)),
        ),
        data={"evtrace": json.FORMAT, "command": "graph", "data": json.plain(made_of)},
    ))  # fmt: skip
