"""What brokers themselves say of their queues: figures of RabbitMQ, NATS, Redis, SQS, Pulsar, by their own names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evtrace.reports.delivery.analysis import Analysis
from evtrace.reports.lag.behind import LagRow
from evtrace.store import Store

#: Names under which brokers and their tools write a figure; ingest keeps them in the attributes of a gauge.
_BEHIND = ("lag", "LAG", "messages_ready", "num_pending", "msgBacklog", "ApproximateNumberOfMessagesVisible",
           "ApproximateNumberOfMessages", "backlog", "messages")  # fmt: skip
_IN_FLIGHT = (
    "messages_unacknowledged",
    "num_ack_pending",
    "unackedMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "pending",
)
_OLDEST_S = ("ApproximateAgeOfOldestMessage",)
_END = ("log_end_offset", "LOG-END-OFFSET", "entries-added")
_POSITION = ("current_offset", "CURRENT-OFFSET", "entries-read")


#: What a reader has not been given yet, counted by the broker with the reader's filter, and where it says so.
_PENDING = ("num_pending",)
_PLACES = ("", "info.")


def _figure(names: tuple[str, ...], kind: str = "BIGINT") -> str:
    paths = (f'$.{place}"{name}"' for name in names for place in _PLACES)
    values = ", ".join(f"TRY_CAST(json_extract_string(attributes, '{path}') AS {kind})" for path in paths)
    return f"COALESCE({values}, CAST(NULL AS {kind}))"


#: Figures as columns; made before the analysis, for JSON is no business of it. A queue is its own group.
GAUGES = f"""
CREATE OR REPLACE TEMP TABLE gauges AS
SELECT e.record_id AS record_id, CASE WHEN e.grp = '' THEN e.channel ELSE e.grp END AS grp, e.channel AS channel,
       e.part AS part, e.ts AS ts, {_figure(_BEHIND)} AS behind, {_figure(_IN_FLIGHT)} AS in_flight,
       {_figure(_PENDING)} AS pending, {_figure(_OLDEST_S, "DOUBLE")} AS oldest_s, {_figure(_END)} AS end_pos, COALESCE(e.pos, {_figure(_POSITION)}) AS pos
FROM evidence AS e
JOIN (
    SELECT record_id, attributes FROM records WHERE kind = 'gauge' AND attributes IS NOT NULL AND json_valid(attributes)
) AS a ON a.record_id = e.record_id
WHERE e.kind = 'gauge'
"""

# Figures are asked where the group's own steps are not logged. They have no positions, so a queue can only be
# empty now and then, shrink, or not.
_SQL = """
WITH figure AS (
    SELECT record_id AS record_id, grp AS grp, channel AS channel, part AS part, ts AS ts, pos AS pos, end_pos AS end_pos,
           in_flight AS in_flight, oldest_s AS oldest_s,
           CASE WHEN behind IS NULL AND end_pos >= pos THEN end_pos - pos ELSE behind END AS behind
    FROM gauges
), known AS (
    SELECT DISTINCT grp AS grp, channel AS channel
    FROM evidence
    WHERE kind IN ('commit', 'ack', 'receive') AND pos IS NOT NULL AND grp <> '' AND channel <> ''
), ranked AS (
    SELECT f.record_id AS record_id, f.grp AS grp, f.channel AS channel, f.part AS part, f.ts AS ts, f.pos AS pos, f.end_pos AS end_pos,
           f.in_flight AS in_flight, f.oldest_s AS oldest_s, f.behind AS behind,
           ROW_NUMBER() OVER (PARTITION BY f.grp, f.channel, f.part ORDER BY f.ts DESC, f.record_id DESC) AS back,
           LEAD(f.behind) OVER (PARTITION BY f.grp, f.channel, f.part ORDER BY f.ts DESC, f.record_id DESC) AS before_behind
    FROM figure AS f
    LEFT JOIN known AS k ON k.grp = f.grp AND k.channel = f.channel
    WHERE k.grp IS NULL AND f.grp <> '' AND (f.grp <> f.channel OR f.behind IS NOT NULL OR f.pos IS NOT NULL)
), trend AS (
    SELECT grp AS grp, channel AS channel, part AS part, MIN(behind) AS least, COUNT(behind) AS points,
           MAX(CASE WHEN back < 10 AND behind < before_behind THEN 1 ELSE 0 END) AS has_sunk
    FROM ranked
    WHERE back <= 10
    GROUP BY grp, channel, part
), judged AS (
    SELECT r.grp AS grp, r.channel AS channel, r.part AS part, r.ts AS ts, r.record_id AS record_id, r.pos AS pos, r.end_pos AS end_pos,
           r.behind AS behind, r.in_flight AS in_flight, r.oldest_s AS oldest_s, t.points AS points,
           CASE WHEN r.behind IS NULL THEN 'UNKNOWN' WHEN r.behind <= {allowed_lag} THEN 'OK' WHEN t.points < 2 THEN 'UNKNOWN'
                WHEN t.least <= {allowed_lag} OR t.has_sunk = 1 THEN 'OK' ELSE 'WARN' END AS status
    FROM ranked AS r
    JOIN trend AS t ON t.grp = r.grp AND t.channel = r.channel AND t.part = r.part
    WHERE r.back = 1
)
SELECT 'lag' AS rule, CASE status WHEN 'WARN' THEN 'warning' ELSE 'info' END AS severity, grp AS grp, channel AS channel,
       part AS part, CAST(NULL AS BIGINT) AS pos, ts AS seen_at, record_id AS record_id, status AS status, behind AS lag_messages,
       CASE WHEN behind = 0 THEN 0.0 ELSE oldest_s END AS lag_seconds, pos AS stand_pos, end_pos AS end_pos, 'gauge' AS source,
       CAST(NULL AS DOUBLE) AS rate_per_s, CAST(NULL AS DOUBLE) AS catch_up_s, CAST(NULL AS DOUBLE) AS share, 0 AS is_hot,
       ts AS told_at, ts AS moved_at, CAST(NULL AS BIGINT) AS oldest_at, points AS points, in_flight AS in_flight
FROM judged
"""

# The newest figure of each reader.
LEFT = """
SELECT grp AS grp, channel AS channel, part AS part, ts AS ts, pending AS pending, in_flight AS in_flight
FROM (
    SELECT grp AS grp, channel AS channel, part AS part, ts AS ts, pending AS pending, COALESCE(in_flight, 0) AS in_flight,
           ROW_NUMBER() OVER (PARTITION BY grp, channel, part ORDER BY ts DESC, record_id DESC) AS back
    FROM gauges
    WHERE pending IS NOT NULL AND ts IS NOT NULL
) AS newest
WHERE back = 1
"""


def with_pending(store: Store, rows: Sequence[LagRow], *, allowed: int) -> list[LagRow]:
    """Rows of readers whose broker has counted what is left for them since they moved last.

    Their filter is known to the broker alone: what stands between their position and the end need not be theirs.
    """
    left = {(grp, channel, part): (ts, *counts) for grp, channel, part, ts, *counts in store.rows(LEFT)}
    return [
        _counted(
            row, left.get((row.grp or "", row.channel or "", -1 if row.part is None else row.part)), allowed
        )
        for row in rows
    ]


def _counted(row: LagRow, figure: tuple[int, int, int] | None, allowed: int) -> LagRow:
    if figure is None or row.moved_at is None or figure[0] < row.moved_at:
        return row
    _, behind, in_flight = figure
    if behind == row.lag_messages:
        return replace(row, in_flight=in_flight)
    seconds = 0.0 if behind == 0 else None  # the oldest message between need not be its own
    is_calm = behind <= allowed
    return replace(
        row,
        status="OK" if is_calm else row.status,
        severity="info" if is_calm else row.severity,
        lag_messages=behind,
        lag_seconds=seconds,
        catch_up_s=None,
        in_flight=in_flight,
        is_filtered=True,
    )


QUEUES = Analysis(rules=("lag",), row=LagRow, sql=_SQL)
