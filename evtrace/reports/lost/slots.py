"""Which published messages did a group not get, and did it read past them?"""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.anomalies import Anomaly
from evtrace.reports.delivery.analysis import Analysis, Need
from evtrace.reports.delivery.words import reader, slot

# What was published before the first sign of a group, and lies before the first position it is seen at, it may
# have read before its logs begin; where its first position is told there is no such doubt.
_SQL = """
WITH judged AS (
    SELECT m.pos AS pos, m.record_id AS record_id, g.grp AS grp, g.channel AS channel, g.part AS part, g.passed AS passed,
           g.start_pos AS start_pos, e.ts AS ts,
           CASE WHEN m.pos < g.start_pos THEN 'before_start' WHEN m.pos <= g.passed THEN 'lost' ELSE 'unseen' END AS rule,
           CASE WHEN g.start_pos IS NULL AND m.pos < g.first_pos AND e.ts < g.first_ts THEN 0 ELSE 1 END AS is_certain
    FROM missing_slots AS m
    JOIN reading AS g ON g.reading_no = m.reading_no
    JOIN evidence AS e ON e.record_id = m.record_id
)
SELECT rule AS rule, CASE WHEN rule <> 'lost' THEN 'info' WHEN is_certain = 1 THEN 'error' ELSE 'warning' END AS severity,
       grp AS grp, channel AS channel, part AS part, pos AS pos, ts AS seen_at, record_id AS record_id, passed AS passed,
       start_pos AS start_pos, is_certain AS is_certain
FROM judged
"""


@dataclass(frozen=True, kw_only=True)
class MissingSlot(Anomaly):
    """A slot that was published and that a group of its partition did not get; `at` is when it was published."""

    passed: int | None  # the highest position that the group has received or committed
    start_pos: int | None  # the group's first position, where it is told
    is_certain: bool  # if not, the group may have got it before its logs begin

    def told(self) -> str:
        what = (
            f"{self.event_type or 'event'} {self.event_id} at {slot(self)}" if self.event_id else slot(self)
        )
        if self.rule == "before_start":
            return f"{what} lies before position {self.start_pos}, where {reader(self)} began"
        if self.rule == "unseen":
            stands = (
                f"it stands at {self.passed}"
                if self.passed is not None
                else "it got nothing of the partition"
            )
            return f"{reader(self)} has not got {what} when the logs end: {stands}"
        doubt = "" if self.is_certain else "; it may have got it before its logs begin"
        return f"{reader(self)} never got {what} and read past it, up to {self.passed}{doubt}"


SLOTS = Analysis(
    rules=("lost", "unseen", "before_start"),
    row=MissingSlot,
    sql=_SQL,
    needs=(
        Need("kind = 'publish'", "no publishes are logged"),
        Need("kind IN ('receive', 'process')", "no receives are logged; see: evtrace lag"),
        Need("kind IN ('receive', 'process') AND grp <> ''", "receives name no group and no service"),
        Need("kind = 'publish' AND pos IS NOT NULL", "publishes name no positions", ("lost", "before_start")),
        Need(
            "kind = 'publish' AND (pos IS NOT NULL OR routed IS NOT NULL)",
            "publishes name neither positions nor queues",
        ),
    ),
)

# A queue keeps its order, so where later messages came out of it this one is worth a warning; it may have
# expired, been thrown away, or be missing in the trace.
_QUEUED = """
WITH got AS (
    SELECT DISTINCT grp AS grp, item AS item FROM evidence WHERE kind IN ('receive', 'ack', 'dead_letter', 'drop') AND item <> ''
), active AS (
    SELECT DISTINCT grp AS grp FROM got
), fate AS (
    SELECT q.record_id AS record_id, q.grp AS grp, q.channel AS channel, q.ts AS ts, q.item AS item,
           CASE WHEN h.item IS NULL THEN 0 ELSE 1 END AS is_got
    FROM routed_to AS q
    JOIN active AS a ON a.grp = q.grp
    LEFT JOIN got AS h ON h.grp = q.grp AND h.item = q.item
), front AS (
    SELECT grp AS grp, MAX(CASE WHEN is_got = 1 THEN ts END) AS front_ts FROM fate GROUP BY grp
), open_fate AS (
    SELECT f.grp AS grp, f.channel AS channel, f.item AS item, MIN(f.ts) AS first_ts, MIN(f.record_id) AS first_id,
           MAX(CASE WHEN f.ts < w.front_ts THEN 1 ELSE 0 END) AS is_passed
    FROM fate AS f
    JOIN front AS w ON w.grp = f.grp
    WHERE f.is_got = 0
    GROUP BY f.grp, f.channel, f.item
)
SELECT 'unseen' AS rule, CASE WHEN is_passed = 1 THEN 'warning' ELSE 'info' END AS severity, grp AS grp, channel AS channel,
       -1 AS part, CAST(NULL AS BIGINT) AS pos, first_ts AS seen_at, first_id AS record_id, is_passed AS is_passed
FROM open_fate
"""


@dataclass(frozen=True, kw_only=True)
class QueuedMessage(Anomaly):
    """A message that a queue took and that nobody is seen to get."""

    is_passed: bool  # later messages of the queue were delivered

    def told(self) -> str:
        what = f"{self.event_type or 'event'} {self.event_id}" if self.event_id else "a message"
        later = ", though later ones came out of it" if self.is_passed else " when the logs end"
        return f"{what} was routed to {reader(self)} and is not seen to be delivered{later}"


QUEUED = Analysis(rules=("unseen",), row=QueuedMessage, sql=_QUEUED)
