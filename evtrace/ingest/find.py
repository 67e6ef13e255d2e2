"""Which files a command line names."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from evtrace.errors import UsageError

STDIN = "-"
_LISTED = 5


@dataclass(frozen=True)
class Found:
    """A file to read; `is_named` when the user named it, not the folder it lies in."""

    uri: str
    path: Path
    is_named: bool


def find(paths: Sequence[str]) -> list[Found]:
    """Files in a fixed order, each once: as named, folders from a to z, hidden files left out.

    Raises UsageError when a path does not exist, matches nothing, or holds no file.
    """
    found: dict[str, Found] = {}
    for path in paths:
        for file in _expand(path):
            found.setdefault(os.path.realpath(file.path) if file.uri != STDIN else STDIN, file)
    return list(found.values())


def _expand(path: str) -> list[Found]:
    if path == STDIN:
        return [Found(STDIN, Path(STDIN), True)]
    place = Path(path)
    if place.is_dir():
        files = [Found(str(file), file, False) for file in _walk(place)]
        if not files:
            raise UsageError(f"{path}: the folder holds no files; name the folder or files that hold the logs")
        return files
    if place.exists():
        return [Found(path, place, True)]
    matches = sorted(glob.glob(path, recursive=True))  # noqa: PTH207 (Path.glob takes no absolute pattern)
    if not matches:
        raise UsageError(f"{path}: no such file or folder{_nearby(place)}")
    return [file for match in matches for file in _expand(match)]


def _walk(folder: Path) -> Iterator[Path]:
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(here) / name for name in sorted(files) if not name.startswith("."))


def _nearby(place: Path) -> str:
    """What does lie in the folder, for a mistyped name."""
    parent = place.parent
    names = sorted(p.name for p in parent.iterdir())[:_LISTED] if parent.is_dir() else []
    return f"; {parent}{os.sep} holds: {', '.join(names)}" if names else ""
