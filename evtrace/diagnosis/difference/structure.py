"""Which events and deliveries are there more of, or fewer?"""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.diagnosis.difference.sides import RARE
from evtrace.store import Store

# how many of a kind each flow has; a flow without any has none, which is a number as well
_COUNTS = """
WITH every AS (
    SELECT flow_id AS flow_id, is_left AS is_left, 'event' AS what, event_type AS event_type, COALESCE(service, '') AS who,
           COALESCE(channel, '') AS place
    FROM steps
    UNION ALL
    SELECT flow_id AS flow_id, is_left AS is_left, 'delivery' AS what, event_type AS event_type, COALESCE(reader, '') AS who,
           outcome AS place
    FROM handed
), each_one AS (
    SELECT flow_id AS flow_id, is_left AS is_left, what AS what, event_type AS event_type, who AS who, place AS place, COUNT(*) AS n
    FROM every
    GROUP BY flow_id, is_left, what, event_type, who, place
), own AS (
    SELECT what AS what, event_type AS event_type, who AS who, place AS place, MAX(CASE WHEN is_left = 1 THEN n ELSE 0 END) AS own_n
    FROM each_one
    GROUP BY what, event_type, who, place
), ranked AS (
    SELECT what AS what, event_type AS event_type, who AS who, place AS place, n AS n,
           ROW_NUMBER() OVER (PARTITION BY what, event_type, who, place ORDER BY n, flow_id) AS nth
    FROM each_one
    WHERE is_left = 0
), tally AS (
    SELECT o.what AS what, o.event_type AS event_type, o.who AS who, o.place AS place, MAX(o.own_n) AS here,
           SUM(CASE WHEN r.n = o.own_n THEN 1 ELSE 0 END) AS alike, COUNT(r.n) AS having_any
    FROM own AS o
    LEFT JOIN ranked AS r ON r.what = o.what AND r.event_type = o.event_type AND r.who = o.who AND r.place = o.place
    GROUP BY o.what, o.event_type, o.who, o.place
)
SELECT t.what AS what, t.event_type AS event_type, t.who AS who, t.place AS place, t.here AS here, COALESCE(m.n, 0) AS there,
       t.having_any AS having_any
FROM tally AS t
LEFT JOIN ranked AS m ON m.what = t.what AND m.event_type = t.event_type AND m.who = t.who AND m.place = t.place
    AND m.nth * 2 >= t.having_any AND m.nth * 2 < t.having_any + 2
WHERE CASE WHEN t.here = 0 THEN {flows} - t.having_any ELSE t.alike END <= {rare} * {flows}
ORDER BY t.what DESC, t.event_type, t.who, t.place
"""


@dataclass(frozen=True)
class Counts:
    """A kind of event or delivery that the left side has more of, or fewer, than hardly any on the right."""

    what: str  # event or delivery
    event_type: str
    service: str | None  # who published it, or the reader
    place: str | None  # the channel of an event, the outcome of a delivery
    left: int
    right: int  # of the flows that have any, the one in the middle
    right_flows: int  # how many have any


def run(store: Store, flows: int) -> tuple[Counts, ...]:
    """Compare what is laid out; `flows` are on the right."""
    rows = store.rows(_COUNTS.format(flows=int(flows), rare=RARE)) if flows else []
    return tuple(
        Counts(what, event_type, who or None, place or None, *counts)
        for what, event_type, who, place, *counts in rows
    )
