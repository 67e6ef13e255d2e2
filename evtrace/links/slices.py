"""Joins, groupings and ordered writes of very many rows, done one slice of the ids after the other: the hash tables of
all would want more memory than there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evtrace.links.work import Work

#: So many rows are looked up at a time, for each MB that DuckDB may use.
_PER_MB = 5_000

#: One above the greatest hash of an id: see `hashes`.
_TOP_HASH = 1 << 63


def of(work: Work, table: str, *, times: int = 1) -> int:
    """How many slices the rows of `table` want: a power of two, because the end of an id says which is its own.

    `times`: how much more room than a pair of ids each row takes, in all hash tables together.
    """
    rows = times * int(work.store.value(f"SELECT COUNT(*) AS n FROM {table}"))
    at_a_time = max(1, int(_PER_MB * work.memory_mb))
    return 1 << max(0, (rows - 1) // at_a_time).bit_length()


def each(slices: int) -> Iterator[str]:
    """SQL for the rows of each slice, `{id}` being the column with the id; where it is NULL, the row is in the first.

    For what may be done in any order: the end of the id tells its slice.
    """
    if slices == 1:
        yield "TRUE"
        return
    for one in range(slices):
        alone = " OR {id} IS NULL" if one == 0 else ""
        yield f"({{id}} & {slices - 1} = {one}{alone})"


def ascending(bounds: Sequence[int]) -> Iterator[str]:
    """SQL for slices by the size of `{id}`, which is never NULL: for what is written in its order. `bounds`: where they meet."""
    for first, end in zip([None, *bounds], [*bounds, None], strict=True):
        above = [f"{{id}} >= {first}"] if first is not None else []
        below = [f"{{id}} < {end}"] if end is not None else []
        yield " AND ".join(above + below) or "TRUE"


def bounds_of_hashes(slices: int) -> list[int]:
    """Where slices of hashed ids meet: they are spread evenly."""
    return [_TOP_HASH * one // slices for one in range(1, slices)]


def bounds_of(work: Work, table: str, column: str, slices: int) -> list[int]:
    """Where slices of about as many rows meet, by a column that is never NULL."""
    if slices == 1:
        return []
    shares = [one / slices for one in range(1, slices)]
    found: list[int] | None = work.store.value(
        f"SELECT approx_quantile({column}, {shares}) AS q FROM {table}"
    )
    return found or []
