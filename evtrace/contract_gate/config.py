"""evtrace.toml: which file is the contract of which event type, and what each promises."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evtrace.contracts.modes import mode
from evtrace.errors import EvtraceError, UnreadableError, UsageError

_NAMES = ("evtrace.toml", "pyproject.toml")


@dataclass(frozen=True)
class Declared:
    """What is said of one contract; None: nothing."""

    file: str
    mode: str | None = None
    policy: str | None = None
    language: str | None = None
    message: str = ""  # of a .proto file with several
    history: tuple[str, ...] = ()  # older versions, newest first


@dataclass(frozen=True)
class Config:
    """What the file says; the folder that its paths count from."""

    root: Path
    mode: str | None = None
    policy: str | None = None
    against: str | None = None
    baseline: str | None = None
    paths: tuple[str, ...] = ()
    contracts: Mapping[str, Declared] = field(default_factory=dict)  # event type → contract


_WORDS = ("mode", "policy", "against", "baseline", "paths", "contracts")
_CONTRACT_WORDS = ("file", "mode", "policy", "language", "message", "history")


def find(start: Path) -> Path | None:
    """The nearest file above that speaks of schemas."""
    for folder in (start, *start.parents):
        for name in _NAMES:
            path = folder / name
            if path.is_file() and _table(_read(path), name) is not None:
                return path
    return None


def load(path: Path) -> Config:
    """Read the file; a word that means nothing is an error in its line."""
    text = _text(path)
    table = _table(_read(path), path.name) or {}
    where = _Lines(path, text)
    where.check(table, _WORDS, "[schema]")
    contracts = {name: _contract(name, one, where) for name, one in table.get("contracts", {}).items()}
    where.check_mode(table.get("mode"))
    return Config(
        root=path.parent,
        mode=table.get("mode"),
        policy=table.get("policy"),
        against=table.get("against"),
        baseline=table.get("baseline"),
        paths=tuple(table.get("paths", ())),
        contracts=contracts,
    )


def _contract(name: str, raw: Any, where: _Lines) -> Declared:
    if isinstance(raw, str):
        return Declared(raw)
    if not isinstance(raw, dict) or not isinstance(raw.get("file"), str):
        where.refuse(name, f'contract {name} has no file; write: file = "schemas/{name}.json"')
    where.check(raw, _CONTRACT_WORDS, f"contract {name}")
    where.check_mode(raw.get("mode"))
    return Declared(
        file=raw["file"],
        mode=raw.get("mode"),
        policy=raw.get("policy"),
        language=raw.get("language"),
        message=raw.get("message", ""),
        history=tuple(raw.get("history", ())),
    )


def _table(whole: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """[schema] of evtrace.toml, or [tool.evtrace.schema] of pyproject.toml."""
    outer = whole if name != "pyproject.toml" else whole.get("tool", {}).get("evtrace", {})
    table = outer.get("schema")
    return table if isinstance(table, dict) else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise UnreadableError(f"{path}:1: cannot be read: {problem}") from problem


def _read(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as problem:
        line = re.search(r"line (\d+)", str(problem))
        raise UnreadableError(f"{path}:{line[1] if line else 1}: broken TOML: {problem}") from problem


class _Lines:
    """Says what is wrong in which line."""

    def __init__(self, path: Path, text: str) -> None:
        self._path, self._lines = path, text.splitlines()

    def check(self, table: Mapping[str, Any], known: Sequence[str], where: str) -> None:
        for word in table:
            if word not in known:
                self.refuse(word, f"{where} knows no {word}; it knows {', '.join(known)}")

    def check_mode(self, name: str | None) -> None:
        try:
            mode(name or "NONE")
        except EvtraceError as problem:
            self.refuse(str(name), str(problem))

    def refuse(self, word: str, reason: str) -> None:
        number = next((n for n, line in enumerate(self._lines, 1) if word in line), 1)
        raise UsageError(f"{self._path}:{number}: {reason}")
