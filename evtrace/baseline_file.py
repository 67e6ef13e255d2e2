"""The file of what is known and accepted; each gate has its own list in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evtrace import own_files
from evtrace.errors import UnreadableError

FORMAT = 1
_MARK = "evtrace_baseline"


def read(path: Path, key: str) -> list[Any]:
    """The list of a gate; empty where the file has none of it."""
    try:
        document = json.loads(own_files.text(path))
    except json.JSONDecodeError as problem:
        raise UnreadableError(f"{path}:{problem.lineno}: broken JSON: {problem.msg}") from problem
    if not isinstance(document, dict) or _MARK not in document:
        raise UnreadableError(f"{path}:1: no baseline: it has no {_MARK}")
    if document[_MARK] != FORMAT:
        raise UnreadableError(f"{path}:1: a baseline of another evtrace; this one reads format {FORMAT}")
    entries = document.get(key, [])
    if not isinstance(entries, list):
        raise UnreadableError(f"{path}:1: no baseline: {key} is no list")
    return entries


def write(path: Path, key: str, entries: Sequence[Any]) -> None:
    """Put a list into the file; what other gates keep there stays."""
    document: dict[str, Any] = {_MARK: FORMAT}
    if path.exists():
        read(path, key)
        document = json.loads(path.read_text(encoding="utf-8"))
    text = json.dumps(document | {key: list(entries)}, ensure_ascii=False, indent=2)
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as problem:
        raise UnreadableError(f"{path}: cannot be written: {problem.strerror}") from problem
