"""Does anybody read at all? What brokers say of members and consumers, and what shows otherwise later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evtrace.reports.lag.behind import LagRow
from evtrace.store import Store

#: Names under which brokers count who reads; ingest keeps them in the attributes of a gauge.
_READERS = ("consumers", "members", "#MEMBERS")
_COUNT = ", ".join(
    f"TRY_CAST(json_extract_string(attributes, '$.\"{name}\"') AS BIGINT)" for name in _READERS
)

#: What brokers write where the last member is gone, and where one has come.
_GONE = ("%has no active members%", "% is now empty%")
_COME = ("%Stabilized group%", "% joins group %", "%Assignment received%", "%joined group%", "%synced group%")

# Statements on who reads: 1 somebody, 0 nobody. Made before the question, for JSON is no business of it. A queue is
# its own group.
_STATEMENTS = f"""
CREATE OR REPLACE TEMP TABLE attendance AS
SELECT record_id AS record_id, grp AS grp, channel AS channel, any_broker AS any_broker, ts AS ts, is_read AS is_read
FROM (
    SELECT e.record_id AS record_id, CASE WHEN e.grp = '' THEN e.channel ELSE e.grp END AS grp, e.channel AS channel,
           COALESCE(e.broker, '') AS any_broker, e.ts AS ts,
           CASE WHEN a.readers = 0 OR {{gone}} THEN 0
                WHEN a.readers > 0 OR {{come}} OR (e.kind = 'gauge' AND e.consumer <> '') THEN 1 END AS is_read
    FROM evidence AS e
    LEFT JOIN (
        SELECT record_id, COALESCE({_COUNT}, CAST(NULL AS BIGINT)) AS readers
        FROM records
        WHERE kind = 'gauge' AND attributes IS NOT NULL AND json_valid(attributes)
    ) AS a ON a.record_id = e.record_id
    WHERE e.kind IN ('gauge', 'rebalance')
) AS told
WHERE is_read IS NOT NULL AND grp <> ''
"""

# The last word that nobody reads counts where no member and no step of the group is seen after it. Where it has no
# time, it counts where nothing at all is seen of the group; a member that is named beside a position reads.
_EMPTY = """
WITH place AS (
    SELECT DISTINCT CASE WHEN grp = '' THEN channel ELSE grp END AS grp, channel AS channel, COALESCE(broker, '') AS any_broker
    FROM evidence
    WHERE kind IN ('commit', 'ack', 'receive', 'gauge')
), empty AS (
    SELECT grp AS grp, channel AS channel, any_broker AS any_broker, ts AS ts, record_id AS record_id,
           ROW_NUMBER() OVER (PARTITION BY grp, channel, any_broker
                              ORDER BY COALESCE(ts, -4000000000000000000) DESC, record_id DESC) AS back
    FROM attendance
    WHERE is_read = 0
), alive AS (
    SELECT grp AS grp, any_broker AS any_broker, MAX(ts) AS last_ts, COUNT(*) AS n
    FROM (
        SELECT grp AS grp, any_broker AS any_broker, ts AS ts FROM attendance WHERE is_read = 1
        UNION ALL
        SELECT grp AS grp, COALESCE(broker, '') AS any_broker, ts AS ts
        FROM evidence
        WHERE kind IN ('receive', 'ack', 'nack', 'process', 'commit', 'assign') AND grp <> '' AND ts IS NOT NULL
        UNION ALL
        SELECT grp AS grp, COALESCE(broker, '') AS any_broker, ts AS ts
        FROM evidence
        WHERE kind IN ('commit', 'end_offset') AND at_broker = 1 AND grp <> '' AND consumer <> '' AND ts IS NULL
    ) AS step
    GROUP BY grp, any_broker
)
SELECT p.grp AS grp, p.channel AS channel, MAX(e.record_id) AS proof_id
FROM place AS p
JOIN empty AS e ON e.grp = p.grp AND e.any_broker = p.any_broker AND (e.channel = '' OR e.channel = p.channel) AND e.back = 1
LEFT JOIN alive AS l ON l.grp = e.grp AND l.any_broker = e.any_broker
WHERE l.n IS NULL OR e.ts >= l.last_ts
GROUP BY p.grp, p.channel
ORDER BY p.grp, p.channel
"""


def prepare(store: Store) -> None:
    """Gather what is said about who reads, as the temp table attendance."""
    store.execute(_STATEMENTS.format(gone=_like(_GONE), come=_like(_COME)))


def with_absence(store: Store, rows: Sequence[LagRow], *, allowed: int) -> list[LagRow]:
    """The rows; where messages wait and nobody reads, the group has stopped, whatever its last steps looked like."""
    if not store.rows("SELECT 1 AS one FROM attendance WHERE is_read = 0 LIMIT 1"):
        return list(rows)
    empty = {(grp, channel): record for grp, channel, record in store.rows(_EMPTY)}
    return [_absent(row, empty.get((row.grp or "", row.channel or "")), allowed) for row in rows]


def _absent(row: LagRow, record: int | None, allowed: int) -> LagRow:
    if record is None:
        return row
    row = replace(row, is_unattended=True)
    if row.role != "group" or row.lag_messages is None or row.lag_messages <= allowed:
        return row
    proof = tuple(dict.fromkeys((*row.record_ids, record)))
    return replace(row, status="STOP", severity="error", catch_up_s=None, record_ids=proof)


def _like(patterns: Sequence[str]) -> str:
    return "(" + " OR ".join(f"COALESCE(e.message, '') LIKE '{pattern}'" for pattern in patterns) + ")"
