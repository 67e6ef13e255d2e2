"""Which messages did somebody give up: routed nowhere, put aside, thrown away?"""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.anomalies import Anomaly
from evtrace.reports.delivery.analysis import Analysis, Need
from evtrace.reports.delivery.words import reader, slot, times

# Where a dead letter came from stands in its headers; a message keeps its event id on the way.
# One observer may name the event, another only its slot: they tell of one message.
_SQL = """
WITH told AS (
    SELECT CASE WHEN e.kind = 'drop' THEN 'dropped' ELSE 'dead_letter' END AS rule,
           CASE WHEN e.hop IS NULL OR o.record_id IS NULL THEN e.grp ELSE COALESCE(o.grp, '') END AS grp,
           COALESCE(o.channel, e.channel) AS channel, CASE WHEN o.channel IS NULL THEN e.part ELSE COALESCE(o.part, -1) END AS part,
           CASE WHEN o.channel IS NULL THEN e.pos ELSE o.pos END AS pos, e.event_id AS event_id, e.ts AS ts,
           e.record_id AS record_id, e.error AS error, e.message AS message, e.source_id AS source_id,
           CASE WHEN e.kind IN ('dead_letter', 'drop') THEN 0 WHEN e.kind = 'publish' THEN 1 ELSE 2 END AS rank_no
    FROM evidence AS e
    LEFT JOIN dead_letter_origins AS o ON o.record_id = e.record_id
    WHERE e.kind IN ('dead_letter', 'drop') OR (e.hop = 'dead_letter' AND e.kind IN ('publish', 'receive'))
), slot AS (
    SELECT channel AS channel, part AS part, pos AS pos, MIN(event_id) AS any_event_id
    FROM told
    WHERE pos IS NOT NULL AND event_id IS NOT NULL
    GROUP BY channel, part, pos
), keyed AS (
    SELECT t.rule AS rule, t.grp AS grp, t.channel AS channel, t.part AS part, t.pos AS pos, t.ts AS ts, t.record_id AS record_id,
           t.error AS error, t.message AS message, t.source_id AS source_id,
           CASE WHEN t.event_id IS NULL THEN t.rank_no + 1 ELSE t.rank_no END AS rank_no,
           COALESCE(t.event_id, s.any_event_id, t.channel || '/' || CAST(t.part AS VARCHAR) || '/' || COALESCE(CAST(t.pos AS VARCHAR), CAST(t.record_id AS VARCHAR))) AS thing
    FROM told AS t
    LEFT JOIN slot AS s ON s.channel = t.channel AND s.part = t.part AND s.pos = t.pos
), known AS (
    SELECT DISTINCT rule AS rule, thing AS thing FROM keyed WHERE grp <> ''
), chosen AS (
    SELECT k.rule AS rule, k.grp AS grp, k.channel AS channel, k.part AS part, k.pos AS pos, k.ts AS ts, k.record_id AS record_id,
           k.thing AS thing, MAX(COALESCE(k.error, k.message)) OVER (PARTITION BY k.rule, k.thing, k.grp) AS reason,
           COUNT(*) OVER (PARTITION BY k.rule, k.thing, k.grp, k.rank_no, k.source_id) AS times,
           ROW_NUMBER() OVER (PARTITION BY k.rule, k.thing, k.grp ORDER BY k.rank_no, k.ts, k.record_id) AS place
    FROM keyed AS k
    LEFT JOIN known AS w ON w.rule = k.rule AND w.thing = k.thing
    WHERE k.grp <> '' OR w.thing IS NULL
)
SELECT rule AS rule, grp AS grp, channel AS channel, part AS part, pos AS pos, ts AS seen_at, record_id AS record_id,
       reason AS reason, CAST(times AS BIGINT) AS times
FROM chosen
WHERE place = 1
"""

_UNROUTABLE = """
WITH nowhere AS (
    SELECT channel AS channel, part AS part, pos AS pos, ts AS ts, record_id AS record_id,
           ROW_NUMBER() OVER (PARTITION BY channel, COALESCE(event_id, CAST(record_id AS VARCHAR)), ts
                              ORDER BY record_id) AS copy
    FROM evidence
    WHERE kind = 'publish' AND REPLACE(routed, ' ', '') = '[]'
)
SELECT 'unroutable' AS rule, '' AS grp, channel AS channel, part AS part, pos AS pos, ts AS seen_at, record_id AS record_id,
       CAST(NULL AS VARCHAR) AS reason, CAST(1 AS BIGINT) AS times
FROM nowhere
WHERE copy = 1
"""

#: Where dead letters say that they come from, as columns; made before the analysis, for JSON is no business of it.
ORIGINS = """
CREATE OR REPLACE TEMP TABLE dead_letter_origins AS
SELECT record_id AS record_id, json_extract_string(origin, '$.channel') AS channel,
       TRY_CAST(json_extract_string(origin, '$.part') AS INTEGER) AS part,
       TRY_CAST(json_extract_string(origin, '$.pos') AS BIGINT) AS pos, json_extract_string(origin, '$.grp') AS grp
FROM evidence
WHERE origin IS NOT NULL AND json_valid(origin)
"""


@dataclass(frozen=True, kw_only=True)
class GivenUp(Anomaly):
    """A message that goes no further. Of a dead letter `channel`, `part`, `pos` and `grp` are those it came from."""

    reason: str | None
    times: int  # more than 1: it was brought back and given up again

    def told(self) -> str:
        what = f"{self.event_type or 'event'} {self.event_id}" if self.event_id else "a message"
        if self.rule == "unroutable":
            return (
                f"{what} was published to {self.channel or 'an unnamed channel'}, which routed it to no queue"
            )
        why = f": {' '.join(self.reason.split())[:200]}" if self.reason else ""
        verb = "gave up" if self.rule == "dead_letter" else "lost for good by the broker:"
        often = f" {times(self.times)}" if self.times > 1 else ""
        # without a position the place would be the event once more
        place = (
            slot(self) if self.pos is not None or not self.event_id else self.channel or "an unnamed channel"
        )
        return f"{reader(self)} {verb} {what} from {place}{often}{why}"


GIVEN_UP = Analysis(
    rules=("dropped", "dead_letter"),
    row=GivenUp,
    sql=_SQL,
    needs=(Need("kind IN ('publish', 'receive', 'dead_letter', 'drop')", "no messages are logged"),),
)

UNROUTABLE = Analysis(
    rules=("unroutable",),
    row=GivenUp,
    sql=_UNROUTABLE,
    needs=(
        Need("kind = 'publish'", "no publishes are logged"),
        Need("kind = 'publish' AND routed IS NOT NULL", "no publish says where it was routed to"),
    ),
)
