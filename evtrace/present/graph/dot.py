"""Graphviz: a picture in the DOT language."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from html import escape

from evtrace.picture import Edge, Node, Picture
from evtrace.present.graph.colours import COLOURS, EDGE_TEXT, FONT, LANE, LANE_LINE, LANE_TEXT
from evtrace.present.graph.labels import clip, edge_label, heading, node_label, notes, usual_rule
from evtrace.present.terminal import clean

#: How much lines say: all they know, only what departs from the usual, or nothing but that they are guesses.
WORDS = ("all", "few", "none")

_SHAPES = {"channel": "cylinder", "service": "box", "group": "box", "more": "box", "handling": "box"}
_STYLES = {"service": "filled,bold", "group": "filled", "channel": "filled", "handling": "filled", "more": "filled,dotted"}  # fmt: skip


def text(picture: Picture, *, words: str = WORDS[0]) -> str:
    """The picture as a DOT file; `words` says how much stands on its lines."""
    return "\n".join(_lines(picture, words)) + "\n"


def _lines(picture: Picture, words: str) -> Iterator[str]:
    yield f"digraph {_quoted(heading(picture))} {{"
    yield (
        '  graph [rankdir=LR, newrank=true, nodesep=0.22, ranksep=0.5, pad=0.2, bgcolor=white, charset="UTF-8", '
        f'fontname="{FONT}", fontsize=12, fontcolor="{LANE_TEXT}", labelloc=t, labeljust=l, '
        f"label={_note(picture)}];"
    )
    yield f'  node [fontname="{FONT}", fontsize=11, margin="0.12,0.07", height=0.3];'
    yield f'  edge [fontname="{FONT}", fontsize=9, fontcolor="{EDGE_TEXT}", arrowsize=0.7];'
    in_lanes = picture.lanes if picture.kind != "topology" else ()
    for number, lane in enumerate(in_lanes):
        yield from _lane(picture, lane, number)
    for node in picture.nodes:
        if node.lane not in in_lanes:
            yield f"  {_node(node, picture.start)}"
    rule = usual_rule(picture)
    for edge in picture.edges:
        yield f"  {_edge(edge, rule, words)}"
    yield "}"


def _lane(picture: Picture, lane: str, number: int) -> Iterator[str]:
    yield f"  subgraph cluster_{number} {{"
    title = html_label([clip(lane)], bold=True)
    yield (
        f'    graph [label={title}, labelloc=b, labeljust=l, style="rounded,filled", fillcolor="{LANE}", '
        f'color="{LANE_LINE}", margin=10, class="lane"];'
    )
    for node in picture.nodes:
        if node.lane == lane:
            yield f"    {_node(node, picture.start)}"
    yield "  }"


def _node(node: Node, start: int | None) -> str:
    label = node_label(node, start)
    fill, line, ink = COLOURS[node.state]
    style = _STYLES.get(node.kind, "rounded,filled") + (",dashed" if node.state == "ghost" else "")
    width = 2.4 if node.is_critical else 1.0
    rows = [f"<B>{_safe(label.title)}</B>"]
    rows += [f'<FONT POINT-SIZE="9">{_safe(line)}</FONT>' for line in label.details]
    joined = '<BR ALIGN="LEFT"/>'.join(rows) + ('<BR ALIGN="LEFT"/>' if label.details else "")
    return (
        f'{node.id} [id="{node.id}", class="{_class(node)}", shape={_SHAPES.get(node.kind, "box")}, style="{style}", '
        f'fillcolor="{fill}", color="{line}", fontcolor="{ink}", penwidth={width}, '
        f"peripheries={2 if node.state == 'bad' else 1}, label=<{joined}>];"
    )


def _edge(edge: Edge, rule: str | None, words: str) -> str:
    _, line, _ = COLOURS[edge.state]
    facts = [
        f'color="{line}"',
        f"penwidth={2.6 if edge.is_critical else 1.1}",
        f'class="{_edge_class(edge)}"',
    ]
    if edge.is_guess or edge.state == "ghost":
        facts.append("style=dashed")
    if edge.kind == "missing":
        facts.append("arrowhead=odot")
    elif edge.kind == "handled":
        facts.append("arrowhead=tee")
    elif edge.kind == "compensates":
        facts.append("arrowhead=empty")
    label = edge_label(edge, rule) if _is_told(edge, words) else "?" if edge.is_guess else ""
    if label:
        facts.append(f"label={html_label(label.splitlines())}")
    return f"{edge.source} -> {edge.target} [{', '.join(facts)}];"


def _is_told(edge: Edge, words: str) -> bool:
    is_telling = edge.is_critical or edge.state in ("warn", "bad") or bool(edge.change)
    return words == "all" or (words == "few" and is_telling)


def _class(node: Node) -> str:
    words = (
        node.kind,
        node.state,
        f"only-{node.change}" if node.change else "",
        "critical" if node.is_critical else "",
    )
    return " ".join(word for word in words if word)


def _edge_class(edge: Edge) -> str:
    words = (edge.kind, edge.state, "guess" if edge.is_guess else "", "critical" if edge.is_critical else "")
    return " ".join(word for word in words if word)


def _note(picture: Picture) -> str:
    rows = [f'<FONT POINT-SIZE="13"><B>{_safe(heading(picture))}</B></FONT>']
    rows += [
        f'<FONT POINT-SIZE="10">{_safe(line)}</FONT>' for note in notes(picture) for line in _folded(note)
    ]
    return "<" + "".join(f'{row}<BR ALIGN="LEFT"/>' for row in rows) + ">"


def _folded(note: str) -> list[str]:
    return textwrap.wrap(note, 120)[:4]


def html_label(lines: list[str], *, bold: bool = False) -> str:
    """Lines as an HTML-like label."""
    rows = [f"<B>{_safe(line)}</B>" if bold else _safe(line) for line in lines]
    return "<" + "<BR/>".join(rows) + ">"


def _safe(line: str) -> str:
    """Text in an HTML-like label; an empty one would be a syntax error."""
    return escape(clean(line), quote=True) or " "


def _quoted(line: str) -> str:
    return '"' + line.replace("\\", "\\\\").replace('"', '\\"') + '"'
