"""Pictures are made on one floor and drawn on another: neither reaches into the other."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import evtrace

ROOT = Path(evtrace.__file__).parent

#: Room → what it may import of evtrace.
MAY = {
    "picture.py": (),
    "pictures": ("picture", "pictures", "results", "model", "reports", "diagnosis", "store"),
    "present/graph": ("picture", "errors", "present"),
}


def _imports(file: Path) -> set[str]:
    nodes = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.ImportFrom)]
    return {node.module.split(".")[1] for node in nodes if node.module and node.module.startswith("evtrace.")}


@pytest.mark.parametrize("room", MAY)
def test_a_room_imports_only_what_it_may(room: str) -> None:
    files = [ROOT / room] if room.endswith(".py") else sorted((ROOT / room).glob("*.py"))
    assert files
    assert {
        file.name: _imports(file) - set(MAY[room]) for file in files if _imports(file) - set(MAY[room])
    } == {}


def test_only_makers_that_ask_the_store_know_it() -> None:
    asking = {file.name for file in (ROOT / "pictures").glob("*.py") if "store" in _imports(file)}
    assert asking == {"making.py"}
