"""Which messages were received and never answered?"""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.anomalies import Anomaly
from evtrace.reports.delivery.analysis import Analysis, Need
from evtrace.reports.delivery.words import reader, slot, span

# A group answers where it acknowledges or commits at all; other groups cannot be judged. What was received
# shortly before its logs end may still be answered.
_SQL = """
WITH habit AS (
    SELECT grp AS grp, channel AS channel, MAX(ts) AS last_ts,
           MAX(CASE WHEN kind IN ('ack', 'nack') THEN 1 ELSE 0 END) AS acks, MAX(CASE WHEN kind = 'commit' THEN 1 ELSE 0 END) AS commits
    FROM evidence
    WHERE kind IN ('receive', 'ack', 'nack', 'commit') AND grp <> ''
    GROUP BY grp, channel
), committed AS (
    SELECT grp AS grp, channel AS channel, part AS part, MAX(pos) AS end_pos
    FROM evidence
    WHERE kind = 'commit' AND grp <> ''
    GROUP BY grp, channel, part
), waiting AS (
    SELECT r.grp AS grp, r.channel AS channel, r.part AS part, COALESCE(r.pos, -1) AS pos_no, r.pos AS pos, r.item AS item,
           r.event_id AS event_id, r.ts AS ts, r.record_id AS record_id, h.last_ts AS last_ts
    FROM evidence AS r
    JOIN habit AS h ON h.grp = r.grp AND h.channel = r.channel AND h.acks + h.commits > 0
    LEFT JOIN committed AS k ON k.grp = r.grp AND k.channel = r.channel AND k.part = r.part
    WHERE r.kind = 'receive' AND r.ts <= h.last_ts - {within_ns} AND (k.end_pos IS NULL OR r.pos IS NULL OR r.pos >= k.end_pos)
      AND (r.outcome IS NULL OR r.outcome NOT IN ('ok', 'dead_letter'))
), answer AS (
    SELECT grp AS grp, channel AS channel, part AS part, COALESCE(pos, -1) AS pos_no, item AS item, event_id AS event_id
    FROM evidence
    WHERE grp <> '' AND (kind IN ('ack', 'nack', 'dead_letter', 'drop') OR (kind IN ('receive', 'process') AND outcome IN ('ok', 'dead_letter')))
), unanswered AS (
    SELECT w.grp AS grp, w.channel AS channel, w.part AS part, w.pos_no AS pos_no, w.pos AS pos, w.item AS item,
           w.event_id AS event_id, w.ts AS ts, w.record_id AS record_id, w.last_ts AS last_ts
    FROM waiting AS w
    LEFT JOIN answer AS a
      ON a.grp = w.grp AND a.channel = w.channel AND a.part = w.part AND a.pos_no = w.pos_no AND a.item = w.item
    WHERE a.grp IS NULL
), silent AS (
    SELECT u.grp AS grp, u.channel AS channel, u.part AS part, u.pos AS pos, u.item AS item, MAX(u.ts) AS got_ts,
           MAX(u.record_id) AS got_id, MAX(u.last_ts) AS end_ts
    FROM unanswered AS u
    LEFT JOIN answer AS a ON a.grp = u.grp AND a.event_id = u.event_id
    WHERE a.grp IS NULL
    GROUP BY u.grp, u.channel, u.part, u.pos, u.item
)
SELECT 'unacked' AS rule, grp AS grp, channel AS channel, part AS part, pos AS pos, got_ts AS seen_at, got_id AS record_id,
       (end_ts - got_ts) / 1000000000.0 AS waiting_s
FROM silent
"""


@dataclass(frozen=True, kw_only=True)
class Unacked(Anomaly):
    """A message in flight for too long."""

    waiting_s: float  # from its last receive to the end of the group's logs, in seconds

    def told(self) -> str:
        return f"{reader(self)} got {slot(self)} and did not answer within {span(round(self.waiting_s * 1e9))}: no acknowledgement, no commit past it"


UNACKED = Analysis(
    rules=("unacked",),
    row=Unacked,
    sql=_SQL,
    needs=(
        Need("kind = 'receive'", "no receives are logged"),
        Need("kind IN ('ack', 'nack', 'commit')", "no acknowledgements and no commits are logged"),
    ),
)
