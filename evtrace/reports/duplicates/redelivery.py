"""Which slots did a group get more than once, and why?"""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.anomalies import Anomaly
from evtrace.reports.delivery.analysis import Analysis, Need
from evtrace.reports.delivery.words import reader, slot, span
from evtrace.reports.duplicates.connections import SKEW_NS

#: Two sources that tell of one reader within this time and do not contradict tell of one receive.
SAME_RECEIVE_NS = 1_000_000_000

_SLOT = "grp, channel, part, pos_no, item"
_BEFORE = f"OVER (PARTITION BY {_SLOT}, side ORDER BY ts, record_id)"
_IN_SLOT = f"OVER (PARTITION BY {_SLOT} ORDER BY ts, record_id)"

# Receives are counted per side (broker, service), and the side that saw most is believed: a delivery seen by
# both is one. A message without a position may be received as often as it was published.
_RECEIVES = f"""
slot AS (
    SELECT grp AS grp, channel AS channel, part AS part, COALESCE(pos, -1) AS pos_no, item AS item
    FROM evidence
    WHERE kind = 'receive' AND (pos IS NOT NULL OR item <> '')
    GROUP BY grp, channel, part, COALESCE(pos, -1), item
    HAVING {{having}}
), receive AS (
    SELECT e.record_id AS record_id, e.source_id AS source_id, e.ts AS ts, e.side AS side, e.grp AS grp,
           e.channel AS channel, e.part AS part, e.pos AS pos, s.pos_no AS pos_no, e.item AS item,
           e.consumer AS consumer, e.instance AS instance, e.worker AS worker, e.attempt AS attempt,
           CASE WHEN (e.attempt > 1 OR e.redelivered) AND e.hop IS NULL THEN 1 ELSE 0 END AS is_counted
    FROM evidence AS e
    JOIN slot AS s
      ON s.grp = e.grp AND s.channel = e.channel AND s.part = e.part AND s.pos_no = COALESCE(e.pos, -1) AND s.item = e.item
    WHERE e.kind = 'receive'
), beside AS (
    SELECT record_id AS record_id, source_id AS source_id, ts AS ts, side AS side, grp AS grp, channel AS channel,
           part AS part, pos AS pos, pos_no AS pos_no, item AS item, consumer AS consumer, attempt AS attempt,
           is_counted AS is_counted, instance AS instance, worker AS worker,
           LAG(source_id) {_BEFORE} AS source_0, LAG(ts) {_BEFORE} AS ts_0, LAG(consumer) {_BEFORE} AS consumer_0,
           LAG(instance) {_BEFORE} AS instance_0, LAG(worker) {_BEFORE} AS worker_0
    FROM receive
), fresh AS (
    SELECT record_id AS record_id, ts AS ts, side AS side, grp AS grp, channel AS channel, part AS part, pos AS pos,
           pos_no AS pos_no, item AS item, consumer AS consumer, attempt AS attempt, is_counted AS is_counted
    FROM beside
    WHERE source_0 IS NULL OR source_0 = source_id OR ts_0 IS NULL OR ts - ts_0 >= {SAME_RECEIVE_NS}
       OR consumer_0 <> consumer OR instance_0 <> instance OR worker_0 <> worker
), observer AS (
    SELECT grp AS grp, channel AS channel, part AS part, pos_no AS pos_no, item AS item, side AS side, COUNT(*) AS seen
    FROM fresh
    GROUP BY grp, channel, part, pos_no, item, side
), believed AS (
    SELECT grp AS grp, channel AS channel, part AS part, pos_no AS pos_no, item AS item, side AS side,
           ROW_NUMBER() OVER (PARTITION BY {_SLOT} ORDER BY seen DESC, side DESC) AS place
    FROM observer
), handed AS (
    SELECT f.record_id AS record_id, f.ts AS ts, f.grp AS grp, f.channel AS channel, f.part AS part, f.pos AS pos,
           f.pos_no AS pos_no, f.item AS item, f.consumer AS consumer, f.attempt AS attempt, f.is_counted AS is_counted
    FROM fresh AS f
    JOIN believed AS b
      ON b.grp = f.grp AND b.channel = f.channel AND b.part = f.part AND b.pos_no = f.pos_no AND b.item = f.item
         AND b.side = f.side AND b.place = 1
), attempts AS (
    SELECT record_id AS record_id, ts AS ts, grp AS grp, channel AS channel, part AS part, pos AS pos, pos_no AS pos_no,
           item AS item, consumer AS consumer, attempt AS attempt, is_counted AS is_counted,
           ROW_NUMBER() {_IN_SLOT} AS nth, LAG(ts) {_IN_SLOT} AS before_ts, LAG(record_id) {_IN_SLOT} AS before_id,
           LAG(consumer) {_IN_SLOT} AS before_consumer
    FROM handed
)"""


def receives(having: str) -> str:
    """CTEs that end in `attempts`: the receives of the slots that `having` chooses, numbered per slot and group."""
    return _RECEIVES.format(having=having)


_AGAIN = "COUNT(*) > 1 OR MAX(attempt) > 1 OR MAX(CASE WHEN redelivered THEN 1 ELSE 0 END) = 1"

_COPIES = """
copies AS (
    SELECT item AS item, MAX(n) AS copies_no
    FROM (
        SELECT item AS item, source_id AS source_id, COUNT(*) AS n
        FROM evidence
        WHERE kind = 'publish' AND item <> ''
        GROUP BY item, source_id
    ) AS published
    GROUP BY item
), again AS (
    SELECT a.record_id AS record_id, a.ts AS ts, a.grp AS grp, a.channel AS channel, a.part AS part, a.pos AS pos,
           a.pos_no AS pos_no, a.item AS item, a.before_ts AS before_ts, a.before_id AS before_id
    FROM attempts AS a
    LEFT JOIN copies AS c ON c.item = a.item AND a.item <> ''
    WHERE a.nth > COALESCE(c.copies_no, 1)
), place AS (
    SELECT DISTINCT grp AS grp, channel AS channel, part AS part FROM again
)"""

# A client that seeks back to the very message that it failed on tries again; any other reset is a replay.
# What moves a reader may be told of the group, the channel or the partition.
_MOVES = """
moved AS (
    SELECT p.grp AS grp, p.channel AS channel, p.part AS part, m.ts AS ts, m.kind AS kind, m.pos AS pos, m.side AS side
    FROM evidence AS m
    JOIN place AS p
      ON p.grp = m.grp AND (p.channel = m.channel OR m.channel = '') AND (p.part = m.part OR m.part = -1)
    WHERE m.kind IN ('assign', 'revoke', 'rebalance', 'reset')
), step AS (
    SELECT k.grp AS grp, k.channel AS channel, k.part AS part, k.ts AS ts, k.pos AS pos, 0 AS is_move
    FROM evidence AS k
    JOIN place AS p ON p.grp = k.grp AND p.channel = k.channel AND p.part = k.part
    WHERE k.kind = 'commit'
    UNION ALL
    SELECT grp AS grp, channel AS channel, part AS part, ts AS ts, CAST(NULL AS BIGINT) AS pos, 1 AS is_move
    FROM moved
    WHERE kind <> 'reset'
), committed AS (
    SELECT grp AS grp, channel AS channel, part AS part, ts AS ts, is_move AS is_move,
           MAX(pos) OVER (PARTITION BY grp, channel, part ORDER BY ts, is_move
                          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS done_pos
    FROM step
), replayed AS (
    SELECT a.record_id AS record_id, MIN(CASE WHEN m.pos = a.pos AND m.side = 1 THEN 1 ELSE 0 END) AS is_to_it
    FROM again AS a
    JOIN moved AS m ON m.grp = a.grp AND m.channel = a.channel AND m.part = a.part
    WHERE m.kind = 'reset' AND m.ts > a.before_ts AND m.ts <= a.ts
    GROUP BY a.record_id
), rebalanced AS (
    SELECT DISTINCT a.record_id AS record_id
    FROM again AS a
    JOIN committed AS m ON m.grp = a.grp AND m.channel = a.channel AND m.part = a.part
    WHERE m.is_move = 1 AND m.ts > a.before_ts AND m.ts <= a.ts AND (a.pos IS NULL OR a.pos >= COALESCE(m.done_pos, 0))
)"""

# A failed attempt is told by the slot, or by the event where the service knows no slots.
_RETRIES = """
failed AS (
    SELECT grp AS grp, channel AS channel, part AS part, COALESCE(pos, -1) AS pos_no, item AS item,
           event_id AS event_id, ts AS ts, CASE WHEN kind = 'nack' THEN 0 ELSE 1 END AS is_outcome
    FROM evidence
    WHERE kind = 'nack' OR (kind IN ('receive', 'process') AND outcome IN ('error', 'rejected'))
), retried AS (
    SELECT a.record_id AS record_id
    FROM again AS a
    JOIN failed AS f
      ON f.grp = a.grp AND f.channel = a.channel AND f.part = a.part AND f.pos_no = a.pos_no AND f.item = a.item
    WHERE f.ts >= a.before_ts AND (f.ts < a.ts OR (f.ts = a.ts AND f.is_outcome = 0))
    UNION
    SELECT a.record_id AS record_id
    FROM again AS a
    JOIN evidence AS e ON e.record_id = a.record_id
    JOIN failed AS f ON f.grp = a.grp AND f.event_id = e.event_id
    WHERE f.ts >= a.before_ts AND (f.ts < a.ts OR (f.ts = a.ts AND f.is_outcome = 0))
)"""

# A broker hands on what a client had when its connection closed; the line names the client as the service's log does.
_DISCONNECTS = f"""
disconnected AS (
    SELECT DISTINCT a.record_id AS record_id
    FROM again AS a
    JOIN evidence AS b ON b.record_id = a.before_id
    JOIN closed_connections AS c ON c.ts >= a.before_ts - {SKEW_NS} AND c.ts <= a.ts + {SKEW_NS}
    WHERE LENGTH(b.instance) > 2 AND REPLACE(c.message, b.instance, '') <> c.message
)"""

# A message without a position keeps its event id on its way through another queue, where it came before.
_ELSEWHERE = """
elsewhere AS (
    SELECT DISTINCT a.record_id AS record_id
    FROM attempts AS a
    JOIN evidence AS e ON e.record_id = a.record_id
    JOIN evidence AS o ON o.grp = a.grp AND o.event_id = e.event_id
    WHERE a.pos IS NULL AND a.nth = 1 AND a.is_counted = 1 AND o.kind = 'receive' AND o.channel <> a.channel AND o.ts <= a.ts
)"""

_SQL = f"""
WITH {receives(_AGAIN)}, {_COPIES}, {_MOVES}, {_RETRIES}, {_DISCONNECTS}, {_ELSEWHERE}
SELECT CASE WHEN a.nth = 1 THEN 'redelivery_first_unseen'
            WHEN p.is_to_it = 1 AND t.record_id IS NOT NULL THEN 'redelivery_retry'
            WHEN p.record_id IS NOT NULL THEN 'redelivery_replay'
            WHEN b.record_id IS NOT NULL THEN 'redelivery_rebalance'
            WHEN t.record_id IS NOT NULL THEN 'redelivery_retry'
            WHEN d.record_id IS NOT NULL THEN 'redelivery_disconnect'
            ELSE 'redelivery_unexplained' END AS rule,
       a.grp AS grp, a.channel AS channel, a.part AS part, a.pos AS pos, a.ts AS seen_at,
       a.record_id AS record_id, a.before_id AS other_id, a.nth AS nth, a.attempt AS attempt, a.consumer AS consumer,
       a.before_ts AS before_at, a.before_consumer AS before_consumer
FROM attempts AS a
LEFT JOIN again AS g ON g.record_id = a.record_id
LEFT JOIN replayed AS p ON p.record_id = a.record_id
LEFT JOIN rebalanced AS b ON b.record_id = a.record_id
LEFT JOIN retried AS t ON t.record_id = a.record_id
LEFT JOIN disconnected AS d ON d.record_id = a.record_id
LEFT JOIN elsewhere AS x ON x.record_id = a.record_id
WHERE g.record_id IS NOT NULL OR (a.nth = 1 AND a.is_counted = 1 AND x.record_id IS NULL)
"""


@dataclass(frozen=True, kw_only=True)
class Redelivery(Anomaly):
    """A slot that came again."""

    nth: int  # which receive of the slot in the group
    attempt: int | None  # what the broker counts
    consumer: str | None
    before_at: int | None  # the receive before it
    before_consumer: str | None

    def told(self) -> str:
        if self.nth == 1:
            counted = f"as attempt {self.attempt}" if self.attempt else "as a redelivery"
            return f"{reader(self)} got {slot(self)} {counted}; the deliveries before are not in the logs"
        after = None if self.at is None or self.before_at is None else self.at - self.before_at
        return f"{reader(self)} got {slot(self)} again (receive {self.nth}) {span(after)} later{self._by()}: {_WHY[self.rule]}"

    def _by(self) -> str:
        if self.consumer is None or self.before_consumer is None:
            return ""
        same = self.consumer == self.before_consumer
        return (
            f" by the same {self.consumer}"
            if same
            else f", first by {self.before_consumer}, then by {self.consumer}"
        )


_WHY = {
    "redelivery_replay": "its position was set back",
    "redelivery_rebalance": "the partition moved before it was committed",
    "redelivery_disconnect": "the connection that had it was closed",
    "redelivery_retry": "the attempt before failed",
    "redelivery_unexplained": "nothing logged explains it",
}

REDELIVERY = Analysis(
    rules=("redelivery_unexplained", "redelivery_replay", "redelivery_rebalance", "redelivery_retry", "redelivery_disconnect",
           "redelivery_first_unseen"),
    row=Redelivery,
    sql=_SQL,
    needs=(
        Need("kind = 'receive'", "no receives are logged"),
        Need("kind = 'receive' AND (pos IS NOT NULL OR item <> '')", "receives name neither a position nor an event id"),
    ),
)  # fmt: skip
