"""Files against each other, as they are named: paths, or paths at a git ref."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evtrace.changes import ContractDiff
from evtrace.contract_gate.git import Repository
from evtrace.contract_gate.place import root_of, within
from evtrace.contract_gate.trees import Commit, Folder
from evtrace.contracts.check import Terms, check
from evtrace.contracts.source import Source
from evtrace.errors import UsageError


def diff(names: Sequence[str], terms: Terms, message: str = "") -> ContractDiff:
    """Compare the last file with the ones before it, which are its older versions, oldest first."""
    sources = [_source(name, message) for name in names]
    return check(sources[-2::-1], sources[-1], terms)


def _source(name: str, message: str) -> Source:
    """'order.json', or 'main:schemas/order.json' as git calls it; '#/pointer' leads into a document."""
    file, _, pointer = name.partition("#")
    path = Path(file)
    if path.is_file() or path.is_symlink():
        root = root_of([path])
        return Source(within(path, root), Folder(root).files, pointer, file, message)
    ref, colon, inside = file.partition(":")
    repository = Repository.around(Path.cwd())
    if not colon or repository is None:
        raise UsageError(f"{name}: no such file")
    tree = Commit(repository, repository.commit(ref))
    entry = within(Path(inside), repository.root) if not inside.startswith("/") else inside[1:]
    entry = entry if entry in tree.files else inside
    if entry not in tree.files:
        raise UsageError(f"{name}: no such file at {ref}")
    return Source(entry, tree.files, pointer, f"{ref}:{entry}", message)
