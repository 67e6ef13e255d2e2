"""Mermaid: pictures that GitHub and GitLab draw from text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evtrace.picture import Edge, Message, Node, Picture, Sequence
from evtrace.present.graph.labels import (
    clip,
    edge_label,
    heading,
    message_label,
    node_label,
    notes,
    sequence_heading,
    sequence_notes,
    usual_rule,
)
from evtrace.present.terminal import clean

#: All but these stand as the number of the character: no quote, bracket or semicolon of a log ends a label.
_PLAIN = re.compile(r"[^\w .,/+=()·…×✓✗○▲⚑−~?!:%-]")

_SHAPES = {
    "event": ("(", ")"),
    "handling": ("[[", "]]"),
    "missing": ("([", "])"),
    "channel": ("[(", ")]"),
    "service": ("[", "]"),
    "group": ("[", "]"),
    "more": ("{{", "}}"),
}

_CLASSES = """\
  classDef ok fill:#ffffff,stroke:#4a5568,color:#1a202c
  classDef warn fill:#fff7e0,stroke:#8a5a00,color:#1a202c
  classDef bad fill:#fdecea,stroke:#b00020,color:#1a202c,stroke-width:3px
  classDef open fill:#f3f0ff,stroke:#5b3fb5,color:#1a202c
  classDef ghost fill:#fafafa,stroke:#595f69,color:#4a5058,stroke-dasharray:5 4"""


def text(picture: Picture) -> str:
    """The picture as a flowchart."""
    return "\n".join(_lines(picture)) + "\n"


def _lines(picture: Picture) -> Iterator[str]:
    yield f"%% {_safe(heading(picture))}"
    yield from (f"%% {_safe(note)}" for note in notes(picture))
    yield "flowchart LR"
    lanes = picture.lanes if picture.kind != "topology" else ()
    for number, lane in enumerate(lanes):
        yield f'  subgraph lane{number}["{_safe(clip(lane))}"]'
        yield from (f"    {_node(node, picture.start)}" for node in picture.nodes if node.lane == lane)
        yield "  end"
    yield from (f"  {_node(node, picture.start)}" for node in picture.nodes if node.lane not in lanes)
    rule = usual_rule(picture)
    yield from (f"  {_edge(edge, rule)}" for edge in picture.edges)
    yield _CLASSES


def _node(node: Node, start: int | None) -> str:
    left, right = _SHAPES.get(node.kind, ("[", "]"))
    label = "<br/>".join(_safe(line) for line in node_label(node, start).lines)
    return f'{node.id}{left}"{label}"{right}:::{node.state}'


def _edge(edge: Edge, rule: str | None) -> str:
    arrow = "-.->" if edge.is_guess or edge.state == "ghost" else "==>" if edge.is_critical else "-->"
    if edge.kind == "handled":
        arrow = "==x" if edge.is_critical else "--x"
    label = "<br/>".join(_safe(line) for line in edge_label(edge, rule).splitlines())
    middle = f'|"{label}"| ' if label else ""
    return f"{edge.source} {arrow}{' ' if not middle else ''}{middle}{edge.target}"


def sequence(diagram: Sequence) -> str:
    """Who handed what to whom, as a sequence diagram."""
    return "\n".join(_ladder(diagram)) + "\n"


def _ladder(diagram: Sequence) -> Iterator[str]:
    yield f"%% {_safe(sequence_heading(diagram))}"
    yield from (f"%% {_safe(note)}" for note in sequence_notes(diagram))
    yield "sequenceDiagram"
    names = {name: f"p{number}" for number, name in enumerate(diagram.lifelines)}
    yield from (f"  participant {short} as {_safe(clip(name))}" for name, short in names.items())
    for message in diagram.messages:
        yield from _message(message, names, diagram.start)


def _message(message: Message, names: dict[str, str], start: int | None) -> Iterator[str]:
    label = _safe(message_label(message, start))
    source = names[message.source]
    if message.target is None:
        yield f"  Note over {source}: {label}"
        return
    target = names[message.target]
    arrow = "--x" if message.state == "ghost" else "-x" if message.state == "bad" else "-)"
    yield f"  {source}{arrow}{target}: {label}"
    if message.words:
        yield f"  Note over {target}: {_safe(clean(message.words)[:160])}"


def _safe(line: str) -> str:
    """Text that Mermaid shows and does nothing else with."""
    shown = _PLAIN.sub(lambda match: f"#{ord(match[0])};", clean(line).strip())
    if "style" in shown or "classDef" in shown:
        shown = shown.replace(
            ":", "#58;"
        )  # Mermaid takes a semicolon away where these words stand before a colon
    return shown or " "
