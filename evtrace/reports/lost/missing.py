"""Which published slots are without a receive in a group that reads their partition? Told once, asked often."""

from __future__ import annotations

from collections.abc import Iterator

from evtrace.reports.delivery.words import counted
from evtrace.store import Store

#: Slots that several publishes name: two dumps of one channel, or two contents of one slot.
BUSY = """
SELECT channel AS channel, part AS part, pos AS pos, COUNT(*) AS n
FROM evidence
WHERE kind = 'publish' AND pos IS NOT NULL
GROUP BY channel, part, pos
HAVING COUNT(*) > 1
"""

# A receive that names an event and no position is a receive of the slots that hold the event. Where its channel
# has no positions at all (a subject of a stream, an alias) the event alone decides.
_HANDLED = """
placed AS (
    SELECT DISTINCT channel AS channel FROM evidence WHERE kind = 'publish' AND pos IS NOT NULL
), handled AS (
    SELECT grp AS grp, channel AS channel, part AS part, pos AS pos, ts AS ts, kind AS kind
    FROM evidence
    WHERE kind IN ('receive', 'ack', 'nack', 'process', 'dead_letter', 'drop') AND pos IS NOT NULL AND grp <> ''
    UNION ALL
    SELECT r.grp AS grp, p.channel AS channel, p.part AS part, p.pos AS pos, r.ts AS ts, r.kind AS kind
    FROM evidence AS r
    LEFT JOIN placed AS c ON c.channel = r.channel
    JOIN evidence AS p ON p.event_id = r.event_id
    WHERE r.kind IN ('receive', 'ack', 'nack', 'process', 'dead_letter', 'drop') AND r.pos IS NULL AND r.grp <> ''
      AND p.kind = 'publish' AND p.pos IS NOT NULL AND (p.channel = r.channel OR c.channel IS NULL)
)"""

#: Who reads what is known from the whole logs, also where the evidence is cut at a moment before.
_LATER = """
CREATE OR REPLACE TEMP TABLE later_readers AS
SELECT grp AS grp, channel AS channel, part AS part, COUNT(*) AS receives
FROM whole_evidence
WHERE kind = 'receive' AND pos IS NOT NULL AND grp <> '' AND channel <> '' AND {is_cut}
GROUP BY grp, channel, part
"""

#: Who reads which partition, from where, how far. A partition is read by a group that shows any sign of it
#: there; where a group only commits, its receives are not logged and single slots cannot be judged.
READING = f"""
WITH {_HANDLED}, sign AS (
    SELECT grp AS grp, channel AS channel, part AS part, MAX(pos) AS top_pos, CAST(NULL AS BIGINT) AS begin_pos,
           MIN(pos) AS low_pos, MIN(ts) AS low_ts, MAX(ts) AS high_ts,
           SUM(CASE WHEN kind IN ('receive', 'process') THEN 1 ELSE 0 END) AS n
    FROM handled
    GROUP BY grp, channel, part
    UNION ALL
    SELECT grp AS grp, channel AS channel, part AS part, MAX(CASE WHEN kind = 'commit' THEN pos - 1 END) AS top_pos,
           MIN(CASE WHEN kind = 'assign' THEN pos END) AS begin_pos, CAST(NULL AS BIGINT) AS low_pos, MIN(ts) AS low_ts,
           MAX(ts) AS high_ts, 0 AS n
    FROM evidence
    WHERE kind IN ('commit', 'assign') AND grp <> ''
    GROUP BY grp, channel, part
    UNION ALL
    SELECT grp AS grp, channel AS channel, part AS part, CAST(NULL AS BIGINT) AS top_pos, CAST(NULL AS BIGINT) AS begin_pos,
           CAST(NULL AS BIGINT) AS low_pos, CAST(NULL AS BIGINT) AS low_ts, CAST(NULL AS BIGINT) AS high_ts, receives AS n
    FROM later_readers
), logged AS (
    SELECT grp AS grp, channel AS channel, SUM(n) AS receives FROM sign GROUP BY grp, channel
)
SELECT s.grp AS grp, s.channel AS channel, s.part AS part, MAX(s.top_pos) AS passed, MIN(s.begin_pos) AS start_pos,
       MIN(s.low_pos) AS first_pos, MIN(s.low_ts) AS first_ts, MAX(s.high_ts) AS last_ts,
       CASE WHEN MAX(l.receives) > 0 THEN 1 ELSE 0 END AS is_logged,
       ROW_NUMBER() OVER (ORDER BY s.grp, s.channel, s.part) AS reading_no
FROM sign AS s
JOIN logged AS l ON l.grp = s.grp AND l.channel = s.channel
GROUP BY s.grp, s.channel, s.part
"""

#: Types of events in a channel that a group evidently does not take: a stream may hold many subjects, and a
#: subscription may filter. A group is selective where it read past three events of one type without any of
#: them, and did get others; then all types that it never got are not its to read.
UNREAD = """
WITH typed AS (
    SELECT DISTINCT grp AS grp, channel AS channel, event_type AS event_type
    FROM evidence
    WHERE kind IN ('receive', 'ack', 'process') AND grp <> '' AND event_type IS NOT NULL
    UNION
    SELECT DISTINCT r.grp AS grp, r.channel AS channel, p.event_type AS event_type
    FROM evidence AS r
    JOIN evidence AS p ON p.channel = r.channel AND p.part = r.part AND p.pos = r.pos
    WHERE r.kind = 'receive' AND r.event_type IS NULL AND r.pos IS NOT NULL AND r.grp <> ''
      AND p.kind = 'publish' AND p.event_type IS NOT NULL
    UNION
    SELECT DISTINCT r.grp AS grp, p.channel AS channel, p.event_type AS event_type
    FROM evidence AS r
    JOIN evidence AS p ON p.event_id = r.event_id
    WHERE r.kind = 'receive' AND r.pos IS NULL AND r.grp <> '' AND p.kind = 'publish' AND p.pos IS NOT NULL
      AND p.event_type IS NOT NULL
), offered AS (
    SELECT g.grp AS grp, g.channel AS channel, p.event_type AS event_type,
           SUM(CASE WHEN p.pos <= g.passed THEN 1 ELSE 0 END) AS n_passed, COUNT(*) AS n
    FROM (
        SELECT channel AS channel, part AS part, pos AS pos, event_type AS event_type
        FROM evidence
        WHERE kind = 'publish' AND pos IS NOT NULL AND event_type IS NOT NULL
    ) AS p
    JOIN reading AS g ON g.channel = p.channel AND g.part = p.part AND g.is_logged = 1
    GROUP BY g.grp, g.channel, p.event_type
), left_out AS (
    SELECT o.grp AS grp, o.channel AS channel, o.event_type AS event_type, o.n_passed AS n_passed, o.n AS n
    FROM offered AS o
    LEFT JOIN typed AS t ON t.grp = o.grp AND t.channel = o.channel AND t.event_type = o.event_type
    WHERE t.grp IS NULL
), selective AS (
    SELECT DISTINCT l.grp AS grp, l.channel AS channel
    FROM left_out AS l
    JOIN typed AS t ON t.grp = l.grp AND t.channel = l.channel
    WHERE l.n_passed >= 3
)
SELECT l.grp AS grp, l.channel AS channel, l.event_type AS event_type, l.n AS n
FROM left_out AS l
JOIN selective AS s ON s.grp = l.grp AND s.channel = l.channel
"""

#: Slots without a receive. Where one slot holds several events, each has to be received by its own name.
MISSING = f"""
WITH {_HANDLED}, got AS (
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


STEPS = {"busy_slots": BUSY, "reading": READING, "unread_types": UNREAD, "missing_slots": MISSING}


def know_readers(store: Store, *, is_cut: bool) -> None:
    """Work out who reads what and what of it they take, as the temp tables reading and unread_types."""
    store.execute(_LATER.format(is_cut="TRUE" if is_cut else "FALSE"))
    for table in ("reading", "unread_types"):
        store.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {STEPS[table]}")


def prepare(store: Store, *, is_cut: bool) -> None:
    """Work out who reads what and what is missing there, as temp tables."""
    know_readers(store, is_cut=is_cut)
    for table in ("busy_slots", "missing_slots"):
        store.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {STEPS[table]}")
    store.execute(_ROUTED)


def said(store: Store) -> Iterator[str]:
    """What was taken for granted."""
    rows = store.rows(
        "SELECT grp, channel, COUNT(*) AS types, SUM(n) AS n FROM unread_types GROUP BY grp, channel ORDER BY grp, channel"
    )
    for grp, channel, types, events in rows:
        yield f"{grp} got none of {counted(types, 'type')} of events on {channel} ({events:,} events): taken as not subscribed"
