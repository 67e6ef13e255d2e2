"""How ids and names become numbers. The store is built anew when DuckDB's hash() changes."""

from __future__ import annotations


def hashed(value: str, kind: str) -> str:
    """SQL for the identity of a value: 63 bits of a hash over the value and its kind.

    Values are never compared across kinds: a user id that was logged as an order id is another identity.
    """
    return f"CASE WHEN {value} IS NOT NULL THEN CAST(hash({value}, '{kind}') >> 1 AS BIGINT) END"


def hashed_by(value: str, kind: str) -> str:
    """As `hashed`, with the kind in a column."""
    return f"CAST(hash({value}, {kind}) >> 1 AS BIGINT)"


def coded(value: str, kind: str) -> str:
    """SQL for a name of which there are few, such as a service or a type, in half the room."""
    return f"CASE WHEN {value} IS NOT NULL THEN CAST(hash({value}, '{kind}') & 2147483647 AS INTEGER) END"


def slot(channel: str, part: str, pos: str) -> str:
    """SQL for the identity of a place."""
    whole = " AND ".join(f"{c} IS NOT NULL" for c in (channel, part, pos))
    return f"CASE WHEN {whole} THEN CAST(hash({channel}, {part}, {pos}) >> 1 AS BIGINT) END"
