"""evtrace.toml, or [tool.evtrace] of pyproject.toml: one file for both gates, and what is wrong in which line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from evtrace import own_files
from evtrace.errors import UsageError

#: What the file may hold: one table for each that reads it.
ROOMS = ("check", "flows", "redact", "schema")

_NAMES = ("evtrace.toml", "pyproject.toml")


@dataclass(frozen=True)
class SettingsFile:
    """One table of a file."""

    path: Path
    table: Mapping[str, Any]
    lines: tuple[str, ...]
    rooms: tuple[str, ...]  # all tables that the file has

    @property
    def root(self) -> Path:
        """The folder that its paths count from."""
        return self.path.parent

    def check(self, table: Mapping[str, Any], known: Sequence[str], where: str) -> None:
        """A word that means nothing is an error."""
        for word in table:
            if word not in known:
                self.refuse(word, f"{where} knows no {word}; it knows {', '.join(known)}")

    def refuse(self, word: str, reason: str) -> NoReturn:
        """Say what is wrong in the line that has the word."""
        raise UsageError(f"{self.path}:{self.line_of(word)}: {reason}")

    def line_of(self, word: str) -> int:
        """The first line that has the word."""
        return next((number for number, line in enumerate(self.lines, 1) if word in line), 1)


def find(room: str, start: Path) -> Path | None:
    """The nearest file above that has the table."""
    for folder in (start, *start.parents):
        for name in _NAMES:
            path = folder / name
            if path.is_file() and room in read(room, path).rooms:
                return path
    return None


def read(room: str, path: Path) -> SettingsFile:
    """The table [room] of a file; empty where it has none."""
    whole = own_files.toml(path)
    outer = whole.get("tool", {}).get("evtrace", {}) if path.name == "pyproject.toml" else whole
    rooms = {name: table for name, table in outer.items() if isinstance(table, dict)}
    file = SettingsFile(path, rooms.get(room, {}), tuple(own_files.text(path).splitlines()), tuple(rooms))
    file.check(outer, ROOMS, "evtrace")
    if room in outer and room not in rooms:
        file.refuse(room, f"[{room}] is no table")
    return file
