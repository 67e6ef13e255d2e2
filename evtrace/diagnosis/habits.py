"""Habits that broke off: what was nearly always done until it began to be missing is still expected."""

from __future__ import annotations

from evtrace.diagnosis.problems import UNREAD
from evtrace.diagnosis.spread import LEAST_FLOWS, RARE, is_less
from evtrace.store import Store

#: What fewer of all have is no habit that broke off.
_LEAST_HALF = 0.5

# what half of the causes or more have, and nothing stands in for
_IN_DOUBT = f"""
CREATE OR REPLACE TEMP TABLE in_doubt AS
SELECT u.root_type AS root_type, u.event_type AS event_type, u.service AS service, MIN(u.child_type) AS only_type
FROM usual_effects AS u
WHERE u.calm_led > {RARE} * u.calm_causes AND u.calm_causes >= 2 * {LEAST_FLOWS}
GROUP BY u.root_type, u.event_type, u.service
HAVING COUNT(*) = 1 AND SUM(CASE WHEN u.expected THEN 1 ELSE 0 END) = 0 AND MIN(u.calm_led * 1.0 / u.calm_causes) >= {_LEAST_HALF}
"""

_EXPECT = """
UPDATE usual_effects SET expected = TRUE
WHERE root_type = ? AND event_type = ? AND service = ? AND child_type = ?
"""

# how many of the causes that came first had the effect, of those that could have it; in time, a quarter and a half of them
_BEGINNINGS = f"""
WITH due AS (
    SELECT b.root_type AS root_type, b.event_type AS event_type, b.service AS service, b.only_type AS child_type,
           CASE WHEN x.event_no IS NULL THEN 0 ELSE 1 END AS led,
           ROW_NUMBER() OVER (PARTITION BY b.root_type, b.event_type, b.service, b.only_type ORDER BY e.published_ts, e.event_no) AS place,
           COUNT(*) OVER (PARTITION BY b.root_type, b.event_type, b.service, b.only_type) AS n
    FROM in_doubt AS b
    JOIN sampled_events AS e ON e.root_type = b.root_type AND e.event_type = b.event_type
    LEFT JOIN (
        SELECT DISTINCT event_no AS event_no, service AS service, child_type AS child_type FROM sampled_effects
    ) AS x ON x.event_no = e.event_no AND x.service = b.service AND x.child_type = b.only_type
    LEFT JOIN (
        SELECT DISTINCT p.event_no AS event_no, p.service AS service FROM flow_problems AS p
        WHERE p.what IN {UNREAD!r} AND NOT p.repaired
    ) AS p ON p.event_no = e.event_no AND p.service = b.service
    LEFT JOIN reading_spans AS h ON h.event_type = b.event_type AND h.service = b.service
    WHERE e.published_ts IS NOT NULL
      AND (x.event_no IS NOT NULL OR p.event_no IS NULL)
      AND (h.service IS NULL OR (e.published_ts >= h.read_from AND e.published_ts < h.read_to))
)
SELECT root_type AS root_type, event_type AS event_type, service AS service, child_type AS child_type, SUM(led) AS all_led, MAX(n) AS causes,
       SUM(CASE WHEN place * 4 <= n THEN led ELSE 0 END) AS led_4, SUM(CASE WHEN place * 4 <= n THEN 1 ELSE 0 END) AS n_4,
       SUM(CASE WHEN place * 2 <= n THEN led ELSE 0 END) AS led_2, SUM(CASE WHEN place * 2 <= n THEN 1 ELSE 0 END) AS n_2
FROM due
GROUP BY root_type, event_type, service, child_type
ORDER BY root_type, event_type, service, child_type
"""


def learn(store: Store, shares: dict[str, float]) -> None:
    """Expect them in usual_effects: a change with the time, which no choice makes."""
    store.execute(_IN_DOUBT)
    if not store.value("SELECT 1 AS one FROM in_doubt LIMIT 1"):
        return
    for *place, led, n, led_4, n_4, led_2, n_2 in store.rows(_BEGINNINGS):
        least = shares.get(place[0])
        begun = ((int(led_4), int(n_4)), (int(led_2), int(n_2)))
        if least is not None and any(_is_broken(least, first, (int(led), int(n))) for first in begun):
            store.execute(_EXPECT, place)


def _is_broken(least: float, first: tuple[int, int], every: tuple[int, int]) -> bool:
    (led, n), (all_led, all_n) = first, every
    return n >= LEAST_FLOWS and led >= least * n and is_less((all_led - led, all_n - n), first)
