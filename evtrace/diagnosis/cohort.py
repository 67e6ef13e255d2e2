"""What normal flows do: learned per root type from finished, successful flows, and kept in the store."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from evtrace.diagnosis import declared, sample
from evtrace.diagnosis.problems import LOST, STOPPED, UNHANDLED, UNSEEN, WAITING
from evtrace.diagnosis.spread import LEAST_FLOWS, OR, is_less, late_from, most_likely
from evtrace.store import Store

#: Something is expected where at least this share of the cohort has it (less what is lost of the logs), and so
#: large a share of all flows without a visible fault: what more of them lack is another way to do it, no fault.
LEAST_SHARE, LEAST_CALM_SHARE = 0.98, 0.75


#: What fewer of the cohort's causes led to is no way of its own.
RARE = 0.02


#: The flows of a cohort. `?` is the root type.
COHORT = "SELECT flow_id AS flow_id FROM flows WHERE root_type = ? AND normal ORDER BY flow_id"

#: The causes of every flow with what flows with the same cause share.
SIGNATURES = """
SELECT flow_id AS flow_id, nth AS nth, kind AS kind, service AS service, event_type AS event_type, signature AS signature,
       seen_ts AS seen_ts
FROM flow_causes
ORDER BY flow_id, nth
"""


#: What fewer of all have is no habit that broke off.
_LEAST_HALF = 0.5

#: What says that a reader was not handed an event.
_UNREAD = (LOST, STOPPED, WAITING, UNSEEN, UNHANDLED)

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
    SELECT p.event_no AS event_no, p.service AS service FROM flow_problems AS p WHERE p.what IN {_UNREAD!r} AND NOT p.repaired
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
        WHERE p.what IN {_UNREAD!r} AND NOT p.repaired
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

_INPUTS = """
INSERT INTO usual_inputs
WITH effect AS (
    SELECT x.root_type AS root_type, x.child_type AS child_type, x.service AS service, COUNT(DISTINCT x.child_no) AS effects
    FROM sampled_effects AS x
    JOIN cohort_flows AS n ON n.flow_id = x.flow_id
    GROUP BY x.root_type, x.child_type, x.service
), cause AS (
    SELECT x.root_type AS root_type, x.child_type AS child_type, x.service AS service, x.event_type AS event_type,
           COUNT(DISTINCT x.child_no) AS effects
    FROM sampled_effects AS x
    JOIN cohort_flows AS n ON n.flow_id = x.flow_id
    GROUP BY x.root_type, x.child_type, x.service, x.event_type
)
SELECT c.root_type AS root_type, c.child_type AS child_type, c.service AS service, c.event_type AS event_type,
       c.effects * 1.0 / e.effects AS share
FROM cause AS c
JOIN effect AS e ON e.root_type = c.root_type AND e.child_type = c.child_type AND e.service = c.service
ORDER BY root_type, child_type, service, event_type
"""

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

# an effect whose service usually logs what it is handed, but not here: that line is lost
_LOSSES = """
CREATE OR REPLACE TEMP TABLE losses AS
SELECT x.root_type AS root_type, x.service AS service, COUNT(*) AS effects, SUM(CASE WHEN d.event_no IS NULL THEN 1 ELSE 0 END) AS lost
FROM (
    SELECT DISTINCT y.root_type AS root_type, y.event_no AS event_no, y.service AS service
    FROM sampled_effects AS y
    JOIN (SELECT DISTINCT event_type AS event_type, service AS service FROM usual_readers) AS u
      ON u.event_type = y.event_type AND u.service = y.service
) AS x
LEFT JOIN (SELECT DISTINCT event_no AS event_no, COALESCE(service, grp) AS service FROM stored_deliveries) AS d
  ON d.event_no = x.event_no AND d.service = x.service
GROUP BY x.root_type, x.service
"""

# most deliveries are told of by several lines; the service where this shows most tells how many lines are lost
_LOSS = f"""
SELECT root_type AS root_type, MAX(lost * 1.0 / effects) AS loss
FROM losses
WHERE effects >= {LEAST_FLOWS}
GROUP BY root_type
ORDER BY root_type
"""

_SIZES = """
SELECT f.root_type AS root_type, COUNT(*) AS flows, SUM(CASE WHEN c.flow_id IS NULL THEN 0 ELSE 1 END) AS calm,
       SUM(CASE WHEN s.flow_id IS NULL THEN 0 ELSE 1 END) AS sampled, SUM(CASE WHEN n.flow_id IS NULL THEN 0 ELSE 1 END) AS normal
FROM flows AS f
LEFT JOIN calm AS c ON c.flow_id = f.flow_id
LEFT JOIN sampled AS s ON s.flow_id = f.flow_id
LEFT JOIN cohort_flows AS n ON n.flow_id = f.flow_id
WHERE f.root_type IS NOT NULL
GROUP BY f.root_type
ORDER BY root_type
"""

_DURATIONS = """
WITH ranked AS (
    SELECT root_type AS root_type, took_ns AS took_ns, ROW_NUMBER() OVER (PARTITION BY root_type ORDER BY took_ns) AS place,
           COUNT(*) OVER (PARTITION BY root_type) AS n
    FROM cohort_flows
    WHERE took_ns IS NOT NULL
)
SELECT root_type AS root_type, MIN(CASE WHEN place * 4 >= n THEN took_ns END) AS q25_ns,
       MIN(CASE WHEN place * 2 >= n THEN took_ns END) AS q50_ns, MIN(CASE WHEN place * 4 >= n * 3 THEN took_ns END) AS q75_ns
FROM ranked
GROUP BY root_type
ORDER BY root_type
"""

_TABLES = ("cohorts", "usual_ends", "usual_effects", "usual_inputs", "usual_waits")


def learn(store: Store, flows: declared.Declared = ()) -> None:
    """Learn every cohort anew from the flows and the problems that are known of them. Needs `usual_readers`."""
    for table in _TABLES:
        store.execute(f"DELETE FROM {table}")
    sample.lay_out(store, flows)
    store.execute(_INPUTS)
    shares = _cohorts(store)
    store.append("usual_effects", list(_effects(store, shares)))
    store.append("usual_waits", [_wait(row) for row in store.rows(_WAITS) if row[0] in shares])
    _broke_off(store, shares)
    store.execute(_ALTERNATIVES)
    store.append("usual_effects", list(_joint(store, shares)))
    declared.expect(store, flows)


def _effects(store: Store, shares: dict[str, float]) -> Iterator[tuple[object, ...]]:
    """What each service makes of each type. What is nearly always there is not expected by itself where another stands in."""
    for _, group in groupby(store.rows(_LEARNED), key=itemgetter(0, 1, 2)):
        rows = list(group)
        usual = [row for row in rows if row[5] > RARE * row[4]]
        for row in rows:
            effect = _effect(row, shares)
            stands_alone = len(usual) == 1 or row[5] >= LEAST_SHARE * row[4]
            yield effect if stands_alone else (*effect[:-3], False, *effect[-2:])


def _broke_off(store: Store, shares: dict[str, float]) -> None:
    """Expect what was nearly always done until it began to be missing: a change with the time, which no choice makes."""
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


def _joint(store: Store, shares: dict[str, float]) -> Iterator[tuple[object, ...]]:
    """One expectation for each set of alternatives: 'RiderSent or ShelfAssigned'."""
    key = itemgetter(0, 1, 2)
    for (root, event_type, service), group in groupby(store.rows(_LEARNED_ALTERNATIVES), key=key):
        rows = list(group)
        *_, causes, led, calm_causes, calm_led, _ = rows[0]
        names = OR.join(row[3] for row in rows)
        row = (root, event_type, service, names, causes, led, calm_causes, calm_led, 0, 0, None, None, None)
        *facts, _, is_expected, _, _ = _effect(row, shares)
        if is_expected:
            yield (*facts, max(row[-1] for row in rows), is_expected, False, True)


def _wait(row: tuple[Any, ...]) -> tuple[object, ...]:
    """From when on a wait is late. Two clocks tell it: how far they are off is in the shortest wait as well."""
    *_, timed, least, q25, q50, q75 = row
    beyond = late_from(q25 - least, q50 - least, q75 - least, timed)
    return (*row, None if beyond is None else least + beyond)


def _cohorts(store: Store) -> dict[str, float]:
    """Write the sizes; give the share from which on something is expected, for each cohort that is large enough."""
    store.execute(_LOSSES)
    losses = dict(store.rows(_LOSS))
    spreads = {root: spread for root, *spread in store.rows(_DURATIONS)}
    rows, shares = [], {}
    for root, flows, calm, sampled, normal in store.rows(_SIZES):
        loss = losses.get(root, 0.0)
        least = LEAST_SHARE * (1 - loss)
        q25, q50, q75 = spreads.get(root, (None, None, None))
        limit = late_from(q25, q50, q75, normal) if normal >= LEAST_FLOWS else None
        rows.append((root, flows, calm, sampled, normal, loss, least, q50, limit, False))
        if normal >= LEAST_FLOWS:
            shares[root] = least
    store.append("cohorts", rows)
    return shares


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
