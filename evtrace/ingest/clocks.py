"""Sources whose clock is whole hours off the sources that share their flows: a zone was not named."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from evtrace.model import NS_PER_S
from evtrace.results import SourceSummary
from evtrace.store import Store

_HALF_HOUR_NS = 1800 * NS_PER_S
#: Records of one flow lie this close together once the zone is right.
_NEAR_NS = 300 * NS_PER_S

#: Per source the median distance between its first record of a flow and the first of the other sources there.
_DISTANCES = """
WITH first_seen AS (
    SELECT f.flow_id AS flow_id, r.source_id AS source_id, MIN(r.ts) AS ts
    FROM records AS r JOIN record_flows AS f ON f.record_id = r.record_id
    WHERE r.ts IS NOT NULL
    GROUP BY f.flow_id, r.source_id),
distance AS (
    SELECT a.source_id AS source_id, a.ts - MIN(b.ts) AS ns
    FROM first_seen AS a JOIN first_seen AS b ON b.flow_id = a.flow_id AND b.source_id <> a.source_id
    GROUP BY a.source_id, a.flow_id, a.ts),
ranked AS (
    SELECT source_id, ns, ROW_NUMBER() OVER (PARTITION BY source_id ORDER BY ns) AS rank_no,
           COUNT(*) OVER (PARTITION BY source_id) AS n
    FROM distance)
SELECT source_id, ns FROM ranked WHERE rank_no = (n + 1) // 2 AND n >= 3 ORDER BY source_id
"""


def clock_notes(store: Store, summaries: Sequence[SourceSummary]) -> list[SourceSummary]:
    """The summaries, with a note on each source that is whole hours off its neighbours."""
    if (
        sum(summary.records > 0 for summary in summaries) == 0
        or store.value("SELECT count(*) FROM sources") < 2
    ):
        return list(summaries)
    notes = {source_id: _sentence(ns) for source_id, ns in store.rows(_DISTANCES) if _is_whole_hours(ns)}
    return [_noted(store, summary, notes.get(summary.source_id)) for summary in summaries]


def _is_whole_hours(ns: int) -> bool:
    rest = abs(ns) % _HALF_HOUR_NS
    return abs(ns) >= _HALF_HOUR_NS - _NEAR_NS and min(rest, _HALF_HOUR_NS - rest) <= _NEAR_NS


def _sentence(ns: int) -> str:
    half_hours = round(abs(ns) / _HALF_HOUR_NS)
    return (
        f"its times are {half_hours / 2:g} h {'ahead of' if ns > 0 else 'behind'} the sources that share its flows: "
        "if they name no zone, read it again into a new store with --tz"
    )


def _noted(store: Store, summary: SourceSummary, note: str | None) -> SourceSummary:
    if note is None:
        return summary
    notes = (*summary.notes, note)
    store.execute(
        "UPDATE sources SET notes = ? WHERE source_id = ?",
        [json.dumps(notes, ensure_ascii=False), summary.source_id],
    )
    return replace(summary, notes=notes)
