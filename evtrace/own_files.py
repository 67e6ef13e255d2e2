"""Reads the small files that a user names: settings, maps, baselines. One rule for what can be wrong with them.

A file that is not there is a wrong word (exit code 2), and so is a word in it that means nothing; what is there and
cannot be read or parsed is unreadable (3).
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from evtrace.errors import EvtraceError, UnreadableError, UsageError


def text(path: Path) -> str:
    """The whole file."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as problem:
        raise unread(path, problem) from problem
    except UnicodeDecodeError as problem:
        raise UnreadableError(f"{path}:1: is not UTF-8 text") from problem


def toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file."""
    whole = text(path)
    try:
        return tomllib.loads(whole)
    except tomllib.TOMLDecodeError as problem:
        told = re.search(r"line (\d+)", str(problem))  # else it is "at end of document"
        line = told[1] if told else len(whole.splitlines())
        raise UnreadableError(f"{path}:{line}: broken TOML: {problem}") from problem


def unread(path: Path | str, problem: OSError) -> EvtraceError:
    """Why a file that was named is not read."""
    if isinstance(problem, FileNotFoundError | NotADirectoryError):
        return UsageError(f"{path}: no such file")
    return UnreadableError(f"{path}: cannot be read: {problem.strerror}")
