"""The rooms of the reports do not import each other in circles."""

from __future__ import annotations

import ast
from pathlib import Path

from evtrace import reports

ROOT = Path(reports.__file__).parent
PREFIX = "evtrace.reports."


def _imports(room: Path) -> set[str]:
    trees = [ast.parse(file.read_text()) for file in room.glob("*.py")]
    named = [
        node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
    ]
    found = {node.module for node in named if node.module and node.module.startswith(PREFIX)}
    found |= {f"{PREFIX}{name.name}" for node in named if node.module == PREFIX[:-1] for name in node.names}
    return {module.removeprefix(PREFIX).partition(".")[0] for module in found} - {room.name}


def test_rooms_have_an_order() -> None:
    left = {room.name: _imports(room) for room in ROOT.iterdir() if (room / "__init__.py").exists()}
    assert {"delivery", "lag", "lost"} <= left.keys()
    while free := [name for name, needs in left.items() if not needs & left.keys()]:
        for name in free:
            del left[name]
    assert left == {}
