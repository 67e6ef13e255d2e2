"""What the tests of dialects share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from evtrace.dialects import Dialect, Mapping, learn, load


@pytest.fixture(scope="session")
def dialects() -> tuple[Dialect, ...]:
    return load()


@pytest.fixture(scope="session")
def learned(dialects: tuple[Dialect, ...]) -> Callable[..., Mapping]:
    """Learn from documents with the dialects that ship."""

    def learn_from(*docs: dict[str, Any], format_names: tuple[str, ...] = ()) -> Mapping:
        return learn(docs, dialects, format_names=format_names)

    return learn_from


@pytest.fixture(scope="session")
def told() -> Callable[..., str | None]:
    """The field, dotted, that fills a role first; with its reading if that is asked for."""

    def tell(mapping: Mapping, role: str, *, reading: bool = False) -> str | None:
        for use in mapping.uses:
            if use.role == role:
                return ".".join(use.path) + (f" as {use.reading}" if reading else "")
        return None

    return tell
