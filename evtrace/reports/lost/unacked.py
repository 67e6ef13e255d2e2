"""Which messages were received and never answered?"""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.anomalies import Anomaly
from evtrace.reports.delivery.analysis import Analysis, Need
from evtrace.reports.delivery.words import reader, slot, span

# A group answers where it acknowledges or commits at all; other groups cannot be judged. What was received
# shortly before its logs end may still be answered.
_SQL = """
WITH sign AS (
    SELECT grp AS grp, channel AS channel, part AS part, MAX(ts) AS end_ts,
           MAX(CASE WHEN kind IN ('ack', 'nack', 'commit') THEN 1 ELSE 0 END) AS answers,
           MAX(CASE WHEN kind = 'commit' THEN pos END) AS end_pos
    FROM evidence
    WHERE kind IN ('receive', 'ack', 'nack', 'commit') AND grp <> ''
    GROUP BY grp, channel, part
), habit AS (
    SELECT grp AS grp, channel AS channel, MAX(end_ts) AS last_ts
    FROM sign
    GROUP BY grp, channel
    HAVING MAX(answers) = 1
), place AS (
    SELECT s.grp AS grp, s.channel AS channel, s.part AS part, COALESCE(s.end_pos, 0) AS from_pos, h.last_ts AS last_ts,
           h.last_ts - {within_ns} AS until_ts
    FROM sign AS s
    JOIN habit AS h ON h.grp = s.grp AND h.channel = s.channel
), waiting AS (
    SELECT r.grp AS grp, r.channel AS channel, r.part AS part, COALESCE(r.pos, -1) AS pos_no, r.pos AS pos, r.item AS item,
           r.ts AS ts, r.record_id AS record_id, h.last_ts AS last_ts
    FROM evidence AS r
    JOIN place AS h ON h.grp = r.grp AND h.channel = r.channel AND h.part = r.part AND r.ts <= h.until_ts AND COALESCE(r.pos, h.from_pos) >= h.from_pos
    WHERE r.kind = 'receive' AND (r.outcome IS NULL OR r.outcome NOT IN ('ok', 'dead_letter'))
), answer AS (
    SELECT grp AS grp, channel AS channel, part AS part, COALESCE(pos, -1) AS pos_no, item AS item, event_id AS event_id
    FROM evidence
    WHERE grp <> '' AND (kind IN ('ack', 'nack', 'dead_letter', 'drop') OR (kind IN ('receive', 'process') AND outcome IN ('ok', 'dead_letter')))
), unanswered AS (
    SELECT w.grp AS grp, w.channel AS channel, w.part AS part, w.pos AS pos, w.item AS item, MAX(w.ts) AS got_ts,
           MAX(w.record_id) AS got_id, MAX(w.last_ts) AS end_ts
    FROM waiting AS w
    LEFT JOIN answer AS a
      ON a.grp = w.grp AND a.channel = w.channel AND a.part = w.part AND a.pos_no = w.pos_no AND a.item = w.item
    WHERE a.grp IS NULL
    GROUP BY w.grp, w.channel, w.part, w.pos, w.item
), named AS (
    SELECT DISTINCT grp AS grp, event_id AS event_id FROM answer WHERE event_id IS NOT NULL
), known AS (
    SELECT u.got_id AS got_id
    FROM unanswered AS u
    JOIN evidence AS e ON e.record_id = u.got_id
    JOIN named AS n ON n.grp = u.grp AND n.event_id = e.event_id
), silent AS (
    SELECT u.grp AS grp, u.channel AS channel, u.part AS part, u.pos AS pos, u.got_ts AS got_ts, u.got_id AS got_id, u.end_ts AS end_ts
    FROM unanswered AS u
    LEFT JOIN known AS k ON k.got_id = u.got_id
    WHERE k.got_id IS NULL
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
