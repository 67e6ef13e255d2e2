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
        files = _folder(place)
        if not files:
            raise UsageError(
                f"{path}: the folder holds no files; name the folder or files that hold the logs"
            )
        return files
    if place.exists():
        return [Found(_shown(path), place, True)]
    matches = sorted(glob.glob(path, recursive=True))  # noqa: PTH207 (Path.glob takes no absolute pattern)
    if not matches:
        raise UsageError(f"{path}: no such file or folder{_nearby(place)}")
    return [file for match in matches for file in _matched(Path(match))]


def _matched(place: Path) -> list[Found]:
    """What a pattern found: a file, or what a folder holds, which may be nothing."""
    return _folder(place) if place.is_dir() else [Found(_shown(str(place)), place, True)]


def _folder(place: Path) -> list[Found]:
    return [Found(_shown(str(file)), file, False) for file in _walk(place)]


def _walk(folder: Path) -> Iterator[Path]:
    """Files below a folder, also behind links, each folder once; a folder that may not be read stands for itself."""
    seen: set[str] = set()
    closed: list[Path] = []
    for here, folders, files in os.walk(
        folder, followlinks=True, onerror=lambda problem: closed.append(Path(problem.filename))
    ):
        real = os.path.realpath(here)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(here) / name for name in sorted(files) if not name.startswith("."))
    yield from closed


def _shown(path: str) -> str:
    """The name as text: a file system may hold names that are none."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _nearby(place: Path) -> str:
    """What does lie in the folder, for a mistyped name."""
    parent = place.parent
    is_open = parent.is_dir() and os.access(parent, os.R_OK)
    names = sorted(_shown(entry.name) for entry in parent.iterdir())[:_LISTED] if is_open else []
    return f"; {parent}{os.sep} holds: {', '.join(names)}" if names else ""
