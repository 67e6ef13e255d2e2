"""What Graphviz drew, made fit for pages: nothing from elsewhere, and each box tells all when pointed at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

from evtrace.picture import Edge, Picture
from evtrace.present.graph.labels import edge_label, full_text, heading
from evtrace.present.graph.legible import laid_out
from evtrace.present.terminal import clean

_TITLE = re.compile(r"<title>([^<]*)</title>")
_PROLOG = re.compile(r"\A.*?(?=<svg)", re.DOTALL)  # names a document type on another machine
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)


def svg(picture: Picture, *, limit_s: float) -> str:
    """The picture as one SVG element, laid out by Graphviz."""
    made = laid_out(picture, "svg", limit_s=limit_s).decode("utf-8")
    told = {node.id: full_text(node, picture.start) for node in picture.nodes}
    told |= {f"{edge.source}->{edge.target}": _way(edge, told) for edge in picture.edges}
    bare = _COMMENT.sub("", _PROLOG.sub("", made, count=1))
    titled = _TITLE.sub(lambda found: f"<title>{_told(found[1], told, picture)}</title>", bare)
    return titled.replace("<svg ", '<svg role="img" class="evtrace-picture" ', 1)


def _told(name: str, told: Mapping[str, str], picture: Picture) -> str:
    """Graphviz puts the names of nodes into titles; people are shown what the node says."""
    text = told.get(name.replace("&#45;&gt;", "->"), heading(picture))
    return escape("\n".join(clean(line) for line in text.split("\n")), quote=False)


def _way(edge: Edge, told: Mapping[str, str]) -> str:
    """What a line tells when pointed at: its ends, and all that could stand on it."""
    ends = " → ".join(told[end].split("\n")[0] for end in (edge.source, edge.target))
    return "\n".join(part for part in (ends, edge_label(edge, None)) if part)
