"""Which keys live in more than one partition?"""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.anomalies import Anomaly
from evtrace.reports.delivery.analysis import Analysis, Need
from evtrace.reports.delivery.words import counted

_SQL = """
WITH split AS (
    SELECT channel AS channel, message_key AS message_key
    FROM evidence
    WHERE kind = 'publish' AND message_key IS NOT NULL AND part >= 0
    GROUP BY channel, message_key
    HAVING MIN(part) <> MAX(part)
), home AS (
    SELECT e.channel AS channel, e.message_key AS message_key, e.part AS part, COUNT(DISTINCT e.pos) AS n, MIN(e.ts) AS first_ts,
           MIN(e.record_id) AS first_id
    FROM evidence AS e
    JOIN split AS s ON s.channel = e.channel AND s.message_key = e.message_key
    WHERE e.kind = 'publish' AND e.part >= 0
    GROUP BY e.channel, e.message_key, e.part
), ranked AS (
    SELECT channel AS channel, message_key AS message_key, part AS part, first_ts AS ts, first_id AS record_id,
           SUM(n) OVER (PARTITION BY channel, message_key) AS events,
           COUNT(*) OVER (PARTITION BY channel, message_key) AS partitions,
           ROW_NUMBER() OVER (PARTITION BY channel, message_key ORDER BY first_ts, first_id) AS nth,
           LAG(part) OVER (PARTITION BY channel, message_key ORDER BY first_ts, first_id) AS before_part,
           LAG(first_id) OVER (PARTITION BY channel, message_key ORDER BY first_ts, first_id) AS before_id
    FROM home
)
SELECT 'key_split' AS rule, '' AS grp, channel AS channel, part AS part, message_key AS message_key,
       ts AS seen_at, record_id AS record_id, before_id AS other_id, before_part AS before_part,
       CAST(partitions AS BIGINT) AS partitions, CAST(events AS BIGINT) AS events
FROM ranked
WHERE nth = 2
"""


@dataclass(frozen=True, kw_only=True)
class KeySplit(Anomaly):
    """A key that moved; `part` is the second partition, `at` when it first went there."""

    before_part: int
    partitions: int
    events: int  # of the key, in all partitions

    def told(self) -> str:
        return (
            f"key {self.message_key} of {self.channel} lies in {counted(self.partitions, 'partition')} "
            f"(first {self.before_part}, then {self.part}): its {counted(self.events, 'event')} have no order"
        )


KEY_SPLIT = Analysis(
    rules=("key_split",),
    row=KeySplit,
    sql=_SQL,
    needs=(
        Need("kind = 'publish'", "no publishes are logged"),
        Need("kind = 'publish' AND message_key IS NOT NULL", "publishes name no key"),
        Need("kind = 'publish' AND part >= 0", "publishes name no partition"),
    ),
)
