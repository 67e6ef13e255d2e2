"""When did the shape of what a producer sends change, how far does it reach, and who failed on it?"""

from __future__ import annotations

from collections.abc import Sequence

from evtrace.observed import Drift, FailedReader
from evtrace.reports.shapes import lay_out, shapes, spoken
from evtrace.reports.timelines import Timeline, timelines
from evtrace.reports.turns import Turn, turns
from evtrace.store import Store

_AFFECTED = """
SELECT COUNT(*) AS events, COUNT(DISTINCT flow_id) AS flows, MIN(published_ts) AS since_ts,
       arg_min(event_id, published_ts) AS event_id, arg_min(record_id, published_ts) AS record_id
FROM sent
WHERE {condition}
"""
_COPIES = "SELECT COUNT(*) AS copies FROM copied WHERE {condition}"

# A further attempt may be at a copy that was put aside for it.
_FAILED = """
SELECT reader, failed, tried FROM (
    SELECT COALESCE(d.grp, d.service) AS reader,
           SUM(CASE WHEN d.outcome IN ('error', 'dead_letter', 'rejected') THEN 1 ELSE 0 END) AS failed, COUNT(*) AS tried
    FROM stored_deliveries AS d
    JOIN laid_out ON laid_out.event_no = d.event_no
    WHERE {condition}
    GROUP BY COALESCE(d.grp, d.service)
) AS counted
WHERE failed > 0 AND reader IS NOT NULL
ORDER BY failed DESC, reader
"""

_FINDINGS = """
INSERT INTO findings
SELECT ? AS rule, ? AS severity, flow_id, event_id, channel, part, pos, NULL AS grp, ? AS sentence,
       '[' || record_id || ']' AS evidence
FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY flow_id ORDER BY published_ts, event_no) AS nth FROM sent WHERE {condition}
) AS affected
WHERE nth = 1
"""


def run(store: Store, event_types: Sequence[str] = ()) -> tuple[Drift, ...]:
    """Find every drift, the latest first, and keep it as findings of the flows that it touches."""
    lay_out(store, event_types)
    found: list[Drift] = []
    lines = timelines(shapes(store))
    changes = list(turns(store, lines))
    if not store.read_only:
        store.execute("DELETE FROM findings WHERE rule LIKE 'drift/%'")
    for line, change in changes:
        drift = _counted(store, line, change)
        found.append(drift)
        if not store.read_only and drift.severity != "info":
            _keep(store, line, change, drift)
    return tuple(sorted(found, key=lambda one: (-(one.since_at or 0), one.event_type, one.path)))


def _where(line: Timeline, change: Turn) -> tuple[str, list[object]]:
    condition = (
        f"event_type = ? AND producer IS NOT DISTINCT FROM ? AND published_ts >= ? AND {change.condition}"
    )
    return condition, [line.event_type, line.producer, change.since_ts, *change.words]


def _counted(store: Store, line: Timeline, change: Turn) -> Drift:
    condition, words = _where(line, change)
    events, flows, since, event_id, record_id = store.row(_AFFECTED.format(condition=condition), words)
    failed = tuple(FailedReader(*row) for row in store.rows(_FAILED.format(condition=condition), words))
    copies = store.value(_COPIES.format(condition=condition), words)
    severity = "info" if change.rule == "drift/field-new" else "error" if failed else "warning"
    return Drift(
        change.rule, severity, line.event_type, line.producer, spoken(change.path), since, event_id, record_id, events,
        flows, failed, change.sentence, copies,
    )  # fmt: skip


def _keep(store: Store, line: Timeline, change: Turn, drift: Drift) -> None:
    condition, words = _where(line, change)
    told = f"{line.event_type} of {line.producer or 'an unknown producer'}: {change.sentence}"
    store.execute(_FINDINGS.format(condition=condition), [change.rule, drift.severity, told, *words])
