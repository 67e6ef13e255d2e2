"""The terminal: a picture as a tree of lines, a sequence as lines between names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from evtrace.picture import Edge, Message, Node, Picture, Sequence
from evtrace.present.graph.labels import (
    CHANGES,
    MARKS,
    clip,
    edge_label,
    heading,
    message_label,
    node_label,
    notes,
    sequence_heading,
    sequence_notes,
    shortened,
    usual_rule,
)
from evtrace.present.terminal import Screen, Span, cells, clean

_STYLES = {"ok": "name", "warn": "warn", "bad": "bad", "open": "warn", "ghost": "dim"}

#: Levels that are drawn; what is deeper hangs on the last of them.
_LEVELS = 10


def text(picture: Picture, screen: Screen) -> str:
    """The picture as text: a flow as a tree, a topology channel by channel."""
    lines = _channels(picture, screen) if picture.kind == "topology" else _tree(picture, screen)
    head = [screen.paint(heading(picture), "bold"), ""]
    if not picture.nodes:
        lines = iter(["nothing to draw: these logs show nobody who publishes or reads"])
    foot = [screen.line([Span(note, "dim")], rest="  ") for note in notes(picture) if picture.nodes]
    return "\n".join([*head, *lines, *([""] if foot else []), *foot]) + "\n"


def _tree(picture: Picture, screen: Screen) -> Iterator[str]:
    below: dict[str, list[Edge]] = defaultdict(list)
    for line in picture.edges:
        below[line.source].append(line)
    nodes, rule = {node.id: node for node in picture.nodes}, usual_rule(picture)
    caused = {edge.target for edge in picture.edges if edge.source != edge.target}
    shown: set[str] = set()
    waiting: list[tuple[str, Edge | None, tuple[bool, ...]]] = []
    # a circle has no beginning: whatever is left in the end is entered where it stands first
    entries = iter([*(name for name in nodes if name not in caused), *nodes])
    while waiting or (entry := next((name for name in entries if name not in shown), None)):
        name, edge, rails = waiting.pop() if waiting else (str(entry), None, ())
        trunk = "".join("│  " if goes_on else "   " for goes_on in rails[:-1])
        fork = ("├─ " if rails[-1] else "└─ ") if rails else ""
        under = "".join("│  " if goes_on else "   " for goes_on in rails)
        if name in shown:
            yield screen.line([Span(f"↑ see {_short(nodes[name])}", "dim")], first=trunk + fork)
            continue
        shown.add(name)
        has_below = any(one.target not in shown for one in below[name])
        yield from _box(
            nodes[name], edge, (trunk + fork, under + ("│  " if has_below else "   ")), picture, rule, screen
        )
        under_it = below[name]
        for place, way in reversed(list(enumerate(under_it, start=1))):
            waiting.append((way.target, way, (*rails, place < len(under_it))[-_LEVELS:]))


def _short(node: Node) -> str:
    return f"#{node.step} {clean(node.title)}" if node.step else clean(node.title)


def _box(
    node: Node,
    edge: Edge | None,
    margins: tuple[str, str],
    picture: Picture,
    rule: str | None,
    screen: Screen,
) -> Iterator[str]:
    label = node_label(node, picture.start)
    way = " ".join(edge_label(edge, rule).split("\n")) if edge else ""
    bold = "▌" if node.is_critical else ""
    lane = f"  {clip(node.lane)}" if node.lane else ""
    spans: list[Span | str] = [bold, Span(label.title, _STYLES[node.state]), Span(lane, "dim")]
    if way:
        spans.append(Span(f"  ← {way}", "dim"))
    yield screen.line(spans, first=margins[0], rest=margins[1])
    yield from (
        screen.line([Span(line, "")], first=f"{margins[1]}{line_indent(line)}") for line in label.details
    )


def line_indent(line: str) -> str:
    """A line that goes on is set in; wrapped lines begin with blanks that a screen takes away."""
    return " " * (len(line) - len(line.lstrip()))


def _channels(picture: Picture, screen: Screen) -> Iterator[str]:
    nodes = {node.id: node for node in picture.nodes}
    sides: dict[str, list[tuple[str, Edge, str]]] = defaultdict(list)
    for edge in picture.edges:
        if edge.target.startswith("c"):
            sides[edge.target].append(("from", edge, edge.source))
        else:
            sides[edge.source].append(("to", edge, edge.target))
    for node in picture.nodes:
        if not node.id.startswith("c"):
            continue
        label = node_label(node, None)
        yield screen.line([Span(label.title, _STYLES[node.state]), *(f"  {line}" for line in label.details)])
        ends = sides[node.id]
        for place, (side, edge, other) in enumerate(ends, start=1):
            fork = "└─ " if place == len(ends) else "├─ "
            words = ", ".join(edge_label(edge, None).splitlines())
            mark = CHANGES[edge.change] + MARKS[edge.state]
            spans: list[Span | str] = [
                f"{side:<4} ",
                Span(mark + node_label(nodes[other], None).title, _STYLES[edge.state]),
            ]
            yield screen.line([*spans, f"  {words}"], first=fork, rest="        ")


def sequence(diagram: Sequence, screen: Screen) -> str:
    """A sequence as text: a column for each lifeline, a line for each message."""
    head = [screen.paint(sequence_heading(diagram), "bold"), ""]
    foot = [screen.line([Span(note, "dim")], rest="  ") for note in sequence_notes(diagram)]
    return "\n".join([*head, *_ladder(diagram, screen), *([""] if foot else []), *foot]) + "\n"


def _ladder(diagram: Sequence, screen: Screen) -> Iterator[str]:
    names = [clip(name) for name in diagram.lifelines]
    columns, at = [], 2
    for name in names:
        columns.append(at + cells(name) // 2)
        at += max(cells(name) + 3, 12)
    yield screen.paint(_names(names), "bold")
    for message in diagram.messages:
        line = _arrow(message, columns, list(diagram.lifelines))
        yield screen.line([line, "  ", Span(message_label(message, diagram.start), _STYLES[message.state])])
        if message.words:
            yield screen.line([_rails(columns), "  ", Span(f"  {shortened(message.words)}", "dim")])
    yield _rails(columns)


def _names(names: list[str]) -> str:
    line = "  "
    for name in names:
        line += name + " " * (max(cells(name) + 3, 12) - cells(name))
    return line.rstrip()


def _rails(columns: list[int]) -> str:
    line = [" "] * (columns[-1] + 1 if columns else 0)
    for column in columns:
        line[column] = "│"
    return "".join(line)


def _arrow(message: Message, columns: list[int], lifelines: list[str]) -> str:
    line = list(_rails(columns))
    source = columns[lifelines.index(message.source)]
    if message.target is None or message.target == message.source:
        line[source] = "●" if message.target is None else "↻"
        return "".join(line)
    target = columns[lifelines.index(message.target)]
    low, high = min(source, target), max(source, target)
    stroke = "╌" if message.state == "ghost" else "─"
    for place in range(low + 1, high):
        line[place] = stroke
    line[source] = "├" if source < target else "┤"
    end = {"bad": "✗", "ghost": "○"}.get(message.state, ">" if source < target else "<")
    line[target - 1 if source < target else target + 1] = end
    return "".join(line)
