"""Reads dialects from their TOML files."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from evtrace import own_files
from evtrace.dialects.errors import BadDialectError
from evtrace.dialects.schema import Dialect, dialect
from evtrace.errors import UsageError

HOME = Path(__file__).parent


def load(extra: Sequence[Path] = ()) -> tuple[Dialect, ...]:
    """Every dialect: the user's own first, then ours in the order of their priority."""
    return (*(_read(path, is_user=True) for path in extra), *_ours())


@cache  # a hundred files that never change take as long as reading a small log
def _ours() -> tuple[Dialect, ...]:
    ours = [_read(path, is_user=False) for path in HOME.glob("*.toml")]
    return tuple(sorted(ours, key=lambda found: (found.priority, found.name)))


def _read(path: Path, *, is_user: bool) -> Dialect:
    try:
        return dialect(path.stem, own_files.toml(path), is_user=is_user)
    except BadDialectError as error:
        raise UsageError(f"{path}: {error}") from error
