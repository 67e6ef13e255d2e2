"""Who usually reads what: the expectation against which an absence shows."""

from __future__ import annotations

from evtrace.store import Store

#: A reader is expected where it read at least this share of a type's events, and at least so many.
LEAST_SHARE, LEAST_READ = 0.75, 3

#: What several sources tell of one delivery, they tell within this time.
_SAME_MOMENT_NS = 1_000_000_000

#: Who takes over may begin a little before the other ends: this share of the time that the other read.
_OVERLAP = 0.1

#: A name without the version behind it: 'billing-v2' is the next 'billing'.
_STEM = "regexp_replace({name}, '[-_.]?v?[0-9][0-9.]*$', '')"

_LEARN = f"""
INSERT INTO usual_readers
WITH message AS (
    SELECT event_no, COALESCE(event_type, '') AS event_type, COALESCE(channel, '') AS channel, published_ts
    FROM stored_events
    WHERE kind = 'message' AND (event_type IS NOT NULL OR channel IS NOT NULL)
), tries AS (
    SELECT delivery_id, event_no, COALESCE(grp, service) AS reader, service, received_ts, COALESCE(attempt, 1) AS attempt,
           COALESCE(done_ts, received_ts) AS seen_ts, CASE WHEN outcome IS NULL THEN 0 ELSE 1 END AS ended
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
    -- a sign of life: not what others do to a group, nor where the broker sees it whenever it is asked
    SELECT grp AS reader, MAX(ts) AS heard_ts
    FROM (
        SELECT grp, ts FROM records
        WHERE grp IS NOT NULL AND kind NOT IN ('publish', 'gauge', 'end_offset', 'rebalance', 'drop', 'commit')
        UNION ALL
        SELECT grp, MIN(ts) AS ts FROM records
        WHERE grp IS NOT NULL AND kind = 'commit' AND clock IS DISTINCT FROM 'broker'
        GROUP BY grp, channel, part, pos
    ) AS sign
    GROUP BY grp
), seen AS (
    SELECT reader, MAX(seen_ts) AS seen_ts, SUM(ended) * 1.0 / COUNT(*) AS ends_told FROM tries GROUP BY reader
), last_tries AS (
    SELECT t.reader, MAX(t.ended) AS ended, MAX(t.delivery_id) AS delivery_id
    FROM tries AS t
    JOIN seen AS s ON s.reader = t.reader AND s.seen_ts = t.seen_ts
    GROUP BY t.reader
), ended AS (
    SELECT s.reader, GREATEST(s.seen_ts, COALESCE(h.heard_ts, s.seen_ts)) AS watermark, s.ends_told,
           CASE WHEN l.ended = 0 AND COALESCE(h.heard_ts, s.seen_ts) < s.seen_ts + {_SAME_MOMENT_NS} THEN l.delivery_id END AS in_hand
    FROM seen AS s
    LEFT JOIN heard AS h ON h.reader = s.reader
    LEFT JOIN last_tries AS l ON l.reader = s.reader
), reads AS (
    SELECT m.event_type, m.channel, h.reader, MIN(h.service) AS service, COUNT(*) AS read_count,
           MAX(GREATEST(h.received_ts - m.published_ts, 0)) AS slowest_ns, MIN(m.published_ts) AS read_since,
           MAX(m.published_ts) AS read_until
    FROM handed AS h
    JOIN message AS m ON m.event_no = h.event_no
    GROUP BY m.event_type, m.channel, h.reader
), spans AS (
    -- from when to when a reader read a channel; where none is named, a type
    SELECT channel, CASE WHEN channel = '' THEN event_type ELSE '' END AS place, reader, COALESCE(MIN(service), reader) AS service,
           MIN(read_since) AS read_from, MAX(read_until) AS read_until
    FROM reads
    GROUP BY channel, CASE WHEN channel = '' THEN event_type ELSE '' END, reader
    HAVING SUM(read_count) >= {LEAST_READ}
), replaced AS (
    -- who begins where another of its name or service ends has taken over
    SELECT a.channel, a.place, a.reader, MIN(b.read_from) AS read_to
    FROM spans AS a
    JOIN spans AS b
      ON b.channel = a.channel AND b.place = a.place AND b.reader <> a.reader AND b.read_until > a.read_until
      AND b.read_from > a.read_until - (a.read_until - a.read_from) * {_OVERLAP}
    WHERE a.service = b.service OR {_STEM.format(name="a.reader")} = {_STEM.format(name="b.reader")}
    GROUP BY a.channel, a.place, a.reader
), expected AS (
    SELECT r.event_type, r.channel, r.reader, w.watermark, w.ends_told, w.in_hand, s.read_from, x.read_to
    FROM reads AS r
    JOIN ended AS w ON w.reader = r.reader
    LEFT JOIN spans AS s ON s.reader = r.reader AND s.channel = r.channel AND s.place IN ('', r.event_type)
    LEFT JOIN replaced AS x ON x.reader = r.reader AND x.channel = r.channel AND x.place IN ('', r.event_type)
), published AS (
    SELECT r.event_type, r.channel, r.reader, COUNT(*) AS published
    FROM expected AS r
    JOIN message AS m ON m.event_type = r.event_type AND m.channel = r.channel
    WHERE m.published_ts IS NULL OR (
        m.published_ts <= r.watermark AND (r.read_from IS NULL OR m.published_ts >= r.read_from)
        AND (r.read_to IS NULL OR m.published_ts < r.read_to)
    )
    GROUP BY r.event_type, r.channel, r.reader
)
SELECT r.event_type, r.channel, r.reader, COALESCE(r.service, r.reader), p.published, r.read_count, COALESCE(r.slowest_ns, 0),
       w.watermark, r.read_until, w.ends_told, w.in_hand, w.read_from, w.read_to
FROM reads AS r
JOIN expected AS w ON w.event_type = r.event_type AND w.channel = r.channel AND w.reader = r.reader
JOIN published AS p ON p.event_type = r.event_type AND p.channel = r.channel AND p.reader = r.reader
WHERE r.read_count >= {LEAST_READ} AND r.read_count >= {LEAST_SHARE} * p.published
"""

# from when to when each service reads a type, where that is not all the time, whatever the groups that it reads as
_SPANS = """
CREATE OR REPLACE TEMP TABLE reading_spans AS
SELECT CASE WHEN event_type = '' THEN channel ELSE event_type END AS event_type, service AS service, MIN(COALESCE(read_from, 0)) AS read_from,
       MAX(COALESCE(read_to, 9223372036854775807)) AS read_to
FROM usual_readers
GROUP BY CASE WHEN event_type = '' THEN channel ELSE event_type END, service
"""

# how long a service goes on logging; where a group stands, until the end of the source that tells its commits
_ENDS = """
INSERT INTO service_ends
SELECT service AS service, MAX(ts) AS last_ts
FROM records
WHERE service IS NOT NULL AND ts IS NOT NULL
GROUP BY service
ORDER BY service
"""

_COMMITS = """
INSERT INTO standings
WITH told AS (
    SELECT grp AS grp, COALESCE(channel, '') AS channel, COALESCE(part, 0) AS part, pos AS pos, ts AS ts, record_id AS record_id,
           source_id AS source_id,
           ROW_NUMBER() OVER (PARTITION BY grp, channel, part ORDER BY ts DESC, pos DESC, record_id DESC) AS back
    FROM records
    WHERE kind = 'commit' AND grp IS NOT NULL AND pos IS NOT NULL AND ts IS NOT NULL
)
SELECT t.grp AS grp, t.channel AS channel, t.part AS part, t.pos AS pos, CAST(NULL AS BIGINT) AS backlog,
       GREATEST(t.ts, COALESCE(s.last_ts, t.ts)) AS told_ts, t.record_id AS record_id
FROM told AS t
JOIN sources AS s ON s.source_id = t.source_id
WHERE t.back = 1
ORDER BY grp, channel, part
"""

# the last figures of a queue, as its broker names them; what is handed out and not acknowledged waits as well
_GAUGES = """
INSERT INTO standings
SELECT grp, channel, part, NULL AS pos, ready + COALESCE(unacked, 0) AS backlog, ts AS told_ts, record_id
FROM (
    SELECT grp, COALESCE(channel, '') AS channel, COALESCE(part, 0) AS part, ts, record_id,
           COALESCE({ready}) AS ready, COALESCE({unacked}) AS unacked
    FROM (
        SELECT grp, channel, part, ts, record_id, attributes,
               ROW_NUMBER() OVER (PARTITION BY grp, channel, part ORDER BY ts DESC, record_id DESC) AS back
        FROM records
        WHERE kind = 'gauge' AND grp IS NOT NULL AND ts IS NOT NULL AND json_valid(attributes)
    ) AS ranked
    WHERE back = 1
) AS told
WHERE ready IS NOT NULL
ORDER BY grp, channel, part
"""

_READY = ("messages_ready", "info.num_pending", "num_pending", "lag", "LAG", "msgBacklog", "ApproximateNumberOfMessagesVisible",
          "ApproximateNumberOfMessages", "backlog")  # fmt: skip
_UNACKED = ("messages_unacknowledged", "info.num_ack_pending", "num_ack_pending", "unackedMessages",
            "ApproximateNumberOfMessagesNotVisible", "pending")  # fmt: skip


def learn(store: Store) -> None:
    """Learn who usually reads what from the whole store, and until when each is heard of."""
    for table in ("usual_readers", "standings", "service_ends"):
        store.execute(f"DELETE FROM {table}")
    store.execute(_LEARN)
    store.execute(_SPANS)
    store.execute(_ENDS)
    store.execute(_COMMITS)
    store.execute(_GAUGES.format(ready=_figures(_READY), unacked=_figures(_UNACKED)))


def _figures(names: tuple[str, ...]) -> str:
    paths = ("$." + ".".join(f'"{step}"' for step in name.split(".")) for name in names)
    return ", ".join(f"TRY_CAST(json_extract_string(attributes, '{path}') AS BIGINT)" for path in paths)
