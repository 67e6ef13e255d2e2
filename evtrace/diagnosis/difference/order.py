"""What came the other way round, in the broker's log or at a reader? Only what one log or one clock orders."""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.diagnosis.difference.sides import RARE
from evtrace.store import Store

# the first of each type that a flow has in a partition, and the first that a reader's instance got
_PAIRS = f"""
WITH placed AS (
    SELECT flow_id AS flow_id, is_left AS is_left, 'log' AS what, channel AS place, CAST(part AS VARCHAR) AS spot,
           event_type AS event_type, MIN(pos) AS nth
    FROM steps
    WHERE channel IS NOT NULL AND pos IS NOT NULL
    GROUP BY flow_id, is_left, channel, part, event_type
    UNION ALL
    SELECT flow_id AS flow_id, is_left AS is_left, 'reader' AS what, reader AS place, COALESCE(instance, '') AS spot,
           event_type AS event_type, MIN(received_ts) AS nth
    FROM handed
    WHERE reader IS NOT NULL AND received_ts IS NOT NULL
    GROUP BY flow_id, is_left, reader, instance, event_type
), pair AS (
    SELECT a.flow_id AS flow_id, a.is_left AS is_left, a.what AS what, a.place AS place, a.event_type AS former, b.event_type AS latter
    FROM placed AS a
    JOIN placed AS b ON b.flow_id = a.flow_id AND b.what = a.what AND b.place = a.place
        AND COALESCE(b.spot, '') = COALESCE(a.spot, '') AND a.event_type <> b.event_type AND a.nth < b.nth
), own AS (
    SELECT what AS what, place AS place, former AS former, latter AS latter FROM pair WHERE is_left = 1
), there AS (
    SELECT o.what AS what, o.place AS place, o.former AS former, o.latter AS latter,
           COUNT(DISTINCT CASE WHEN p.former = o.former THEN p.flow_id END) AS alike, COUNT(DISTINCT p.flow_id) AS having_both
    FROM own AS o
    JOIN pair AS p ON p.is_left = 0 AND p.what = o.what AND p.place = o.place
        AND ((p.former = o.former AND p.latter = o.latter) OR (p.former = o.latter AND p.latter = o.former))
    GROUP BY o.what, o.place, o.former, o.latter
)
SELECT what AS what, place AS place, former AS former, latter AS latter, having_both - alike AS other_way, having_both AS having_both
FROM there
WHERE alike <= {RARE} * having_both
ORDER BY what, place, former, latter
"""


@dataclass(frozen=True)
class Swapped:
    """On the left one came before the other; on the right it is the other way round."""

    what: str  # log: a partition holds them so; reader: one instance got them so
    place: str  # channel or reader
    first: str  # event type
    second: str
    right_flows: int  # that have it the other way round
    of: int  # flows that have both


def run(store: Store) -> tuple[Swapped, ...]:
    """Compare what is laid out."""
    return tuple(Swapped(*row) for row in store.rows(_PAIRS))
