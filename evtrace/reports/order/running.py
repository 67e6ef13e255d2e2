"""SQL for "which values lie below one that came before": the core of most questions about order.

A running maximum over a whole stream is slow where streams are long. So a stream is cut into buckets: what lies
below the maximum of earlier buckets is found by a join, and only buckets that hold a fall are walked.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stream:
    """Values in order. All but `stream` are SQL over `source`, a FROM clause with its WHERE."""

    source: str
    stream: tuple[str, ...]  # columns that name one stream
    order: tuple[str, ...]  # columns of the order; the last makes it total
    bucket: str  # a number that never falls along the order
    value: str

    @property
    def names(self) -> str:
        return ", ".join(self.stream)

    @property
    def columns(self) -> str:
        """The columns of a stream as output."""
        return ", ".join(f"{name} AS {name}" for name in self.stream)

    def columns_of(self, table: str) -> str:
        return ", ".join(f"{table}.{name} AS {name}" for name in self.stream)

    def same(self, one: str, other: str) -> str:
        """SQL: rows of two tables belong to one stream."""
        return " AND ".join(f"{one}.{name} = {other}.{name}" for name in self.stream)


def falls(of: Stream) -> str:
    """A query for the values that are lower than the one right before them; streams are numbered, to sort numbers."""
    return f"""
SELECT {of.columns_of("n")}, w.bucket AS bucket, w.val AS val
FROM (
    SELECT s.stream_no AS stream_no, {of.bucket} AS bucket, {of.value} AS val,
           LAG({of.value}) OVER (PARTITION BY s.stream_no ORDER BY {", ".join(of.order)}) AS val_0
    FROM (SELECT {of.columns_of("e")}, {", ".join(f"e.{name} AS {name}" for name in _needed(of))} FROM {of.source}) AS r
    JOIN ({_numbered(of)}) AS s ON {of.same("s", "r")}
) AS w
JOIN ({_numbered(of)}) AS n ON n.stream_no = w.stream_no
WHERE w.val < w.val_0
"""


def _needed(of: Stream) -> tuple[str, ...]:
    """Columns of the evidence that order and value are made of."""
    return tuple(dict.fromkeys((*of.order, of.value)))


def _numbered(of: Stream) -> str:
    distinct = f"SELECT DISTINCT {of.columns_of('e')} FROM {of.source}"
    return f"SELECT {of.columns}, ROW_NUMBER() OVER (ORDER BY {of.names}) AS stream_no FROM ({distinct}) AS known"


def below_maximum(of: Stream, *, fallen: str, bound: str = "0") -> str:
    """CTEs that end in `below (record_id, highest)`: the rows whose value is more than `bound` below one before.

    `fallen` is the table of `falls`.
    """
    in_bucket = f"{of.same('b', 'w')} AND b.bucket = w.bucket"
    rows = f"SELECT {of.columns_of('e')}, {of.bucket} AS bucket, {of.value} AS val, e.record_id AS record_id"
    order = ", ".join(f"e.{name} AS order_{place}" for place, name in enumerate(of.order))
    by = ", ".join(f"order_{place}" for place, _ in enumerate(of.order))
    return f"""
peak AS (
    SELECT {of.columns}, bucket AS bucket, MAX(val) AS high, MIN(val) AS low
    FROM ({rows} FROM {of.source}) AS valued
    GROUP BY {of.names}, bucket
), risen AS (
    SELECT {of.columns}, bucket AS bucket, high - low AS width,
           MAX(high) OVER (PARTITION BY {of.names} ORDER BY bucket ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM peak
), walk AS (
    SELECT DISTINCT {of.columns_of("b")}, b.bucket AS bucket
    FROM risen AS b
    JOIN {fallen} AS w ON {in_bucket}
    WHERE b.width > {bound}
), walked AS (
    SELECT w.record_id AS record_id, w.val AS val,
           MAX(w.val) OVER (PARTITION BY {", ".join(f"w.{name}" for name in of.stream)}, w.bucket ORDER BY {by}
                            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS maximum
    FROM ({rows}, {order} FROM {of.source}) AS w
    JOIN walk AS b ON {in_bucket}
), under AS (
    SELECT w.record_id AS record_id, b.before AS maximum
    FROM ({rows} FROM {of.source}) AS w
    JOIN risen AS b ON {in_bucket}
    WHERE w.val < b.before - {bound}
    UNION ALL
    SELECT record_id AS record_id, maximum AS maximum FROM walked WHERE val < maximum - {bound}
), below AS (
    SELECT record_id AS record_id, MAX(maximum) AS highest
    FROM under
    GROUP BY record_id
)"""
