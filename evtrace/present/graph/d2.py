"""D2: pictures as text in the D2 language."""

from __future__ import annotations

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

_SHAPES = {"channel": "cylinder", "handling": "hexagon", "more": "rectangle"}

_STYLES = {
    "ok": 'style: {fill: "#ffffff"; stroke: "#4a5568"; font-color: "#1a202c"}',
    "warn": 'style: {fill: "#fff7e0"; stroke: "#8a5a00"; font-color: "#1a202c"}',
    "bad": 'style: {fill: "#fdecea"; stroke: "#b00020"; font-color: "#1a202c"; double-border: true}',
    "open": 'style: {fill: "#f3f0ff"; stroke: "#5b3fb5"; font-color: "#1a202c"}',
    "ghost": 'style: {fill: "#fafafa"; stroke: "#595f69"; font-color: "#4a5058"; stroke-dash: 4}',
}
_PLAIN_BORDER = ("hexagon", "cylinder")  # D2 draws no double border around these


def text(picture: Picture) -> str:
    """The picture as D2."""
    return "\n".join(_lines(picture)) + "\n"


def _lines(picture: Picture) -> Iterator[str]:
    yield f"# {_comment(heading(picture))}"
    yield from (f"# {_comment(note)}" for note in notes(picture))
    yield "direction: right"
    lanes = {
        lane: f"lane{number}"
        for number, lane in enumerate(picture.lanes if picture.kind != "topology" else ())
    }
    names = {}
    for lane, name in lanes.items():
        yield f"{name}: {_quoted(clip(lane))} {{"
        yield from (f"  {_node(node, picture.start)}" for node in picture.nodes if node.lane == lane)
        yield "}"
    for node in picture.nodes:
        names[node.id] = f"{lanes[node.lane]}.{node.id}" if node.lane in lanes else node.id
        if node.lane not in lanes:
            yield _node(node, picture.start)
    rule = usual_rule(picture)
    yield from (_edge(edge, names, rule) for edge in picture.edges)


def _node(node: Node, start: int | None) -> str:
    shape = _SHAPES.get(node.kind, "rectangle")
    style = _STYLES[node.state]
    if shape in _PLAIN_BORDER:
        style = style.replace("; double-border: true", "; stroke-width: 4")
    return f"{node.id}: {_quoted(chr(10).join(node_label(node, start).lines))} {{shape: {shape}; {style}}}"


def _edge(edge: Edge, names: dict[str, str], rule: str | None) -> str:
    label = edge_label(edge, rule)
    facts = []
    if edge.is_guess or edge.state == "ghost":
        facts.append("style.stroke-dash: 4")
    if edge.is_critical:
        facts.append("style.stroke-width: 4")
    if edge.state == "bad":
        facts.append('style.stroke: "#b00020"')
    line = f"{names[edge.source]} -> {names[edge.target]}"
    named = f": {_quoted(label)}" if label else (": " if facts else "")
    return line + named + (f" {{{'; '.join(facts)}}}" if facts else "")


def sequence(diagram: Sequence) -> str:
    """Who handed what to whom, as a sequence diagram."""
    return "\n".join(_ladder(diagram)) + "\n"


def _ladder(diagram: Sequence) -> Iterator[str]:
    yield f"# {_comment(sequence_heading(diagram))}"
    yield from (f"# {_comment(note)}" for note in sequence_notes(diagram))
    yield "shape: sequence_diagram"
    names = {name: f"p{number}" for number, name in enumerate(diagram.lifelines)}
    yield from (f"{short}: {_quoted(clip(name))}" for name, short in names.items())
    yield from (_message(message, names, diagram.start) for message in diagram.messages)


def _message(message: Message, names: dict[str, str], start: int | None) -> str:
    words = [message_label(message, start), clean(message.words or "")[:160]]
    source, target = names[message.source], names[message.target or message.source]
    style = (
        ' {style.stroke: "#b00020"}'
        if message.state == "bad"
        else " {style.stroke-dash: 4}"
        if message.state == "ghost"
        else ""
    )
    return f"{source} -> {target}: {_quoted(chr(10).join(word for word in words if word))}{style}"


def _quoted(label: str) -> str:
    """A string of D2 in which nothing is substituted."""
    lines = (
        clean(line).replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
        for line in label.split("\n")
    )
    return '"' + "\\n".join(lines) + '"'


def _comment(line: str) -> str:
    return clean(line)
