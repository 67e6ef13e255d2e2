"""Files of one version: a folder as it is now, or the tree of a commit. Nothing is read that is not asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from posixpath import join, normpath
from typing import Protocol

from evtrace.contract_gate.git import Repository
from evtrace.contracts.source import MOST_BYTES
from evtrace.errors import UnreadableError

_LINK = "120000"


class Tree(Protocol):
    """Files by their path from the root."""

    files: Mapping[str, bytes]

    def below(self, path: str) -> list[str]:
        """All files in a folder, or the file itself."""


class Folder:
    """A folder on disk; links may not lead out of it."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.files: Mapping[str, bytes] = _OnDisk(self.root)

    def below(self, path: str) -> list[str]:
        """All files in a folder but hidden ones, or the file itself."""
        place = self.root / path
        if place.is_file():
            return [normpath(path)]
        found = (one for one in sorted(place.rglob("*")) if one.is_file())
        names = (one.relative_to(self.root) for one in found)
        return [
            str(PurePosixPath(name)) for name in names if not any(part.startswith(".") for part in name.parts)
        ]


class _OnDisk(Mapping[str, bytes]):
    def __init__(self, root: Path) -> None:
        self._root = root

    def __getitem__(self, name: str) -> bytes:
        path = self._root / name
        real = path.resolve()
        if not real.is_relative_to(self._root):
            if path.is_symlink() or normpath(name) == name:
                raise UnreadableError(
                    f"{name}:1: a link leads outside {self._root}; nothing is read from there"
                )
            raise KeyError(name)
        if not real.is_file():
            raise KeyError(name)
        if real.stat().st_size > MOST_BYTES:
            raise UnreadableError(
                f"{name}:1: the schema has {real.stat().st_size:,} bytes; evtrace reads up to {MOST_BYTES:,}; split it"
            )
        try:
            return real.read_bytes()
        except OSError as problem:
            raise UnreadableError(f"{name}:1: cannot be read: {problem.strerror}") from problem

    def __iter__(self) -> Iterator[str]:
        return iter(Folder(self._root).below("."))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        path = self._root / str(name)
        return path.is_file() and (
            path.resolve().is_relative_to(self._root) or not str(name).startswith("..")
        )


class Commit:
    """The tree of a commit."""

    def __init__(self, repository: Repository, commit: str) -> None:
        self._entries = repository.tree(commit)
        self.files: Mapping[str, bytes] = _InCommit(repository, self._entries)

    def below(self, path: str) -> list[str]:
        """All files in a folder, or the file itself."""
        path = normpath(path)
        if path in self._entries:
            return [path]
        prefix = "" if path == "." else f"{path}/"
        return [name for name in sorted(self._entries) if name.startswith(prefix)]

    def blob(self, path: str) -> str | None:
        """The id of a file's content."""
        return self._entries[path][1] if path in self._entries else None


class _InCommit(Mapping[str, bytes]):
    def __init__(self, repository: Repository, entries: Mapping[str, tuple[str, str]]) -> None:
        self._repository, self._entries = repository, entries

    def __getitem__(self, name: str) -> bytes:
        mode, blob = self._entries[normpath(name)]
        content = self._repository.blob(blob)
        if mode != _LINK:
            return content
        target = normpath(join(str(PurePosixPath(name).parent), content.decode("utf-8", "replace")))
        if target.startswith(("../", "/")) or target not in self._entries:
            raise UnreadableError(
                f"{name}:1: a link leads outside the repository; nothing is read from there"
            )
        return self[target]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        return normpath(str(name)) in self._entries
