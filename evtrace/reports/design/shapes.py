"""Which types have several shapes at the same time, without a version that tells them apart?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, groupby
from typing import Any

from evtrace.anomalies import Anomaly, NotEvaluated
from evtrace.reports.delivery.analysis import Analysis, Found, Need, lack
from evtrace.reports.delivery.rules import BY_ID
from evtrace.store import Store

#: The shape of each payload is a matter of DuckDB's JSON; only the most frequent ones are compared. Of the copies of an
#: event the broker's counts: a log may hold a part only.
_SHAPES = """
WITH copied AS (
    SELECT event_type, record_id, ts, channel, payload, MAX(schema_version) OVER (PARTITION BY event_type, event) AS version,
           ROW_NUMBER() OVER (PARTITION BY event_type, event ORDER BY at_broker DESC, record_id) AS copy_no
    FROM announced
    WHERE payload IS NOT NULL
)
SELECT event_type, shape, n, record_id, first_ts, last_ts, channel
FROM (
    SELECT event_type, CAST(json_structure(payload) AS VARCHAR) AS shape, COUNT(*) AS n, MIN(record_id) AS record_id,
           MIN(ts) AS first_ts, MAX(ts) AS last_ts, MIN(channel) AS channel,
           ROW_NUMBER() OVER (PARTITION BY event_type ORDER BY COUNT(*) DESC, MIN(record_id)) AS place
    FROM copied
    WHERE copy_no = 1 AND version IS NULL AND json_valid(payload)
    GROUP BY event_type, CAST(json_structure(payload) AS VARCHAR)
) AS shaped
WHERE place <= 20
ORDER BY event_type, place
"""


@dataclass(frozen=True, kw_only=True)
class ParallelShapes(Anomaly):
    """A type that comes in more than one shape; the two that are most frequent."""

    events: int  # of the first shape, and of the other
    other_events: int
    differences: tuple[str, ...]

    def told(self) -> str:
        return (
            f"{self.event_type} comes in several shapes at once, and names no version: {self.events:,} events of one, "
            f"{self.other_events:,} of another ({'; '.join(self.differences[:3])})"
        )


PARALLEL = Analysis(
    rules=("parallel_shapes",),
    row=ParallelShapes,
    sql="",
    needs=(
        Need(
            "kind = 'publish' AND payload IS NOT NULL AND event_type IS NOT NULL",
            "no publish carries a payload and a type",
        ),
    ),
)


@dataclass(frozen=True)
class _Shape:
    event_type: str
    fields: Any  # what json_structure says
    events: int
    record_id: int
    first_ts: int | None
    last_ts: int | None
    channel: str


def parallel(store: Store) -> Found:
    """The types that come in shapes that contradict each other."""
    shapes = [_Shape(name, json.loads(shape), *rest) for name, shape, *rest in store.rows(_SHAPES)]
    rows = [
        row
        for _, of_type in groupby(shapes, key=lambda shape: shape.event_type)
        for row in _first(list(of_type))
    ]
    reason = None if rows else lack(store, PARALLEL, "parallel_shapes")
    totals = {("parallel_shapes", "info"): len(rows)} if rows else {}
    return Found(tuple(rows), totals, {}, (NotEvaluated("parallel_shapes", reason),) if reason else ())


def _first(shapes: list[_Shape]) -> Iterator[ParallelShapes]:
    """The most frequent pair that differs; what follows each other is a change, not several at once."""
    for one, other in combinations(shapes, 2):
        differences = _differences(one.fields, other.fields)
        if differences and _overlap(one, other):
            yield _row(one, other, differences)
            return


def _overlap(one: _Shape, other: _Shape) -> bool:
    times = (one.first_ts, one.last_ts, other.first_ts, other.last_ts)
    if None in times:
        return False
    return (one.first_ts or 0) < (other.last_ts or 0) and (other.first_ts or 0) < (one.last_ts or 0)


def _row(one: _Shape, other: _Shape, differences: list[str]) -> ParallelShapes:
    return ParallelShapes(
        rule="parallel_shapes",
        severity=BY_ID["parallel_shapes"].severity,
        channel=one.channel or None,
        event_type=one.event_type,
        at=other.first_ts,
        record_ids=(other.record_id, one.record_id),
        events=one.events,
        other_events=other.events,
        differences=tuple(differences),
    )


def _differences(one: Any, other: Any) -> list[str]:
    """Fields of different types; or fields of each that the other lacks. What only one lacks is optional."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return [] if one == other else ["one is no object"]
    typed = [
        f"{name} is {one[name]} or {other[name]}"
        for name in one
        if name in other and _clash(one[name], other[name])
    ]
    mine, theirs = [name for name in one if name not in other], [name for name in other if name not in one]
    return typed + ([f"{mine[0]} instead of {theirs[0]}"] if mine and theirs else [])


def _clash(one: Any, other: Any) -> bool:
    """What is null in one payload may be anything in another; whole and broken numbers are numbers."""
    kinds = {
        "NUMBER" if kind in ("UBIGINT", "BIGINT", "DOUBLE", "HUGEINT", "UHUGEINT") else kind
        for kind in (str(one), str(other))
    }
    if isinstance(one, dict) and isinstance(other, dict):
        return bool(_differences(one, other))
    return len(kinds) > 1 and "NULL" not in kinds
