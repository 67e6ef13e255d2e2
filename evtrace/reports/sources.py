"""What was read, and what of it was understood?"""

from __future__ import annotations

import json
from typing import Any

from evtrace.results import Reject, SourceSummary
from evtrace.store import Store

_SOURCES = """
SELECT uri, format, dialect, COALESCE(units, 0), COALESCE(records, 0), COALESCE(parts, 0),
       COALESCE(skipped, 0), COALESCE(rejects, 0), first_ts, last_ts, COALESCE(undated, 0), notes, mapping, source_id
FROM sources
ORDER BY source_id
"""

_REJECTS = """
SELECT s.uri, r.line, r.item, r.reason, r.text
FROM rejects AS r
JOIN sources AS s ON s.source_id = r.source_id
ORDER BY r.source_id, r.line, r.item, r.reason
"""


def run(store: Store) -> tuple[SourceSummary, ...]:
    """List the sources in the order of first reading."""
    return tuple(_summary(*row) for row in store.rows(_SOURCES))


def rejects(store: Store) -> tuple[Reject, ...]:
    """List the units that could not be read."""
    return tuple(Reject(*row) for row in store.rows(_REJECTS))


def _summary(*row: Any) -> SourceSummary:
    *facts, notes, mapping, source_id = row
    values = [*facts, "known", tuple(json.loads(notes or "[]")), json.loads(mapping or "{}"), source_id]
    return SourceSummary(*values)
