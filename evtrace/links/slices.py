"""Joins of very many rows, done one slice of the ids after the other: a hash table of all would want the memory
that everything else needs beside it."""

from __future__ import annotations

from collections.abc import Iterator

from evtrace.links.work import Work

#: So many rows are looked up at a time.
_AT_A_TIME = 4_000_000


def of(work: Work, table: str) -> int:
    """How many slices the rows of `table` want: a power of two, because the end of an id says which is its own."""
    rows = int(work.store.value(f"SELECT COUNT(*) AS n FROM {table}"))
    return 1 << max(0, (rows - 1) // _AT_A_TIME).bit_length()


def each(slices: int) -> Iterator[str]:
    """SQL for the rows of each slice, `{id}` being the column with the id; where it is NULL, the row is in the first."""
    if slices == 1:
        yield "TRUE"
        return
    for one in range(slices):
        alone = " OR {id} IS NULL" if one == 0 else ""
        yield f"({{id}} & {slices - 1} = {one}{alone})"
