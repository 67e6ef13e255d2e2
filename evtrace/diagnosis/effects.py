"""What each service makes of each type: learned per root type, with how long it takes, and which of several it may be."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from evtrace.diagnosis.problems import UNREAD
from evtrace.diagnosis.spread import LEAST_FLOWS, LEAST_SHARE, OR, RARE, late_from, most_likely
from evtrace.store import Store

#: Of all flows without a visible fault so large a share has what is expected: what more of them lack is another way
#: to do it, no fault.
LEAST_CALM_SHARE = 0.75

# how many flows hold each type, with how many events: a cause that never led to the effect counts as well
_LEARNED = f"""
WITH emitted AS (
    SELECT flow_id AS flow_id, root_type AS root_type, event_no AS event_no, event_type AS event_type, service AS service,
           child_type AS child_type, COUNT(*) AS effects
    FROM sampled_effects
    GROUP BY flow_id, root_type, event_no, event_type, service, child_type
), rule AS (
    SELECT x.root_type AS root_type, x.event_type AS event_type, x.service AS service, x.child_type AS child_type,
           COUNT(*) AS calm_led, SUM(CASE WHEN n.flow_id IS NULL THEN 0 ELSE 1 END) AS led,
           SUM(CASE WHEN n.flow_id IS NOT NULL AND x.effects > 1 THEN 1 ELSE 0 END) AS several
    FROM emitted AS x
    LEFT JOIN cohort_flows AS n ON n.flow_id = x.flow_id
    GROUP BY x.root_type, x.event_type, x.service, x.child_type
), causes AS (
    SELECT e.root_type AS root_type, e.event_type AS event_type, COUNT(*) AS calm_causes,
           SUM(CASE WHEN n.flow_id IS NULL THEN 0 ELSE 1 END) AS causes
    FROM sampled_events AS e
    LEFT JOIN cohort_flows AS n ON n.flow_id = e.flow_id
    GROUP BY e.root_type, e.event_type
), unread AS (
    -- an event that never reached the service, or was there before it, owes no effect there
    SELECT p.event_no AS event_no, p.service AS service FROM flow_problems AS p WHERE p.what IN {UNREAD!r} AND NOT p.repaired
    UNION
    SELECT e.event_no AS event_no, u.service AS service
    FROM reading_spans AS u
    JOIN sampled_events AS e ON e.event_type = u.event_type
    WHERE e.published_ts < u.read_from OR e.published_ts >= u.read_to
), untouched AS (
    SELECT e.root_type AS root_type, e.event_type AS event_type, p.service AS service, COUNT(DISTINCT e.event_no) AS calm_causes,
           COUNT(DISTINCT CASE WHEN n.flow_id IS NOT NULL THEN e.event_no END) AS causes
    FROM unread AS p
    JOIN sampled_events AS e ON e.event_no = p.event_no
    LEFT JOIN cohort_flows AS n ON n.flow_id = e.flow_id
    LEFT JOIN (SELECT DISTINCT event_no AS event_no, service AS service FROM sampled_effects) AS x
      ON x.event_no = p.event_no AND x.service = p.service
    WHERE x.event_no IS NULL
    GROUP BY e.root_type, e.event_type, p.service
), handled AS (
    -- an effect of several causes counts from the last of them
    SELECT x.root_type AS root_type, x.event_type AS event_type, x.service AS service, x.child_type AS child_type,
           x.published_ts - d.received_ts AS took_ns,
           ROW_NUMBER() OVER (PARTITION BY x.child_no ORDER BY d.received_ts DESC, x.event_no) AS back
    FROM sampled_effects AS x
    JOIN cohort_flows AS n ON n.flow_id = x.flow_id
    JOIN stored_deliveries AS d ON d.event_no = x.event_no AND COALESCE(d.service, d.grp) = x.service
    WHERE x.published_ts >= d.received_ts
), timed AS (
    SELECT root_type AS root_type, event_type AS event_type, service AS service, child_type AS child_type, took_ns AS took_ns
    FROM handled
    WHERE back = 1
), ranked AS (
    SELECT root_type AS root_type, event_type AS event_type, service AS service, child_type AS child_type, took_ns AS took_ns,
           ROW_NUMBER() OVER (PARTITION BY root_type, event_type, service, child_type ORDER BY took_ns) AS place,
           COUNT(*) OVER (PARTITION BY root_type, event_type, service, child_type) AS n
    FROM timed
), spread AS (
    SELECT root_type AS root_type, event_type AS event_type, service AS service, child_type AS child_type, MAX(n) AS timed,
           MIN(CASE WHEN place * 4 >= n THEN took_ns END) AS q25_ns, MIN(CASE WHEN place * 2 >= n THEN took_ns END) AS q50_ns,
           MIN(CASE WHEN place * 4 >= n * 3 THEN took_ns END) AS q75_ns
    FROM ranked
    GROUP BY root_type, event_type, service, child_type
)
SELECT r.root_type AS root_type, r.event_type AS event_type, r.service AS service, r.child_type AS child_type,
       c.causes - COALESCE(w.causes, 0) AS causes, r.led AS led, c.calm_causes - COALESCE(w.calm_causes, 0) AS calm_causes,
       r.calm_led AS calm_led, r.several AS several,
       COALESCE(s.timed, 0) AS timed, s.q25_ns AS q25_ns, s.q50_ns AS q50_ns, s.q75_ns AS q75_ns
FROM rule AS r
JOIN causes AS c ON c.root_type = r.root_type AND c.event_type = r.event_type
LEFT JOIN untouched AS w ON w.root_type = r.root_type AND w.event_type = r.event_type AND w.service = r.service
LEFT JOIN spread AS s
  ON s.root_type = r.root_type AND s.event_type = r.event_type AND s.service = r.service AND s.child_type = r.child_type
ORDER BY root_type, event_type, service, child_type
"""

# where a service answers a cause now with one type and now with another, it is one of them that is expected
_ALTERNATIVES = f"""
CREATE OR REPLACE TEMP TABLE alternatives AS
WITH usual AS (
    SELECT root_type AS root_type, event_type AS event_type, service AS service, child_type AS child_type
    FROM usual_effects
    WHERE led > {RARE} * causes AND causes >= {LEAST_FLOWS}
), several AS (
    SELECT u.root_type AS root_type, u.event_type AS event_type, u.service AS service
    FROM usual AS u
    LEFT JOIN usual_effects AS x
      ON x.expected AND x.root_type = u.root_type AND x.event_type = u.event_type AND x.service = u.service
    WHERE x.root_type IS NULL
    GROUP BY u.root_type, u.event_type, u.service
    HAVING COUNT(*) > 1
)
SELECT u.root_type AS root_type, u.event_type AS event_type, u.service AS service, u.child_type AS child_type
FROM usual AS u
JOIN several AS s ON s.root_type = u.root_type AND s.event_type = u.event_type AND s.service = u.service
"""

_LEARNED_ALTERNATIVES = """
WITH answered AS (
    SELECT a.root_type AS root_type, a.event_type AS event_type, a.service AS service, x.event_no AS event_no,
           MAX(CASE WHEN n.flow_id IS NULL THEN 0 ELSE 1 END) AS is_normal
    FROM sampled_effects AS x
    JOIN alternatives AS a
      ON a.root_type = x.root_type AND a.event_type = x.event_type AND a.service = x.service AND a.child_type = x.child_type
    LEFT JOIN cohort_flows AS n ON n.flow_id = x.flow_id
    GROUP BY a.root_type, a.event_type, a.service, x.event_no
), counted AS (
    SELECT root_type AS root_type, event_type AS event_type, service AS service, COUNT(*) AS calm_led, SUM(is_normal) AS led
    FROM answered
    GROUP BY root_type, event_type, service
)
SELECT c.root_type AS root_type, c.event_type AS event_type, c.service AS service, u.child_type AS child_type,
       u.causes AS causes, c.led AS led, u.calm_causes AS calm_causes, c.calm_led AS calm_led, COALESCE(u.limit_ns, 0) AS limit_ns
FROM counted AS c
JOIN usual_effects AS u ON u.root_type = c.root_type AND u.event_type = c.event_type AND u.service = c.service
JOIN alternatives AS a
  ON a.root_type = c.root_type AND a.event_type = c.event_type AND a.service = c.service AND a.child_type = u.child_type
ORDER BY root_type, event_type, service, child_type
"""


def learn(store: Store, shares: dict[str, float]) -> None:
    """Fill usual_effects; `shares` has the share from which on something is expected, by root type."""
    store.append("usual_effects", list(_effects(store, shares)))


def join(store: Store, shares: dict[str, float]) -> None:
    """Add what is expected as one of several."""
    store.execute(_ALTERNATIVES)
    store.append("usual_effects", list(_joint(store, shares)))


def _effects(store: Store, shares: dict[str, float]) -> Iterator[tuple[object, ...]]:
    """What each service makes of each type. What is nearly always there is not expected by itself where another stands in."""
    for _, group in groupby(store.rows(_LEARNED), key=itemgetter(0, 1, 2)):
        rows = list(group)
        usual = [row for row in rows if row[5] > RARE * row[4]]
        for row in rows:
            effect = _effect(row, shares)
            stands_alone = len(usual) == 1 or row[5] >= LEAST_SHARE * row[4]
            yield effect if stands_alone else (*effect[:-3], False, *effect[-2:])


def _joint(store: Store, shares: dict[str, float]) -> Iterator[tuple[object, ...]]:
    """One expectation for each set of alternatives: 'ShipmentCreated or PickupPlanned'."""
    key = itemgetter(0, 1, 2)
    for (root, event_type, service), group in groupby(store.rows(_LEARNED_ALTERNATIVES), key=key):
        rows = list(group)
        *_, causes, led, calm_causes, calm_led, _ = rows[0]
        names = OR.join(row[3] for row in rows)
        row = (root, event_type, service, names, causes, led, calm_causes, calm_led, 0, 0, None, None, None)
        *facts, _, is_expected, _, _ = _effect(row, shares)
        if is_expected:
            yield (*facts, max(row[-1] for row in rows), is_expected, False, True)


def _effect(row: tuple[object, ...], shares: dict[str, float]) -> tuple[object, ...]:
    root, _, _, _, causes, led, calm_causes, calm_led, _, timed, q25, q50, q75 = row
    assert isinstance(causes, int) and isinstance(led, int) and isinstance(timed, int)
    assert isinstance(calm_causes, int) and isinstance(calm_led, int)
    least = shares.get(str(root))
    is_expected = (
        least is not None
        and causes >= LEAST_FLOWS
        and most_likely(led, causes) >= least
        and calm_led >= LEAST_CALM_SHARE * calm_causes
    )
    limit = late_from(q25, q50, q75, timed) if least is not None and timed >= LEAST_FLOWS else None
    return (*row, limit, is_expected, False, False)
