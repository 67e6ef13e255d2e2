"""Who reads what: which partitions a group reads, from where, how far, and which types of events it takes."""

from __future__ import annotations

from collections.abc import Iterator

from evtrace.reports.delivery.words import counted
from evtrace.store import Store

# A receive that names an event and no position is a receive of the slots that hold the event. Where its channel
# has no positions at all (a subject of a stream, an alias) the event alone decides.
HANDLED = """
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
WITH {HANDLED}, sign AS (
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
#: subscription may filter. Slots are counted, however many dumps show them. A group is selective where it read past three events of one type without any of
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
    SELECT DISTINCT g.grp AS grp, p.channel AS channel, p.event_type AS event_type
    FROM (
        SELECT DISTINCT channel AS channel, part AS part, event_type AS event_type
        FROM evidence
        WHERE kind = 'publish' AND pos IS NOT NULL AND event_type IS NOT NULL
    ) AS p
    JOIN reading AS g ON g.channel = p.channel AND g.part = p.part AND g.is_logged = 1
), left_out AS (
    SELECT o.grp AS grp, o.channel AS channel, o.event_type AS event_type
    FROM offered AS o
    LEFT JOIN typed AS t ON t.grp = o.grp AND t.channel = o.channel AND t.event_type = o.event_type
    WHERE t.grp IS NULL
), slot AS (
    SELECT DISTINCT p.channel AS channel, p.event_type AS event_type, p.part AS part, p.pos AS pos
    FROM evidence AS p
    JOIN (SELECT DISTINCT channel AS channel, event_type AS event_type FROM left_out) AS l
      ON l.channel = p.channel AND l.event_type = p.event_type
    WHERE p.kind = 'publish' AND p.pos IS NOT NULL
), recounted AS (
    SELECT l.grp AS grp, l.channel AS channel, l.event_type AS event_type,
           SUM(CASE WHEN s.pos <= g.passed THEN 1 ELSE 0 END) AS n_passed, COUNT(*) AS n
    FROM left_out AS l
    JOIN slot AS s ON s.channel = l.channel AND s.event_type = l.event_type
    JOIN reading AS g ON g.grp = l.grp AND g.channel = s.channel AND g.part = s.part AND g.is_logged = 1
    GROUP BY l.grp, l.channel, l.event_type
), selective AS (
    SELECT DISTINCT l.grp AS grp, l.channel AS channel
    FROM recounted AS l
    JOIN typed AS t ON t.grp = l.grp AND t.channel = l.channel
    WHERE l.n_passed >= 3
)
SELECT l.grp AS grp, l.channel AS channel, l.event_type AS event_type, l.n AS n
FROM recounted AS l
JOIN selective AS s ON s.grp = l.grp AND s.channel = l.channel
"""


def know(store: Store, *, is_cut: bool) -> None:
    """Work out who reads what and what of it they take, as the temp tables reading and unread_types."""
    store.execute(_LATER.format(is_cut="TRUE" if is_cut else "FALSE"))
    store.execute(f"CREATE OR REPLACE TEMP TABLE reading AS {READING}")
    store.execute(f"CREATE OR REPLACE TEMP TABLE unread_types AS {UNREAD}")


def said(store: Store) -> Iterator[str]:
    """What was taken for granted."""
    rows = store.rows(
        "SELECT grp, channel, COUNT(*) AS types, SUM(n) AS n FROM unread_types GROUP BY grp, channel ORDER BY grp, channel"
    )
    for grp, channel, types, events in rows:
        yield f"{grp} got none of {counted(types, 'type')} of events on {channel} ({counted(events, 'message')}): taken as not subscribed"
