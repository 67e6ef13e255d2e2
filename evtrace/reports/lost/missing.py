"""Which published slots are without a receive in a group that reads their partition? Told once, asked often."""

from __future__ import annotations

from evtrace.reports.delivery import readers
from evtrace.reports.delivery.readers import HANDLED
from evtrace.store import Store

#: Slots that several publishes name: two dumps of one channel, or two contents of one slot.
BUSY = """
SELECT channel AS channel, part AS part, pos AS pos, COUNT(*) AS n
FROM evidence
WHERE kind = 'publish' AND pos IS NOT NULL
GROUP BY channel, part, pos
HAVING COUNT(*) > 1
"""

#: Slots without a receive. Where one slot holds several events, each has to be received by its own name.
MISSING = f"""
WITH {HANDLED}, got AS (
    SELECT g.reading_no AS reading_no, h.pos AS pos
    FROM handled AS h
    JOIN reading AS g ON g.grp = h.grp AND g.channel = h.channel AND g.part = h.part
), published AS (
    SELECT g.reading_no AS reading_no, p.pos AS pos, p.record_id AS record_id
    FROM evidence AS p
    JOIN reading AS g ON g.channel = p.channel AND g.part = p.part AND g.is_logged = 1
    LEFT JOIN unread_types AS u ON u.grp = g.grp AND u.channel = p.channel AND u.event_type = p.event_type
    WHERE p.kind = 'publish' AND p.pos IS NOT NULL AND u.grp IS NULL
), holder AS (
    SELECT p.channel AS channel, p.part AS part, p.pos AS pos, p.event_id AS event_id, MIN(p.record_id) AS first_id
    FROM evidence AS p
    JOIN busy_slots AS b ON b.channel = p.channel AND b.part = p.part AND b.pos = p.pos
    WHERE p.kind = 'publish' AND p.event_id IS NOT NULL
    GROUP BY p.channel, p.part, p.pos, p.event_id
), contested AS (
    SELECT channel AS channel, part AS part, pos AS pos FROM holder GROUP BY channel, part, pos HAVING COUNT(*) > 1
), named AS (
    SELECT DISTINCT g.reading_no AS reading_no, h.channel AS channel, h.part AS part, h.pos AS pos, h.event_id AS event_id
    FROM evidence AS r
    JOIN holder AS h ON h.channel = r.channel AND h.part = r.part AND h.pos = r.pos AND h.event_id = r.event_id
    JOIN contested AS c ON c.channel = h.channel AND c.part = h.part AND c.pos = h.pos
    JOIN reading AS g ON g.grp = r.grp AND g.channel = r.channel AND g.part = r.part
    WHERE r.kind = 'receive'
), supplanted AS (
    SELECT DISTINCT n.reading_no AS reading_no, h.pos AS pos, h.first_id AS record_id
    FROM named AS n
    JOIN holder AS h ON h.channel = n.channel AND h.part = n.part AND h.pos = n.pos AND h.event_id <> n.event_id
    LEFT JOIN named AS m
      ON m.reading_no = n.reading_no AND m.channel = h.channel AND m.part = h.part AND m.pos = h.pos AND m.event_id = h.event_id
    WHERE m.event_id IS NULL
)
SELECT reading_no AS reading_no, pos AS pos, first_id AS record_id
FROM (
    SELECT p.reading_no AS reading_no, p.pos AS pos, MIN(p.record_id) AS first_id
    FROM published AS p
    LEFT JOIN got AS h ON h.reading_no = p.reading_no AND h.pos = p.pos
    WHERE h.pos IS NULL
    GROUP BY p.reading_no, p.pos
) AS unread
UNION ALL
SELECT reading_no AS reading_no, pos AS pos, record_id AS record_id FROM supplanted
"""

#: Queues that a publish names as those it went to: readers that are known without a guess.
_ROUTED = """
CREATE OR REPLACE TEMP TABLE routed_to AS
SELECT record_id AS record_id, ts AS ts, channel AS channel, item AS item, UNNEST(queues) AS grp
FROM (
    SELECT record_id, ts, channel, item, TRY(CAST(json_extract_string(routed, '$[*]') AS VARCHAR[])) AS queues
    FROM evidence
    WHERE kind = 'publish' AND routed IS NOT NULL AND item <> '' AND json_valid(routed)
) AS told
"""


STEPS = {"busy_slots": BUSY, "missing_slots": MISSING}


def prepare(store: Store, *, is_cut: bool) -> None:
    """Work out who reads what and what is missing there, as temp tables."""
    readers.know(store, is_cut=is_cut)
    for table, sql in STEPS.items():
        store.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {sql}")
    store.execute(_ROUTED)
