"""evtrace.toml, or [tool.evtrace] of pyproject.toml: one file for both gates, and what is wrong in which line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from evtrace.errors import UnreadableError, UsageError

_NAMES = ("evtrace.toml", "pyproject.toml")


@dataclass(frozen=True)
class SettingsFile:
    """One table of a file."""

    path: Path
    table: Mapping[str, Any]
    lines: tuple[str, ...]

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
            if path.is_file() and _table(_read(path), path, room) is not None:
                return path
    return None


def read(room: str, path: Path) -> SettingsFile:
    """The table [room] of a file; empty where it has none."""
    text = _text(path)
    return SettingsFile(path, _table(_read(path), path, room) or {}, tuple(text.splitlines()))


def _table(whole: Mapping[str, Any], path: Path, room: str) -> Mapping[str, Any] | None:
    outer = whole.get("tool", {}).get("evtrace", {}) if path.name == "pyproject.toml" else whole
    table = outer.get(room)
    return table if isinstance(table, dict) else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as problem:
        raise UnreadableError(f"{path}: cannot be read: {problem.strerror}") from problem
    except UnicodeDecodeError as problem:
        raise UnreadableError(f"{path}:1: is not UTF-8 text") from problem


def _read(path: Path) -> Mapping[str, Any]:
    text = _text(path)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        told = re.search(r"line (\d+)", str(problem))  # else it is "at end of document"
        line = told[1] if told else len(text.splitlines())
        raise UnreadableError(f"{path}:{line}: broken TOML: {problem}") from problem
