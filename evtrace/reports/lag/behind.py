"""How far is each group behind, and is it moving?"""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.anomalies import Anomaly
from evtrace.reports.delivery.analysis import Analysis, Need
from evtrace.reports.delivery.words import counted, reader, span, spot
from evtrace.reports.lag.points import ENDS, POINTS, SOURCE
from evtrace.reports.lag.status import CASE, STEPS

# Where publishes are logged from the position on, they are counted, for positions have gaps; where less than a
# fifth of the range is there, the range itself is taken. Without any sign of the end nothing is known.
_UNREAD = """
stand AS (
    SELECT s.grp AS grp, s.channel AS channel, s.part AS part, s.source_no AS source_no, s.last_ts AS told_ts,
           COALESCE(w.pos, u.next_pos) AS pos, COALESCE(w.record_id, u.last_id) AS record_id, w.at_ts AS at_ts
    FROM source AS s
    LEFT JOIN win AS w ON w.grp = s.grp AND w.channel = s.channel AND w.part = s.part AND w.back = 1
    LEFT JOIN (
        SELECT grp AS grp, channel AS channel, part AS part, MAX(CASE WHEN kind = 'commit' THEN pos ELSE pos + 1 END) AS next_pos,
               MAX(record_id) AS last_id
        FROM told_of
        WHERE kind IN ('commit', 'ack', 'receive') AND pos IS NOT NULL AND ts IS NULL AND grp <> ''
        GROUP BY grp, channel, part
    ) AS u ON u.grp = s.grp AND u.channel = s.channel AND u.part = s.part
), unread AS (
    SELECT t.grp AS grp, t.channel AS channel, t.part AS part, COUNT(DISTINCT p.pos) AS n, MIN(p.ts) AS first_ts, MIN(p.pos) AS first_pos,
           MIN(p.record_id) AS first_id
    FROM stand AS t
    JOIN told_of AS p ON p.channel = t.channel AND p.part = t.part
    WHERE p.kind = 'publish' AND p.pos >= t.pos
    GROUP BY t.grp, t.channel, t.part
), told AS (
    SELECT channel AS channel, MAX(COALESCE(broker, '')) AS any_broker FROM told_of WHERE channel <> '' GROUP BY channel
), heard AS (
    SELECT channel AS channel, MAX(COALESCE(broker, '')) AS any_broker, MAX(ts) AS last_ts FROM evidence WHERE channel <> '' GROUP BY channel
), clock AS (
    SELECT t.channel AS channel, CASE WHEN {at_ts} > -4000000000000000000 THEN {at_ts} ELSE MAX(h.last_ts) END AS now_ts
    FROM told AS t
    LEFT JOIN heard AS h ON h.any_broker = t.any_broker
    GROUP BY t.channel
), gapped AS (
    SELECT t.grp AS grp, t.channel AS channel, t.part AS part, t.pos AS pos, t.source_no AS source_no, t.record_id AS record_id,
           t.told_ts AS told_ts, t.at_ts AS at_ts, c.now_ts AS now_ts, h.published AS published, u.n AS n, u.first_ts AS unread_ts, u.first_pos AS unread_pos,
           u.first_id AS unread_id, h.published_end AS published_end, h.observed_end AS observed_end,
           GREATEST(COALESCE(h.published_end, 0), COALESCE(h.observed_end, 0), COALESCE(h.read_end, 0), t.pos) AS end_pos,
           CASE WHEN h.first_published <= t.pos AND h.published_end >= COALESCE(h.observed_end, 0)
                     AND h.published_end >= COALESCE(h.read_end, 0) AND h.published_end >= t.pos
                     AND 5 * COALESCE(u.n, 0) >= h.published_end - t.pos THEN 1 ELSE 0 END AS is_complete
    FROM stand AS t
    JOIN clock AS c ON c.channel = t.channel
    LEFT JOIN whole AS h ON h.channel = t.channel AND h.part = t.part
    LEFT JOIN unread AS u ON u.grp = t.grp AND u.channel = t.channel AND u.part = t.part
), counted AS (
    SELECT g.grp AS grp, g.channel AS channel, g.part AS part, g.pos AS pos, g.source_no AS source_no, g.record_id AS record_id,
           g.told_ts AS told_ts, g.at_ts AS at_ts, g.now_ts AS now_ts, g.published AS published, g.end_pos AS end_pos, g.is_complete AS is_complete,
           g.unread_ts AS unread_ts, g.unread_pos AS unread_pos, g.unread_id AS unread_id,
           CASE WHEN g.is_complete = 1 THEN COALESCE(g.n, 0)
                WHEN g.published_end IS NULL AND g.observed_end IS NULL AND g.end_pos = g.pos THEN NULL
                ELSE g.end_pos - g.pos END AS lag_messages
    FROM gapped AS g
)"""

# The oldest unread record is as old as its publish; where that is not logged, as the moment between two observed
# ends at which the log passed the position. Outside of these nothing is guessed.
_AGE = """
below AS (
    SELECT c.grp AS grp, c.channel AS channel, c.part AS part, MAX(CASE WHEN e.pos <= c.pos THEN e.pos END) AS low_pos,
           MIN(CASE WHEN e.pos > c.pos THEN e.pos END) AS high_pos
    FROM counted AS c
    JOIN told_of AS e ON e.channel = c.channel AND e.part = c.part
    WHERE e.kind = 'end_offset' AND e.ts IS NOT NULL AND c.lag_messages > 0
    GROUP BY c.grp, c.channel, c.part
), between_ends AS (
    SELECT b.grp AS grp, b.channel AS channel, b.part AS part, b.low_pos AS low_pos, b.high_pos AS high_pos,
           MAX(CASE WHEN e.pos = b.low_pos THEN e.ts END) AS low_ts, MIN(CASE WHEN e.pos = b.high_pos THEN e.ts END) AS high_ts
    FROM below AS b
    JOIN told_of AS e ON e.channel = b.channel AND e.part = b.part
    WHERE e.kind = 'end_offset' AND e.ts IS NOT NULL
    GROUP BY b.grp, b.channel, b.part, b.low_pos, b.high_pos
), lagging AS (
    SELECT c.grp AS grp, c.channel AS channel, c.part AS part, c.pos AS pos, c.source_no AS source_no, c.record_id AS record_id,
           c.told_ts AS told_ts, c.at_ts AS at_ts, c.now_ts AS now_ts, c.published AS published, c.end_pos AS end_pos, c.lag_messages AS lag_messages,
           CASE WHEN c.lag_messages > 0 AND (c.is_complete = 1 OR c.unread_pos = c.pos) THEN c.unread_id END AS unread_id,
           CASE WHEN COALESCE(c.lag_messages, 0) = 0 THEN NULL
                WHEN c.is_complete = 1 OR c.unread_pos = c.pos THEN c.unread_ts
                WHEN i.low_pos IS NOT NULL AND i.high_pos IS NOT NULL AND i.high_ts >= i.low_ts
                THEN i.low_ts + CAST((i.high_ts - i.low_ts) * ((c.pos - i.low_pos) * 1.0 / (i.high_pos - i.low_pos)) AS BIGINT) END AS oldest_ts
    FROM counted AS c
    LEFT JOIN between_ends AS i ON i.grp = c.grp AND i.channel = c.channel AND i.part = c.part
), share AS (
    SELECT channel AS channel, part AS part, published AS published,
           SUM(published) OVER (PARTITION BY channel) AS published_all, COUNT(*) OVER (PARTITION BY channel) AS partitions
    FROM whole
)"""

_SQL = f"""
WITH {SOURCE}, {POINTS}, {ENDS}, {STEPS}, {_UNREAD}, {_AGE}, judged AS (
    SELECT l.grp AS grp, l.channel AS channel, l.part AS part, l.pos AS pos, l.end_pos AS end_pos, l.lag_messages AS lag_messages,
           CASE WHEN l.lag_messages = 0 THEN 0.0 ELSE (l.now_ts - l.oldest_ts) / 1000000000.0 END AS lag_seconds,
           {CASE} AS status, l.source_no AS source_no, l.now_ts AS now_ts, l.told_ts AS told_ts, l.at_ts AS at_ts, l.record_id AS record_id,
           l.unread_id AS unread_id, l.oldest_ts AS oldest_ts,
           CASE WHEN s.last_ts > s.first_ts AND s.last_pos > s.first_pos THEN (s.last_pos - s.first_pos) * 1000000000.0 / (s.last_ts - s.first_ts) END AS rate,
           CASE WHEN h.partitions > 1 AND h.published_all > 0 THEN h.published * 1.0 / h.published_all END AS share,
           CASE WHEN h.partitions > 1 AND h.published * h.partitions >= 2 * h.published_all AND h.published_all >= 10 * h.partitions THEN 1 ELSE 0 END AS is_hot,
           COALESCE(s.points, 0) AS points
    FROM lagging AS l
    LEFT JOIN shape AS s ON s.grp = l.grp AND s.channel = l.channel AND s.part = l.part
    LEFT JOIN sunk AS k ON k.grp = l.grp AND k.channel = l.channel AND k.part = l.part
    LEFT JOIN rewound AS r ON r.grp = l.grp AND r.channel = l.channel AND r.part = l.part
    LEFT JOIN calm AS c ON c.grp = l.grp AND c.channel = l.channel AND c.part = l.part
    LEFT JOIN share AS h ON h.channel = l.channel AND h.part = l.part
)
SELECT 'lag' AS rule, CASE status WHEN 'OK' THEN 'info' WHEN 'UNKNOWN' THEN 'info' WHEN 'WARN' THEN 'warning' ELSE 'error' END AS severity,
       grp AS grp, channel AS channel, part AS part, pos AS pos, now_ts AS seen_at, record_id AS record_id, unread_id AS other_id,
       status AS status, CAST(lag_messages AS BIGINT) AS lag_messages, CAST(lag_seconds AS DOUBLE) AS lag_seconds, pos AS stand_pos, end_pos AS end_pos,
       CASE source_no WHEN 0 THEN 'commit' WHEN 1 THEN 'ack' ELSE 'receive' END AS source,
       CAST(rate AS DOUBLE) AS rate_per_s, CASE WHEN rate > 0 THEN CAST(lag_messages / rate AS DOUBLE) END AS catch_up_s,
       CAST(share AS DOUBLE) AS share, is_hot AS is_hot, told_ts AS told_at, at_ts AS moved_at, oldest_ts AS oldest_at,
       points AS points, CAST(NULL AS BIGINT) AS in_flight
FROM judged
"""


@dataclass(frozen=True)
class LagPoint:
    """The lag of a group on a partition at the end of a stretch of time."""

    at: int  # the end of the stretch
    lag_messages: int | None
    position: int | None
    end: int | None


@dataclass(frozen=True, kw_only=True)
class LagRow(Anomaly):
    """How far one group is behind on one partition; `at` is the moment that is looked at."""

    status: str  # OK, WARN, STOP, STALL, REWIND; UNKNOWN: the end of the log or the position is not known
    lag_messages: int | None  # messages behind
    lag_seconds: float | None  # age of the oldest of them
    position: int | None  # the next position the group reads
    end: int | None  # the next position that is written
    source: str  # what the position is known from: commit, ack, receive, gauge
    rate_per_s: float | None  # positions a second, over the window
    catch_up_s: float | None  # time to catch up at that rate
    share: float | None  # of the channel's messages, that go through this partition
    is_hot: bool | None  # twice its fair share or more
    told_at: int | None  # when the group was heard of last
    moved_at: int | None  # when its position was told last
    oldest_at: int | None  # when the oldest unread message was written
    points: int  # positions in the window
    is_filtered: bool = False  # the group takes only some of the channel's messages; only these are counted
    in_flight: int | None  # handed out and not acknowledged, where the broker says so
    role: str = "group"  # or what a queue is for that no group reads: dead_letter, retry, temporary
    is_unattended: bool = False  # its broker says that nobody reads, and nothing later shows otherwise
    series: tuple[LagPoint, ...] = ()  # over time, where that is asked

    def told(self) -> str:
        where = spot(self.channel, self.part, None) if self.channel else "its queue"
        if self.lag_messages is None:
            return f"{reader(self)} stands at {self.position} of {where}; where the log ends is not known"
        age = "" if self.lag_seconds is None else f", {span(round(self.lag_seconds * 1e9))}"
        behind = (
            f"{counted(self.lag_messages, 'message')}{age} behind on {where}"
            if self.lag_messages
            else f"up to date on {where}"
        )
        if self.role != "group":
            return f"{reader(self)} holds {counted(self.lag_messages, 'message')}: {ROLES[self.role]}"
        return f"{reader(self)} is {behind}: {self._moves()}{self._silence()}"

    def _moves(self) -> str:
        if self.is_unattended and self.lag_messages:
            return "nobody reads, as its broker says"
        return _CAUGHT_UP if self.status == "OK" and self.lag_messages else _MEANS[self.status]

    def _silence(self) -> str:
        if self.status != "STOP" or self.at is None or self.told_at is None or self.moved_at is None:
            return ""
        if self.is_unattended:
            return (
                f"; it moved last {span(self.at - self.moved_at)} before" if self.at > self.moved_at else ""
            )
        if self.told_at > self.moved_at:
            return (
                f"; its position is the same for {span(self.at - self.moved_at)}, though it is still heard of"
            )
        return f"; nothing of it is logged for the last {span(self.at - self.told_at)}: it stopped, or its log was cut"


_MEANS = {
    "OK": "it keeps up",
    "WARN": "it moves, and the lag does not shrink",
    "STOP": "it stopped",
    "STALL": "it commits the same position again and again",
    "REWIND": "its position went back and was not made up for",
    "UNKNOWN": "whether it moves is not known",
}

_CAUGHT_UP = "it was up to date within its last positions, or is catching up"

#: What is said of queues that no group is expected to read.
ROLES = {
    "dead_letter": "dead letters, for somebody to look at",
    "retry": "they wait there to be tried again",
    "temporary": "the queue of one connection",
}

BEHIND = Analysis(
    rules=("lag",),
    row=LagRow,
    sql=_SQL,
    needs=(
        Need(
            "kind IN ('commit', 'ack', 'receive', 'gauge')",
            "no commits, acknowledgements, receives or queue figures are logged",
        ),
        Need(
            "kind IN ('commit', 'ack', 'receive', 'gauge') AND (grp <> '' OR channel <> '')",
            "they name no group",
        ),
        Need(
            "kind = 'gauge' OR (kind IN ('commit', 'ack', 'receive') AND pos IS NOT NULL)",
            "they name no positions",
        ),
    ),
)
