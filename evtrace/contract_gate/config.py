"""evtrace.toml: which file is the contract of which event type, and what each promises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evtrace import settings_file
from evtrace.contracts.modes import mode
from evtrace.errors import EvtraceError
from evtrace.settings_file import SettingsFile


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
    return settings_file.find("schema", start)


def load(path: Path) -> Config:
    """Read the file; a word that means nothing is an error in its line."""
    file = settings_file.read("schema", path)
    table = file.table
    file.check(table, _WORDS, "[schema]")
    contracts = {name: _contract(name, one, file) for name, one in table.get("contracts", {}).items()}
    _check_mode(table.get("mode"), file)
    return Config(
        root=file.root,
        mode=table.get("mode"),
        policy=table.get("policy"),
        against=table.get("against"),
        baseline=table.get("baseline"),
        paths=tuple(table.get("paths", ())),
        contracts=contracts,
    )


def _contract(name: str, raw: Any, file: SettingsFile) -> Declared:
    if isinstance(raw, str):
        return Declared(raw)
    if not isinstance(raw, dict) or not isinstance(raw.get("file"), str):
        file.refuse(name, f'contract {name} has no file; write: file = "schemas/{name}.json"')
    file.check(raw, _CONTRACT_WORDS, f"contract {name}")
    _check_mode(raw.get("mode"), file)
    return Declared(
        file=raw["file"],
        mode=raw.get("mode"),
        policy=raw.get("policy"),
        language=raw.get("language"),
        message=raw.get("message", ""),
        history=tuple(raw.get("history", ())),
    )


def _check_mode(name: str | None, file: SettingsFile) -> None:
    try:
        mode(name or "NONE")
    except EvtraceError as problem:
        file.refuse(str(name), str(problem))
