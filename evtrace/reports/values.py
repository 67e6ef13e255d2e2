"""Which values have the plain parts of payloads: how many, and where they are few, which and since when?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evtrace.reports.shapes import Path, json_path
from evtrace.store import Store

_DISTINCT = """
SELECT event_type, {counts}
FROM (SELECT event_type, TRY(json_extract_string(payload, ?::VARCHAR[])) AS v FROM sent) AS extracted
GROUP BY event_type
ORDER BY event_type
"""

_VALUES = """
SELECT event_type, producer, v AS found, COUNT(*) AS events, MIN(published_ts) AS first_ts, MAX(published_ts) AS last_ts
FROM (
    SELECT event_type, producer, published_ts, TRY(json_extract_string(payload, ?)) AS v
    FROM sent
    WHERE event_type IN (SELECT UNNEST(?::VARCHAR[]))
) AS extracted
WHERE v IS NOT NULL
GROUP BY event_type, producer, v
ORDER BY event_type, producer NULLS FIRST, first_ts NULLS FIRST, v
"""


@dataclass(frozen=True)
class Value:
    """A value of a part in the events of a type that one producer sent, and when it was seen."""

    event_type: str
    producer: str | None
    text: str
    events: int
    first_ts: int | None
    last_ts: int | None


def distinct(store: Store, paths: Sequence[Path]) -> Mapping[str, Mapping[Path, int]]:
    """About how many values each part has, by event type."""
    if not paths:
        return {}
    counts = ", ".join(
        f"approx_count_distinct(v[{number}]) AS n{number}" for number in range(1, len(paths) + 1)
    )
    rows = store.rows(_DISTINCT.format(counts=counts), [[json_path(path) for path in paths]])
    return {row[0]: dict(zip(paths, row[1:], strict=True)) for row in rows}


def values(store: Store, path: Path, event_types: Sequence[str]) -> list[Value]:
    """The values of a part, the earliest first."""
    return [Value(*row) for row in store.rows(_VALUES, [json_path(path), list(event_types)])]
