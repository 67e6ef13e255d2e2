"""SQL for "which values lie below one that came before": the core of most questions about order.

A running maximum over a whole stream is slow where streams are long. So the stream is cut into buckets: what
lies below the maximum of earlier buckets is found by a join, and only buckets that hold a descent are walked.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stream:
    """Values in order. All but `stream` are SQL over `source`, a FROM clause with its WHERE."""

    source: str
    stream: tuple[str, ...]  # columns that name one stream
    order: str  # columns of the order, comma between; the last makes it total
    bucket: str  # a number that never falls along the order
    value: str


def below_maximum(of: Stream, *, bound: str = "0") -> str:
    """CTEs that end in `below (record_id, highest)`: the rows whose value is more than `bound` below one before."""
    names = ", ".join(of.stream)
    columns = ", ".join(f"{name} AS {name}" for name in of.stream)
    on_bucket = " AND ".join(f"b.{name} = w.{name}" for name in of.stream) + " AND b.bucket = w.bucket"
    rows = (
        f"SELECT {columns}, {of.bucket} AS bucket, {of.value} AS val, record_id AS record_id FROM {of.source}"
    )
    order = ", ".join(f"{name} AS order_{place}" for place, name in enumerate(of.order.split(", ")))
    by = ", ".join(f"order_{place}" for place, _ in enumerate(of.order.split(", ")))
    return f"""
peak AS (
    SELECT {columns}, bucket AS bucket, MAX(val) AS high, MIN(val) AS low
    FROM ({rows}) AS valued
    GROUP BY {names}, bucket
), risen AS (
    SELECT {columns}, bucket AS bucket, high - low AS width,
           MAX(high) OVER (PARTITION BY {names} ORDER BY bucket ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM peak
), descent AS (
    SELECT DISTINCT {columns}, bucket AS bucket
    FROM (
        SELECT {columns}, {of.bucket} AS bucket, {of.value} AS val,
               LAG({of.value}) OVER (PARTITION BY {names} ORDER BY {of.order}) AS val_0
        FROM {of.source}
    ) AS lagged
    WHERE val < val_0
), walk AS (
    SELECT {", ".join(f"b.{name} AS {name}" for name in of.stream)}, b.bucket AS bucket
    FROM risen AS b
    JOIN descent AS w ON {on_bucket}
    WHERE b.width > {bound}
), walked AS (
    SELECT record_id AS record_id, val AS val,
           MAX(val) OVER (PARTITION BY {names}, bucket ORDER BY {by} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS maximum
    FROM (
        SELECT {", ".join(f"w.{name} AS {name}" for name in of.stream)}, w.bucket AS bucket, w.val AS val,
               w.record_id AS record_id, {", ".join(f"w.order_{place} AS order_{place}" for place, _ in enumerate(of.order.split(", ")))}
        FROM (SELECT {columns}, {of.bucket} AS bucket, {of.value} AS val, record_id AS record_id, {order} FROM {of.source}) AS w
        JOIN walk AS b ON {on_bucket}
    ) AS near
), under AS (
    SELECT w.record_id AS record_id, b.before AS maximum
    FROM ({rows}) AS w
    JOIN risen AS b ON {on_bucket}
    WHERE w.val < b.before - {bound}
    UNION ALL
    SELECT record_id AS record_id, maximum AS maximum FROM walked WHERE val < maximum - {bound}
), below AS (
    SELECT record_id AS record_id, MAX(maximum) AS highest
    FROM under
    GROUP BY record_id
)"""
