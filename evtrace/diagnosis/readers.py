"""Who usually reads what: the expectation against which an absence shows."""

from __future__ import annotations

import json

from evtrace.store import Store

#: A reader is expected where it read at least this share of a type's events, and at least so many.
LEAST_SHARE, LEAST_READ = 0.75, 3

_META = "usual_readers"
_COLUMNS = (
    "event_type",
    "channel",
    "reader",
    "service",
    "published",
    "read_count",
    "slowest_ns",
    "watermark",
)

_TABLE = """
CREATE OR REPLACE TEMP TABLE usual_readers (
    event_type VARCHAR,    -- '' where the events have no type
    channel    VARCHAR,    -- '' where they name none
    reader     VARCHAR,    -- the group, or the service where no group is named
    service    VARCHAR,    -- the service behind it
    published  BIGINT,     -- events published until the reader's evidence ends
    read_count BIGINT,     -- how many of them it was handed
    slowest_ns BIGINT,     -- longest time from publish to receive
    watermark  BIGINT      -- where the reader's evidence ends
)
"""

_LEARN = f"""
INSERT INTO usual_readers
WITH message AS (
    SELECT event_no, COALESCE(event_type, '') AS event_type, COALESCE(channel, '') AS channel, published_ts
    FROM stored_events
    WHERE kind = 'message' AND (event_type IS NOT NULL OR channel IS NOT NULL)
), tries AS (
    SELECT event_no, COALESCE(grp, service) AS reader, service, received_ts, COALESCE(attempt, 1) AS attempt,
           COALESCE(done_ts, received_ts) AS seen_ts
    FROM stored_deliveries
    WHERE COALESCE(grp, service) IS NOT NULL
), handed AS (
    -- one row an event and reader: nearly always the first attempt, which needs no grouping
    SELECT event_no, reader, service, received_ts FROM tries WHERE attempt = 1
    UNION ALL
    SELECT t.event_no, t.reader, MIN(t.service) AS service, MIN(t.received_ts) AS received_ts
    FROM tries AS t
    WHERE t.attempt > 1
      AND NOT EXISTS (SELECT 1 FROM tries AS f WHERE f.attempt = 1 AND f.event_no = t.event_no AND f.reader = t.reader)
    GROUP BY t.event_no, t.reader
), heard AS (
    SELECT grp AS reader, MAX(ts) AS heard_ts
    FROM records
    WHERE grp IS NOT NULL AND kind NOT IN ('publish', 'gauge', 'end_offset')
    GROUP BY grp
), ended AS (
    SELECT s.reader, GREATEST(s.seen_ts, COALESCE(h.heard_ts, s.seen_ts)) AS watermark
    FROM (SELECT reader, MAX(seen_ts) AS seen_ts FROM tries GROUP BY reader) AS s
    LEFT JOIN heard AS h ON h.reader = s.reader
), reads AS (
    SELECT m.event_type, m.channel, h.reader, MIN(h.service) AS service, COUNT(*) AS read_count,
           MAX(GREATEST(h.received_ts - m.published_ts, 0)) AS slowest_ns
    FROM handed AS h
    JOIN message AS m ON m.event_no = h.event_no
    GROUP BY m.event_type, m.channel, h.reader
), published AS (
    SELECT r.event_type, r.channel, r.reader, COUNT(*) AS published
    FROM reads AS r
    JOIN ended AS w ON w.reader = r.reader
    JOIN message AS m ON m.event_type = r.event_type AND m.channel = r.channel
    WHERE m.published_ts IS NULL OR m.published_ts <= w.watermark
    GROUP BY r.event_type, r.channel, r.reader
)
SELECT r.event_type, r.channel, r.reader, r.service, p.published, r.read_count, COALESCE(r.slowest_ns, 0),
       w.watermark
FROM reads AS r
JOIN ended AS w ON w.reader = r.reader
JOIN published AS p ON p.event_type = r.event_type AND p.channel = r.channel AND p.reader = r.reader
WHERE r.read_count >= {LEAST_READ} AND r.read_count >= {LEAST_SHARE} * p.published
"""

_ROWS = f"SELECT {', '.join(_COLUMNS)} FROM usual_readers ORDER BY event_type, channel, reader"


def learn(store: Store) -> None:
    """Learn who usually reads what from the whole store, and keep it there."""
    store.execute(_TABLE)
    store.execute(_LEARN)
    store.set_meta(_META, json.dumps(store.rows(_ROWS)))


def recall(store: Store) -> None:
    """Let the temporary table usual_readers hold what was learned; learn it where nobody did."""
    kept = store.meta(_META)
    store.execute(_TABLE)
    if kept is None:
        store.execute(_LEARN)
        return
    rows = json.loads(kept)
    if rows:
        places = ", ".join(f"({', '.join('?' * len(_COLUMNS))})" for _ in rows)
        store.execute(f"INSERT INTO usual_readers VALUES {places}", [value for row in rows for value in row])
