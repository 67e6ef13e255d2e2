"""What normal flows do: learned per root type from finished, successful flows, and kept in the store."""

from __future__ import annotations

from evtrace.diagnosis import declared, effects, habits, sample, waits
from evtrace.diagnosis.spread import LEAST_FLOWS, LEAST_SHARE, late_from
from evtrace.store import Store

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
    effects.learn(store, shares)
    waits.learn(store, shares)
    habits.learn(store, shares)
    effects.join(store, shares)
    declared.expect(store, flows)


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
