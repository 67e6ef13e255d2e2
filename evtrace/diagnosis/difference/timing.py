"""What took longer, or shorter: waiting to be read, being handled? Each in the clocks that measure it alike on both sides."""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.diagnosis.difference.sides import LEAST_FLOWS
from evtrace.store import Store

#: What differs by less than this factor, or by less than this, is no difference.
_FACTOR, _LEAST_NS = 1.5, 10_000_000

# Work is measured by one clock. Waiting is not: it is compared only between the same two instances.
_SPANS = f"""
WITH strongest AS (
    SELECT g.child_no AS child_no, g.parent_no AS parent_no, g.via AS via,
           ROW_NUMBER() OVER (PARTITION BY g.child_no ORDER BY g.confidence DESC, g.parent_no DESC) AS nth
    FROM sides AS s
    JOIN stored_edges AS g ON g.flow_id = s.flow_id
    WHERE g.rule <> 'D1'
), span AS (
    SELECT c.flow_id AS flow_id, c.is_left AS is_left, 'work' AS what, p.event_type AS former, c.event_type AS event_type,
           COALESCE(c.service, '') AS who, '' AS spot, c.sent_ts - d.received_ts AS took_ns
    FROM strongest AS g
    JOIN steps AS c ON c.event_no = g.child_no
    JOIN steps AS p ON p.event_no = g.parent_no
    JOIN handed AS d ON d.delivery_id = g.via
    WHERE g.nth = 1
    UNION ALL
    SELECT d.flow_id AS flow_id, d.is_left AS is_left, 'wait' AS what, d.event_type AS former, d.event_type AS event_type,
           d.reader AS who, COALESCE(p.instance, '') || ' ' || COALESCE(d.instance, '') AS spot, d.received_ts - p.sent_ts AS took_ns
    FROM handed AS d
    JOIN steps AS p ON p.event_no = d.event_no
    WHERE d.reader IS NOT NULL
), own AS (
    SELECT what AS what, former AS former, event_type AS event_type, who AS who, spot AS spot, MAX(took_ns) AS longest_ns
    FROM span
    WHERE is_left = 1 AND took_ns IS NOT NULL
    GROUP BY what, former, event_type, who, spot
), ranked AS (
    SELECT what AS what, former AS former, event_type AS event_type, who AS who, spot AS spot, took_ns AS took_ns,
           ROW_NUMBER() OVER (PARTITION BY what, former, event_type, who, spot ORDER BY took_ns, flow_id) AS nth,
           COUNT(*) OVER (PARTITION BY what, former, event_type, who, spot) AS n
    FROM span
    WHERE is_left = 0 AND took_ns IS NOT NULL
), usual AS (
    SELECT what AS what, former AS former, event_type AS event_type, who AS who, spot AS spot, MAX(n) AS cases,
           MIN(CASE WHEN nth * 100 >= n THEN took_ns END) AS low_ns, MIN(CASE WHEN nth * 2 >= n THEN took_ns END) AS middle_ns,
           MIN(CASE WHEN nth * 100 >= 99 * n THEN took_ns END) AS high_ns
    FROM ranked
    GROUP BY what, former, event_type, who, spot
)
SELECT o.what AS what, o.former AS former, o.event_type AS event_type, o.who AS who, o.longest_ns AS here_ns, u.middle_ns AS there_ns,
       u.low_ns AS low_ns, u.high_ns AS high_ns, u.cases AS cases
FROM own AS o
JOIN usual AS u ON u.what = o.what AND u.former = o.former AND u.event_type = o.event_type AND u.who = o.who AND u.spot = o.spot
WHERE ABS(o.longest_ns - u.middle_ns) >= {_LEAST_NS}
  AND (o.longest_ns >= {_FACTOR} * u.middle_ns OR u.middle_ns >= {_FACTOR} * o.longest_ns)
  AND (u.cases < {LEAST_FLOWS} OR o.longest_ns > u.high_ns OR o.longest_ns < u.low_ns)
ORDER BY ABS(o.longest_ns - u.middle_ns) DESC, o.what, o.event_type, o.who, o.former
"""


@dataclass(frozen=True)
class Timing:
    """A span of time that differs."""

    what: str  # work: from receiving to publishing; wait: from publishing to being received
    after: str  # the event that was handled
    event_type: str  # the effect; for wait the event itself
    service: str | None  # who worked, or the reader
    left_ns: int
    right_ns: int  # in the middle
    right_low_ns: int  # 1 of 100 takes less
    right_high_ns: int  # 1 of 100 takes more
    of: int  # how many were measured on the right


def run(store: Store) -> tuple[Timing, ...]:
    """Compare what is laid out, the largest difference first."""
    return tuple(
        Timing(what, former, event_type, who or None, *rest)
        for what, former, event_type, who, *rest in store.rows(_SPANS)
    )
