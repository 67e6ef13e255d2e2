"""Which slots were tried again and again and never got through?"""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.anomalies import Anomaly
from evtrace.reports.delivery.analysis import Analysis, Need
from evtrace.reports.delivery.words import reader, slot, span
from evtrace.reports.duplicates.redelivery import receives

#: So many attempts without an end make a poison message.
ATTEMPTS = 3

# An acknowledgement, or a commit past the slot, ends the count.
_SQL = f"""
WITH {receives(f"COUNT(*) >= {ATTEMPTS}")}, tried AS (
    SELECT grp AS grp, channel AS channel, part AS part, pos_no AS pos_no, item AS item
    FROM attempts
    GROUP BY grp, channel, part, pos_no, item
    HAVING COUNT(*) >= {ATTEMPTS}
), through AS (
    SELECT t.grp AS grp, t.channel AS channel, t.part AS part, t.pos_no AS pos_no, t.item AS item, MAX(e.ts) AS end_ts
    FROM tried AS t
    JOIN evidence AS e ON e.grp = t.grp AND e.channel = t.channel AND e.part = t.part
    WHERE (e.kind = 'ack' AND COALESCE(e.pos, -1) = t.pos_no AND e.item = t.item)
       OR (e.kind = 'commit' AND t.pos_no >= 0 AND e.pos > t.pos_no)
       OR (e.kind IN ('receive', 'process') AND e.outcome = 'ok' AND COALESCE(e.pos, -1) = t.pos_no AND e.item = t.item)
    GROUP BY t.grp, t.channel, t.part, t.pos_no, t.item
), open_try AS (
    SELECT a.grp AS grp, a.channel AS channel, a.part AS part, a.pos AS pos, a.item AS item, COUNT(*) AS tries,
           MIN(a.ts) AS first_ts, MAX(a.ts) AS last_ts, MIN(a.record_id) AS first_id, MAX(a.record_id) AS last_id
    FROM attempts AS a
    JOIN tried AS t ON t.grp = a.grp AND t.channel = a.channel AND t.part = a.part AND t.pos_no = a.pos_no AND t.item = a.item
    LEFT JOIN through AS x ON x.grp = a.grp AND x.channel = a.channel AND x.part = a.part AND x.pos_no = a.pos_no AND x.item = a.item
    WHERE x.end_ts IS NULL OR a.ts > x.end_ts
    GROUP BY a.grp, a.channel, a.part, a.pos, a.item
    HAVING COUNT(*) >= {ATTEMPTS}
)
SELECT 'poison' AS rule, grp AS grp, channel AS channel, part AS part, pos AS pos, last_ts AS seen_at, last_id AS record_id,
       first_id AS other_id, tries AS tries, first_ts AS before_at
FROM open_try
"""


@dataclass(frozen=True, kw_only=True)
class Poison(Anomaly):
    """A slot whose handling never ends; `at` is the last attempt."""

    tries: int
    before_at: int | None  # the first attempt

    def told(self) -> str:
        lasting = None if self.at is None or self.before_at is None else self.at - self.before_at
        return f"{reader(self)} got {slot(self)} {self.tries:,} times in {span(lasting)}, with no acknowledgement and no commit past it"


POISON = Analysis(
    rules=("poison",),
    row=Poison,
    sql=_SQL,
    needs=(
        Need("kind = 'receive'", "no receives are logged"),
        Need(
            "kind = 'receive' AND (pos IS NOT NULL OR item <> '')",
            "receives name neither a position nor an event id",
        ),
    ),
)
