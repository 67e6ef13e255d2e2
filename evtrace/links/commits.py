"""Where a reader commits positions instead of acknowledging messages, a commit past a slot ends its handling."""

from __future__ import annotations

from evtrace.links import deliveries, narrow
from evtrace.links.hashes import coded
from evtrace.links.work import Work

#: Commits of the whole store, by reader, which is known by its group, its service, or both: a commit belongs to no flow, and ends handlings in many.
_COMMITS = " UNION ALL ".join(
    f"""
SELECT {coded(f"r.{name}", "service")} AS who, r.channel AS channel, COALESCE(r.part, 0) AS part,
       r.pos AS pos, r.ts AS ts, r.service IS NOT NULL AND r.clock IS DISTINCT FROM 'broker' AS by_reader, r.record_id AS record_id
FROM records AS r
WHERE r.kind = 'commit' AND r.{name} IS NOT NULL AND r.channel IS NOT NULL AND r.pos IS NOT NULL AND r.ts IS NOT NULL
"""
    for name in ("grp", "service")
)

_ANY = "SELECT kind FROM record_rows WHERE kind = 'commit'"


def end_handlings(work: Work) -> None:
    """Deliveries without a known end, that were begun before their reader committed past them, went well.

    Their end has a time only where the reader itself tells of the commit: no two clocks are mixed.
    """
    if not work.has("channel", "pos") or not work.any(_ANY):
        return
    work.run(_ENDED)
    if work.any("SELECT delivery_id FROM committed"):
        _store(work)


def _store(work: Work) -> None:
    present = narrow.stored(work, "delivery_rows_stored")
    for name, kind in (("result", "INTEGER"), ("done_ts", "BIGINT")):
        if name not in present:
            work.run(f"ALTER TABLE delivery_rows_stored ADD COLUMN {name} {kind}")
    deliveries.show(work)
    work.run("""
        UPDATE delivery_rows_stored SET result = 1, done_ts = COALESCE(delivery_rows_stored.done_ts, c.done_ts)
        FROM committed AS c
        WHERE delivery_rows_stored.delivery_id = c.delivery_id AND delivery_rows_stored.event_no = c.event_no
    """)


# Of the commits past a slot the first one counts; it must not be older than the receive, as after a replay, nor
# later than the next attempt at the same slot: then it ended that one, and this one broke off.
_ENDED = f"""
CREATE OR REPLACE TEMP TABLE committed AS
WITH again AS (
    SELECT d.event_no, d.who, d.attempt, r.channel, COALESCE(r.part, 0) AS part, r.pos, MIN(d.received_ts) AS again_ts
    FROM delivery_rows AS d
    JOIN records AS r ON r.record_id = d.record_id
    WHERE d.attempt > 1 AND d.received_ts IS NOT NULL
    GROUP BY d.event_no, d.who, d.attempt, r.channel, COALESCE(r.part, 0), r.pos
), begun AS (
    SELECT d.delivery_id, d.event_no, d.reader AS who, r.channel, COALESCE(r.part, 0) AS part, r.pos, d.received_ts,
           n.again_ts
    FROM (
        SELECT *, who AS reader FROM delivery_rows UNION ALL SELECT *, svc AS reader FROM delivery_rows WHERE svc <> who
    ) AS d
    JOIN records AS r ON r.record_id = d.record_id
    LEFT JOIN again AS n ON n.event_no = d.event_no AND n.who = d.who AND n.attempt = d.attempt + 1
                        AND n.channel = r.channel AND n.part = COALESCE(r.part, 0) AND n.pos = r.pos
    WHERE d.result IS NULL AND d.received_ts IS NOT NULL AND r.channel IS NOT NULL AND r.pos IS NOT NULL
), steps AS (
    SELECT who, channel, part, pos, 0 AS is_commit, delivery_id, event_no, received_ts, again_ts, CAST(NULL AS BIGINT) AS ts,
           CAST(NULL AS BOOLEAN) AS by_reader, delivery_id AS record_id
    FROM begun
    UNION ALL
    SELECT who, channel, part, pos, 1, NULL, NULL, NULL, NULL, ts, by_reader, record_id FROM ({_COMMITS}) AS c
), placed AS (
    SELECT s.*, MIN(CASE WHEN by_reader THEN ts END) OVER w AS own_ts, MIN(ts) OVER w AS any_ts
    FROM steps AS s
    WINDOW w AS (PARTITION BY who, channel, part ORDER BY pos DESC, is_commit, record_id, event_no ROWS UNBOUNDED PRECEDING)
)
SELECT delivery_id, event_no, MIN(CASE WHEN own_ts >= received_ts THEN own_ts END) AS done_ts
FROM placed
WHERE is_commit = 0 AND (own_ts >= received_ts OR (own_ts IS NULL AND any_ts >= received_ts))
  AND (again_ts IS NULL OR COALESCE(own_ts, any_ts) < again_ts)
GROUP BY delivery_id, event_no
"""


def touch(work: Work) -> None:
    """Add to `touched` the flows whose open handlings the new commits may end."""
    new = f"SELECT * FROM ({_COMMITS}) AS c WHERE c.record_id >= {work.first_row}"
    if not work.any(f"{_ANY} AND rowid >= {work.first_row}"):
        return
    work.run(f"""
        INSERT INTO touched
        SELECT DISTINCT d.flow_id
        FROM stored_deliveries AS d
        JOIN records AS r ON r.record_id = d.record_id
        JOIN (
            SELECT who, channel, part, MAX(pos) AS pos FROM ({new}) AS n GROUP BY who, channel, part
        ) AS c ON c.channel = r.channel AND c.part = COALESCE(r.part, 0) AND c.pos > r.pos
              AND c.who IN ({coded("d.grp", "service")}, {coded("d.service", "service")})
        ANTI JOIN touched AS t ON t.flow_id = d.flow_id
        WHERE d.outcome IS NULL OR d.done_ts IS NULL
    """)
