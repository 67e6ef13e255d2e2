"""Where a row can be read again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from evtrace.anomalies import Anomaly
from evtrace.results import Evidence
from evtrace.store import Store

_LINES = """
SELECT r.record_id, s.uri, r.line
FROM records AS r
JOIN (SELECT UNNEST(?::BIGINT[]) AS record_id) AS w ON w.record_id = r.record_id
JOIN sources AS s ON s.source_id = r.source_id
"""


def with_evidence(store: Store, rows: Sequence[Anomaly]) -> list[Anomaly]:
    """The rows with source and line of the records that prove each, the earlier first, and with their sentence."""
    found = store.rows(_LINES, [_records(rows)]) if rows else []
    places = {record: Evidence(uri, line) for record, uri, line in found}
    return [
        replace(
            row,
            sentence=row.told(),
            evidence=tuple(places[one] for one in row.record_ids[::-1] if one in places),
        )
        for row in rows
    ]


def _records(rows: Iterable[Anomaly]) -> list[int]:
    return sorted({record for row in rows for record in row.record_ids})
