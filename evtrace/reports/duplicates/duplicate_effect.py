"""Which causes had the same effect more than once?"""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.anomalies import Anomaly
from evtrace.reports.delivery.analysis import Analysis, Need
from evtrace.reports.delivery.words import counted, span, times

# A broker may tell of an event without its producer and a service with it: what any record knows is known.
_EXPLICIT = """
pair AS (
    SELECT causation_id AS causation_id, event_type AS event_type
    FROM evidence
    WHERE kind = 'publish' AND causation_id IS NOT NULL AND event_id IS NOT NULL AND hop IS NULL
    GROUP BY causation_id, event_type
    HAVING COUNT(*) > 1
), effect AS (
    SELECT e.causation_id AS cause, e.event_type AS event_type, e.event_id AS event_id, MAX(e.producer) AS any_producer,
           MAX(e.message_key) AS any_key, MAX(e.channel) AS any_channel, MIN(e.part) AS any_part, MIN(e.pos) AS any_pos,
           MIN(e.ts) AS first_ts, MIN(e.record_id) AS first_id
    FROM evidence AS e
    JOIN pair AS p
      ON p.causation_id = e.causation_id AND COALESCE(p.event_type, '') = COALESCE(e.event_type, '')
    WHERE e.kind = 'publish' AND e.event_id IS NOT NULL AND e.hop IS NULL
    GROUP BY e.causation_id, e.event_type, e.event_id
)"""

# Where no causation id is logged, the cause that linking found beyond doubt stands in.
_INFERRED = """
child AS (
    SELECT x.parent_no AS parent_no, c.event_type AS event_type, c.service AS service, c.published_ts AS ts,
           c.record_id AS record_id, x.confidence AS confidence
    FROM stored_edges AS x
    JOIN stored_events AS c ON c.event_no = x.child_no
    WHERE x.rule <> 'E1' AND x.confidence >= 0.9 AND x.rivals = 0 AND x.kind = 'causes' AND c.kind = 'message'
), guess AS (
    SELECT g.parent_no AS parent_no, e.event_id AS event_id, g.event_type AS event_type, g.service AS service,
           e.message_key AS message_key, e.channel AS channel, e.part AS part, e.pos AS pos, g.ts AS ts,
           g.record_id AS record_id, g.confidence AS confidence
    FROM child AS g
    JOIN evidence AS e ON e.record_id = g.record_id
    WHERE e.causation_id IS NULL AND e.kind = 'publish' AND e.hop IS NULL AND e.event_id IS NOT NULL
)"""

_SQL = f"""
WITH {_EXPLICIT}, {_INFERRED}, told AS (
    SELECT cause AS cause, event_type AS event_type, event_id AS event_id, any_producer AS producer, any_key AS message_key,
           any_channel AS channel, any_part AS part, any_pos AS pos, first_ts AS ts, first_id AS record_id, 1.0 AS sure
    FROM effect
    UNION ALL
    SELECT p.event_id AS cause, g.event_type AS event_type, g.event_id AS event_id, g.service AS producer,
           g.message_key AS message_key, g.channel AS channel, g.part AS part, g.pos AS pos, g.ts AS ts,
           g.record_id AS record_id, g.confidence AS sure
    FROM guess AS g
    JOIN event_names AS p ON p.event_no = g.parent_no
), ranked AS (
    SELECT cause AS cause, event_type AS event_type, event_id AS event_id, producer AS producer, message_key AS message_key,
           channel AS channel, part AS part, pos AS pos, ts AS ts, record_id AS record_id,
           MIN(sure) OVER (PARTITION BY cause, event_type, producer, message_key) AS confidence,
           COUNT(*) OVER (PARTITION BY cause, event_type, producer, message_key) AS effects,
           ROW_NUMBER() OVER (PARTITION BY cause, event_type, producer, message_key ORDER BY ts, record_id) AS nth,
           LAG(event_id) OVER (PARTITION BY cause, event_type, producer, message_key ORDER BY ts, record_id) AS before_event_id,
           LAG(record_id) OVER (PARTITION BY cause, event_type, producer, message_key ORDER BY ts, record_id) AS before_id,
           LAG(ts) OVER (PARTITION BY cause, event_type, producer, message_key ORDER BY ts, record_id) AS before_ts
    FROM told
), later_copy AS (
    SELECT cause AS cause, event_type AS event_type, event_id AS event_id, producer AS producer, message_key AS message_key,
           channel AS channel, part AS part, pos AS pos, ts AS ts, record_id AS record_id, confidence AS confidence,
           effects AS effects, before_event_id AS before_event_id, before_id AS before_id, before_ts AS before_ts
    FROM ranked
    WHERE nth = 2
), later AS (
    SELECT s.record_id AS record_id, COUNT(DISTINCT x.child_no) AS consequences
    FROM later_copy AS s
    JOIN record_flows AS f ON f.record_id = s.record_id
    JOIN stored_edges AS x ON x.parent_no = f.event_no
    GROUP BY s.record_id
)
SELECT 'duplicate_effect' AS rule, CASE WHEN s.confidence < 1 THEN 'warning' ELSE 'error' END AS severity, '' AS grp,
       s.channel AS channel, s.part AS part, s.pos AS pos, s.event_id AS event_id, s.event_type AS event_type,
       s.message_key AS message_key, s.producer AS service, s.ts AS seen_at, s.record_id AS record_id,
       s.before_id AS other_id, s.cause AS causation_id, s.before_event_id AS other_event_id, s.before_ts AS before_at,
       CAST(s.effects AS BIGINT) AS effects, CAST(s.effects - 1 AS BIGINT) AS extra,
       CAST(COALESCE(l.consequences, 0) AS BIGINT) AS consequences,
       CASE WHEN s.message_key IS NULL THEN 'possible' WHEN s.confidence < 1 THEN 'inferred' ELSE 'certain' END AS certainty,
       CAST(s.confidence AS DOUBLE) AS confidence
FROM later_copy AS s
LEFT JOIN later AS l ON l.record_id = s.record_id
"""


@dataclass(frozen=True, kw_only=True)
class DuplicateEffect(Anomaly):
    """One cause, one producer, one type, one key: more than one effect. `event_id` is the second."""

    causation_id: str
    other_event_id: str  # the first effect
    before_at: int | None  # when the first was published
    effects: int
    extra: int  # how many too many
    consequences: int  # events that the second effect caused in turn
    certainty: (
        str  # certain; possible: no key tells the effects apart; inferred: the cause is a finding of linking
    )
    confidence: float  # that both have this cause
    identity: str | None = None  # the id by which people know the flow: 'order 8123'
    money_field: str | None = None  # where the payload names an amount
    amount: float | None = None  # in the second effect
    other_amount: float | None = None  # in the first

    def told(self) -> str:
        after = None if self.at is None or self.before_at is None else self.at - self.before_at
        whom = self.identity or (
            f"key {self.message_key}" if self.message_key else f"cause {self.causation_id}"
        )
        doubt = {"possible": "possibly ", "inferred": "by inferred cause "}.get(self.certainty, "")
        what = f"{self.service or 'an unnamed service'} did {self.event_type or 'one thing'} {times(self.effects)} for {whom}"
        return f"{doubt}{what}, {span(after)} apart{self._amounts()}{self._later()}"

    def _amounts(self) -> str:
        if self.money_field is None:
            return ""
        first, second = (("none" if x is None else f"{x:,.2f}") for x in (self.other_amount, self.amount))
        return f" ({self.money_field}: {first} and {second})"

    def _later(self) -> str:
        if not self.consequences:
            return "; no event followed from the second"
        return f"; {counted(self.consequences, 'event')} followed from the second"


DUPLICATE_EFFECT = Analysis(
    rules=("duplicate_effect",),
    row=DuplicateEffect,
    sql=_SQL,
    needs=(
        Need("kind = 'publish'", "no publishes are logged"),
        Need("kind = 'publish' AND event_id IS NOT NULL", "publishes name no event id"),
        Need(
            "causation_id IS NOT NULL OR EXISTS (SELECT 1 FROM stored_edges WHERE rule <> 'E1')",
            "no publish names its cause, and none was inferred",
        ),
    ),
)
