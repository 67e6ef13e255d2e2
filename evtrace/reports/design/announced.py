"""The events that design is judged by: what several observers tell of one event is one."""

from __future__ import annotations

from evtrace.store import Store

# Linking has decided which records tell of one event; a copy for dead letters or another try keeps its id.
_VIEW = """
CREATE OR REPLACE TEMP VIEW announced AS
SELECT COALESCE(s.event_id, o.event_id, CAST(f.event_no AS VARCHAR), CAST(e.record_id AS VARCHAR)) AS event,
       e.event_type AS event_type, e.record_id AS record_id, e.ts AS ts, e.at_broker AS at_broker,
       e.channel AS channel, e.part AS part, e.pos AS pos, e.correlation_id AS correlation_id, e.trace_id AS trace_id,
       e.causation_id AS causation_id, e.schema_ref AS schema_ref, e.schema_version AS schema_version,
       e.payload AS payload
FROM evidence AS e
LEFT JOIN record_flows AS f ON f.record_id = e.record_id
LEFT JOIN stored_events AS s ON s.event_no = f.event_no
LEFT JOIN records AS o ON o.record_id = s.record_id
WHERE e.kind = 'publish' AND e.event_type IS NOT NULL
"""


def prepare(store: Store) -> None:
    """Make the view `announced`, one row a publish and observer; `event` is the same for all that tell of one event."""
    store.execute(_VIEW)
