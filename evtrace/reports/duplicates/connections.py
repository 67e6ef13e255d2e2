"""Connections that a broker says were closed: what their clients had in hand goes to others, or comes again."""

from __future__ import annotations

from evtrace.model import CONNECTION_CLOSED
from evtrace.store import Store

#: The clocks of a broker and of a service differ; a closed connection is looked for this much around two receives.
SKEW_NS = 250_000_000

# Made before the question, for patterns are no business of it. Who is gone stands in the line's words.
_CLOSED = """
CREATE OR REPLACE TEMP TABLE closed_connections AS
SELECT record_id AS record_id, ts AS ts, message AS message
FROM records
WHERE kind = 'log' AND service IS NULL AND ts IS NOT NULL AND regexp_matches(message, ?)
"""


def prepare(store: Store) -> None:
    """Gather the lines that tell of closed connections, as the temp table closed_connections."""
    store.execute(_CLOSED, [CONNECTION_CLOSED])
