"""Bridges: the store in the words of other tools. One file is one outside format, found by being there.

A bridge is a module with these names; nothing is registered and nothing inherited:

NAME     str: the word after `--to`.
TITLE    str: what it is, for people.
ENDING   str: how its files end.

and one or both of

pieces(store)           text, in pieces, of the one document that holds the chosen flows;
parts(store)            names of the files that together hold them,
part(store, name, path) writes one of these.

The flows are chosen before (scope.py): a bridge reads the temporary tables that stand for the choice, in sets,
and never holds more than one flow in Python.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Protocol, cast, runtime_checkable

from evtrace.store import Store


class Bridge(Protocol):
    """What every bridge says of itself."""

    NAME: str
    TITLE: str
    ENDING: str


@runtime_checkable
class Document(Protocol):
    """A bridge whose flows fit one text."""

    def pieces(self, store: Store) -> Iterator[str]: ...


@runtime_checkable
class Folder(Protocol):
    """A bridge that writes several files."""

    def parts(self, store: Store) -> tuple[str, ...]: ...
    def part(self, store: Store, name: str, path: Path) -> None: ...


def load() -> dict[str, Bridge]:
    """Every bridge by name, in the order of their names."""
    modules = (import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__))
    bridges = [cast(Bridge, module) for module in modules if hasattr(module, "NAME")]
    return {bridge.NAME: bridge for bridge in sorted(bridges, key=lambda bridge: bridge.NAME)}
