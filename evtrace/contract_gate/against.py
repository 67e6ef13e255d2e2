"""The older side: a folder, or the commit of a git repository and those before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Protocol

from evtrace.contract_gate.contracts import Contract
from evtrace.contract_gate.git import Repository
from evtrace.contract_gate.trees import Commit, Folder, Tree
from evtrace.contracts.source import Source
from evtrace.errors import UsageError


class Against(Protocol):
    """Where older versions are found."""

    label: str
    tree: Tree

    def paths(self) -> Sequence[str]:
        """What to look through there."""

    def key(self, contract: Contract, *, is_old: bool) -> str:
        """The same for a contract and its older version."""

    def source(self, contract: Contract) -> Source:
        """The schema of a contract of this side."""

    def before(self, contract: Contract) -> Iterator[Source]:
        """The versions that a contract of this side had earlier, newest first."""


class OldFolder:
    """A folder that holds older versions under the same paths, or under the paths below a given folder or file."""

    def __init__(self, label: str, here: Folder, paths: Sequence[str]) -> None:
        self.label = label
        self.tree: Tree = Folder(Path(label))
        self._given = list(paths)
        self._bases = [
            path if (here.root / path).is_dir() else str(PurePosixPath(path).parent) for path in paths
        ]
        self._is_bare = not any(self.tree.below(path) for path in paths)

    def paths(self) -> Sequence[str]:
        """The same paths; all of the folder where it has none of them, and files were not named one by one."""
        if not self._is_bare:
            return self._given
        files = [PurePosixPath(path).name for path in self._given]
        named = [name for name in files if name in self.tree.files]
        return named if len(named) == len(self._given) else ["."]

    def key(self, contract: Contract, *, is_old: bool) -> str:
        """The path, without the way to the given folder where the old one has no such way."""
        if contract.declared is not None:
            return contract.name
        if is_old or not self._is_bare:
            return contract.name
        base = max(
            (base for base in self._bases if contract.name.startswith(f"{base}/")), key=len, default=""
        )
        return contract.name.removeprefix(f"{base}/")

    def source(self, contract: Contract) -> Source:
        """The schema, called by the path through the folder."""
        return contract.source(self.tree, str(PurePosixPath(self.label) / contract.file))

    def before(self, contract: Contract) -> Iterator[Source]:
        """A folder remembers one version."""
        return iter(())


class OldCommits:
    """The commit where this branch left another, and every version before."""

    def __init__(self, ref: str, repository: Repository, paths: Sequence[str]) -> None:
        self.label = ref
        self._repository, self._given = repository, paths
        self._commit = repository.merge_base(ref)
        self.tree: Tree = Commit(repository, self._commit)

    def paths(self) -> Sequence[str]:
        """The same paths."""
        return self._given

    def key(self, contract: Contract, *, is_old: bool) -> str:
        """The path, or the name in evtrace.toml."""
        return contract.name

    def source(self, contract: Contract) -> Source:
        """The schema, called as git calls it: 'main:schemas/order.json'."""
        return contract.source(self.tree, f"{self.label}:{contract.file}")

    def before(self, contract: Contract) -> Iterator[Source]:
        """Each commit that changed the file."""
        for commit in self._repository.versions(self._commit, contract.file)[1:]:
            tree = Commit(self._repository, commit)
            if contract.file in tree.files:
                yield contract.source(tree, f"{commit[:10]}:{contract.file}")


def against(wish: str, here: Folder, paths: Sequence[str]) -> Against:
    """A folder where there is one of that name, or else a git ref."""
    if Path(wish).is_dir():
        return OldFolder(wish, here, paths)
    repository = Repository.around(here.root)
    if repository is None:
        raise UsageError(f"--against {wish}: no such folder, and {here.root} is in no git repository")
    return OldCommits(wish, repository, paths)
