"""Whether a value is one of several words. IN with more than four of them becomes a join, which costs as much as ten CASE."""

from __future__ import annotations

from collections.abc import Iterable

from evtrace.formats.sql import literal


def one_of(value: str, words: Iterable[str]) -> str:
    """SQL, never NULL: NULL is none of them."""
    return f"CASE {value} {' '.join(f'WHEN {literal(word)} THEN TRUE' for word in words)} ELSE FALSE END"
