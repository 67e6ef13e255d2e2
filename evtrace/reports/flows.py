"""Which flows are there, newest first?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from evtrace.reports.window import Window
from evtrace.results import FlowList, FlowRow, Identity, Incident
from evtrace.store import Store

_ROWS = """
SELECT f.flow_id, f.verdict, f.root_type, f.started_ts, f.last_ts, f.records, f.events, f.services, f.errors, c.kind
FROM (
    SELECT * FROM flows
    WHERE {condition}
    ORDER BY started_ts DESC NULLS LAST, flow_id DESC
    {limit}
) AS f
LEFT JOIN flow_causes AS c ON c.flow_id = f.flow_id AND c.nth = 1
ORDER BY f.started_ts DESC NULLS LAST, f.flow_id DESC
"""

#: So many incidents are listed.
INCIDENTS = 50

# every cause counts, not only the first of a flow
_INCIDENTS = """
SELECT kind, service, event_type, signature, COUNT(DISTINCT flow_id) AS n, MIN(seen_ts) AS since_ts, MAX(seen_ts) AS last_ts,
       MAX(flow_id) AS example
FROM flow_causes
WHERE kind <> 'unknown' AND {of_cause} AND flow_id IN (SELECT flow_id FROM flows WHERE {condition})
GROUP BY kind, service, event_type, signature
ORDER BY n DESC, since_ts, kind, signature
LIMIT {limit}
"""

#: The id by which people know a flow: one of the business before those of the machinery.
_NAMES = """
SELECT flow_id, kind, value
FROM (
    SELECT i.flow_id, i.kind, i.value,
           ROW_NUMBER() OVER (
               PARTITION BY i.flow_id
               ORDER BY CASE i.kind WHEN 'correlation' THEN 2 WHEN 'key' THEN 1 WHEN 'trace' THEN 3 WHEN 'event' THEN 4
                                    WHEN 'causation' THEN 5 WHEN 'span' THEN 6 WHEN 'slot' THEN 7 WHEN 'routing_key' THEN 8 ELSE 0 END,
                        CASE WHEN COALESCE(k.joins, TRUE) THEN 0 ELSE 1 END, i.kind, i.value
           ) AS nth
    FROM identities AS i
    LEFT JOIN id_kinds AS k ON k.kind = i.kind
    WHERE i.flow_id IN (SELECT UNNEST(?::BIGINT[])) AND i.kind <> 'link'
) AS named
WHERE nth = 1
"""


@dataclass(frozen=True)
class Wanted:
    """Which flows are asked for."""

    window: Window = field(default_factory=Window)
    verdicts: tuple[str, ...] = ()
    root_type: str | None = None
    causes: tuple[str, ...] = ()  # kinds of cause
    limit: int = 20  # 0: all


def run(store: Store, wanted: Wanted) -> FlowList:
    """List the flows that fit, newest first."""
    text, params = condition(wanted)
    total = store.value(f"SELECT COUNT(*) FROM flows WHERE {text}", params)
    rows = _rows(store, text, params, limit=wanted.limit)
    return FlowList(rows, total, _incidents(store, text, params, causes=wanted.causes))


def _incidents(
    store: Store, fits: str, params: Sequence[Any], *, causes: Sequence[str]
) -> tuple[Incident, ...]:
    of_cause = "kind IN (SELECT UNNEST(?::VARCHAR[]))" if causes else "TRUE"
    sql = _INCIDENTS.format(condition=fits, of_cause=of_cause, limit=INCIDENTS)
    found = store.rows(sql, [*([list(causes)] if causes else []), *params])
    return tuple(
        Incident(kind, service, event_type, signature.rpartition(" | ")[2], *rest)
        for kind, service, event_type, signature, *rest in found
    )


def rows_of(store: Store, flow_ids: Sequence[int], *, limit: int) -> tuple[FlowRow, ...]:
    """The newest of these flows."""
    return _rows(store, "flow_id IN (SELECT UNNEST(?::BIGINT[]))", [list(flow_ids)], limit=limit)


def condition(wanted: Wanted) -> tuple[str, list[Any]]:
    """The SQL that a flow has to meet, and its parameters."""
    parts: list[tuple[str, Any]] = []
    if wanted.window.since is not None:
        parts.append(("last_ts >= ?", wanted.window.since))
    if wanted.window.until is not None:
        parts.append(("started_ts <= ?", wanted.window.until))
    if wanted.root_type is not None:
        parts.append(("root_type = ?", wanted.root_type))
    if wanted.verdicts:
        parts.append(("verdict IN (SELECT UNNEST(?::VARCHAR[]))", list(wanted.verdicts)))
    if wanted.causes:
        sql = "flow_id IN (SELECT flow_id FROM flow_causes WHERE kind IN (SELECT UNNEST(?::VARCHAR[])))"
        parts.append((sql, list(wanted.causes)))
    return " AND ".join(text for text, _ in parts) or "TRUE", [value for _, value in parts]


def _rows(store: Store, condition: str, params: Sequence[Any], *, limit: int) -> tuple[FlowRow, ...]:
    counted = f"LIMIT {int(limit)}" if limit else ""
    rows = store.rows(_ROWS.format(condition=condition, limit=counted), params)
    named = store.rows(_NAMES, [[row[0] for row in rows]]) if rows else []
    names = {flow_id: Identity(kind, value) for flow_id, kind, value in named}
    return tuple(FlowRow(*(*facts, names.get(facts[0]), cause)) for *facts, cause in rows)
