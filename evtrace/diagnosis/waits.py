"""How long an event waits for each of its readers: learned per root type from first deliveries."""

from __future__ import annotations

from typing import Any

from evtrace.diagnosis.spread import LEAST_FLOWS, late_from
from evtrace.store import Store

# what a broker or a service tells of a first delivery; waits for retries are no queue
_WAITS = f"""
WITH waited AS (
    SELECT e.root_type AS root_type, e.event_type AS event_type, COALESCE(d.grp, d.service) AS reader,
           MIN(d.received_ts - e.published_ts) AS wait_ns
    FROM sampled_events AS e
    JOIN cohort_flows AS n ON n.flow_id = e.flow_id
    JOIN stored_deliveries AS d ON d.event_no = e.event_no
    WHERE COALESCE(d.attempt, 1) = 1 AND d.received_ts IS NOT NULL AND e.published_ts IS NOT NULL
    GROUP BY e.root_type, e.event_type, e.event_no, COALESCE(d.grp, d.service)
), ranked AS (
    SELECT root_type AS root_type, event_type AS event_type, reader AS reader, wait_ns AS wait_ns,
           ROW_NUMBER() OVER (PARTITION BY root_type, event_type, reader ORDER BY wait_ns) AS place,
           COUNT(*) OVER (PARTITION BY root_type, event_type, reader) AS n
    FROM waited
    WHERE reader IS NOT NULL
)
SELECT root_type AS root_type, event_type AS event_type, reader AS reader, MAX(n) AS timed, MIN(wait_ns) AS least_ns,
       MIN(CASE WHEN place * 4 >= n THEN wait_ns END) AS q25_ns, MIN(CASE WHEN place * 2 >= n THEN wait_ns END) AS q50_ns,
       MIN(CASE WHEN place * 4 >= n * 3 THEN wait_ns END) AS q75_ns
FROM ranked
GROUP BY root_type, event_type, reader
HAVING MAX(n) >= {LEAST_FLOWS}
ORDER BY root_type, event_type, reader
"""


def learn(store: Store, shares: dict[str, float]) -> None:
    """Fill usual_waits, for root types whose cohort is large enough."""
    store.append("usual_waits", [_wait(row) for row in store.rows(_WAITS) if row[0] in shares])


def _wait(row: tuple[Any, ...]) -> tuple[object, ...]:
    """From when on a wait is late. Two clocks tell it: how far they are off is in the shortest wait as well."""
    *_, timed, least, q25, q50, q75 = row
    beyond = late_from(q25 - least, q50 - least, q75 - least, timed)
    return (*row, None if beyond is None else least + beyond)
