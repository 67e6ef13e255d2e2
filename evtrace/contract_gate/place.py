"""Where everything lies: the folder that paths count from, and what evtrace.toml says there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from os.path import commonpath
from pathlib import Path

from evtrace.contract_gate.config import Config, find, load
from evtrace.contract_gate.git import Repository
from evtrace.contract_gate.trees import Folder
from evtrace.errors import UsageError


@dataclass(frozen=True)
class Place:
    """A folder, the paths in it that were asked about, and the settings with their paths from there."""

    here: Folder
    paths: tuple[str, ...]
    settings: Config


def place(paths: Sequence[str], config: Path | None) -> Place:
    """Find the root: the repository around the paths, or the folder that holds them all."""
    settings = settings_of(config)
    given = [Path(one) for one in paths] or [settings.root / one for one in _named(settings)]
    if not given:
        raise UsageError(
            'no schemas named; give files or folders, or name them in evtrace.toml: [schema] paths = ["schemas"]'
        )
    for one in given:
        if not one.exists() and not one.is_symlink():
            raise UsageError(f"{one}: no such file or folder")
    root = root_of(given)
    return Place(Folder(root), tuple(within(one, root) for one in given), _from_root(settings, root))


def settings_of(config: Path | None) -> Config:
    """What the given file says, or the nearest one above."""
    path = config or find(Path.cwd())
    return Config(Path.cwd()) if path is None else load(path.resolve())


def _named(settings: Config) -> list[str]:
    return [*settings.paths, *(one.file for one in settings.contracts.values())]


def root_of(paths: Sequence[Path]) -> Path:
    """The folder that links may not lead out of."""
    places = [path.absolute() for path in paths]
    repository = Repository.around(places[0].parent if places[0].is_symlink() else places[0])
    if repository is not None:
        return repository.root.resolve()
    folders = [one if one.is_dir() else one.parent for one in places]
    is_below = all(folder.is_relative_to(Path.cwd()) for folder in folders)
    return Path.cwd() if is_below else Path(commonpath(folders))


def within(path: Path, root: Path) -> str:
    """The path from the root; a link counts by its own place, not by where it leads."""
    real = path.absolute().parent.resolve() / path.name if path.name else path.resolve()
    for candidate in (real, path.resolve()):
        if candidate.is_relative_to(root.resolve()):
            return candidate.relative_to(root.resolve()).as_posix()
    raise UsageError(f"{path}: lies outside {root}, where the other schemas are")


def _from_root(settings: Config, root: Path) -> Config:
    contracts = {
        name: replace(
            one,
            file=within(settings.root / one.file, root),
            history=tuple(within(settings.root / file, root) for file in one.history),
        )
        for name, one in settings.contracts.items()
    }
    return replace(settings, contracts=contracts)
