"""What Graphviz drew, made fit for pages: nothing from elsewhere, and each box tells all when pointed at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

from evtrace.picture import Picture
from evtrace.present.graph import dot
from evtrace.present.graph.engine import render
from evtrace.present.graph.labels import full_text, heading
from evtrace.present.terminal import clean

_TITLE = re.compile(r"<title>([^<]*)</title>")
_PROLOG = re.compile(r"\A.*?(?=<svg)", re.DOTALL)  # names a document type on another machine
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)


def svg(picture: Picture, *, limit_s: float) -> str:
    """The picture as one SVG element, laid out by Graphviz."""
    made = render(dot.text(picture), "svg", limit_s=limit_s).decode("utf-8")
    told = {node.id: full_text(node, picture.start) for node in picture.nodes}
    bare = _COMMENT.sub("", _PROLOG.sub("", made, count=1))
    titled = _TITLE.sub(lambda found: f"<title>{_told(found[1], told, picture)}</title>", bare)
    return titled.replace("<svg ", '<svg role="img" class="evtrace-picture" ', 1)


def _told(name: str, told: Mapping[str, str], picture: Picture) -> str:
    """Graphviz puts the names of nodes into titles; people are shown what the node says."""
    text = told.get(name)
    if text is None:
        ends = name.replace("&#45;&gt;", "->").split("->")
        if len(ends) == 2 and all(end in told for end in ends):
            text = " → ".join(told[end].split("\n")[0] for end in ends)
        else:
            text = heading(picture)
    return escape("\n".join(clean(line) for line in text.split("\n")), quote=False)
