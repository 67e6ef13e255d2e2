"""What normal flows do: learned per root type from finished, successful flows, and kept in the store."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from evtrace.diagnosis import declared
from evtrace.diagnosis.problems import (
    CONTRACT,
    DEAD_LETTER,
    DROPPED,
    DUPLICATE,
    HANDLER_ERROR,
    OPERATION,
    OUT_OF_ORDER,
    REJECTED,
)
from evtrace.diagnosis.spread import LEAST_FLOWS, OR, late_from
from evtrace.store import Store

#: Something is expected where at least this share of the cohort has it (less what is lost of the logs), and so
#: large a share of all flows without a visible fault: what more of them lack is another way to do it, no fault.
LEAST_SHARE, LEAST_CALM_SHARE = 0.98, 0.75

#: So many flows of a root type are looked at, chosen by their number.
SAMPLED = 20_000

#: A type ends flows where it leads to nothing this often, and comes last in this share of them.
_ENDS_NOTHING, _ENDS_FLOWS = 0.9, 0.1

#: What excludes a flow from its cohort. What only seems to be missing does not: logs lose lines, and a flow that
#: lacks something that matters does not come to its end.
_TELLING = (DEAD_LETTER, HANDLER_ERROR, OPERATION, DROPPED, REJECTED, DUPLICATE, CONTRACT, OUT_OF_ORDER)

#: What fewer of the cohort's causes led to is no way of its own.
RARE = 0.02

#: Edges that are as good as guessed teach nothing.
_LEAST_CONFIDENCE = 0.5

#: The flows of a cohort. `?` is the root type.
COHORT = "SELECT flow_id AS flow_id FROM flows WHERE root_type = ? AND normal ORDER BY flow_id"

#: The causes of every flow with what flows with the same cause share.
SIGNATURES = """
SELECT flow_id AS flow_id, nth AS nth, kind AS kind, service AS service, event_type AS event_type, signature AS signature,
       seen_ts AS seen_ts
FROM flow_causes
ORDER BY flow_id, nth
"""

# A republication of a message (rule D1) stands for the message it repeats.
ORIGINALS = """
CREATE OR REPLACE TEMP TABLE originals AS
WITH once AS (
    SELECT g.child_no AS event_no, MIN(g.parent_no) AS original_no FROM stored_edges AS g WHERE g.rule = 'D1' GROUP BY g.child_no
), twice AS (
    SELECT a.event_no AS event_no, COALESCE(b.original_no, a.original_no) AS original_no
    FROM once AS a LEFT JOIN once AS b ON b.event_no = a.original_no
)
SELECT a.event_no AS event_no, COALESCE(b.original_no, a.original_no) AS original_no
FROM twice AS a LEFT JOIN twice AS b ON b.event_no = a.original_no
"""

_CALM = f"""
CREATE OR REPLACE TEMP TABLE calm AS
SELECT f.flow_id AS flow_id, f.root_type AS root_type, f.last_ts - f.started_ts AS took_ns
FROM flows AS f
LEFT JOIN (
    SELECT flow_id AS flow_id, COUNT(*) AS faults
    FROM flow_problems WHERE NOT repaired AND what IN {_TELLING!r} GROUP BY flow_id
) AS p ON p.flow_id = f.flow_id
WHERE p.flow_id IS NULL AND f.root_type IS NOT NULL
"""

# every so-manieth flow, by the upper bits of a product: record numbers come in steps
_MIXED = "(c.flow_id % 2147483648 * 2654435761 % 4294967296)"
_SAMPLE = f"""
CREATE OR REPLACE TEMP TABLE sampled AS
SELECT c.flow_id AS flow_id, c.root_type AS root_type, c.took_ns AS took_ns
FROM calm AS c
JOIN (
    SELECT root_type AS root_type, 1 + COUNT(*) / {SAMPLED} AS every FROM calm GROUP BY root_type
) AS n ON n.root_type = c.root_type
WHERE ({_MIXED} - {_MIXED} % 65536) / 65536 % CAST(n.every AS BIGINT) = 0
"""

_EVENTS = """
CREATE OR REPLACE TEMP TABLE sampled_events AS
SELECT s.flow_id AS flow_id, s.root_type AS root_type, e.event_no AS event_no, COALESCE(e.event_type, e.channel) AS event_type,
       e.service AS service, e.published_ts AS published_ts
FROM sampled AS s
JOIN stored_events AS e ON e.flow_id = s.flow_id
LEFT JOIN originals AS o ON o.event_no = e.event_no
WHERE e.kind = 'message' AND o.event_no IS NULL AND COALESCE(e.event_type, e.channel) IS NOT NULL
"""

# one row a cause and effect; the parent is the message itself, though a republication of it led to the effect
_EFFECTS = f"""
CREATE OR REPLACE TEMP TABLE sampled_effects AS
SELECT p.flow_id AS flow_id, p.root_type AS root_type, p.event_no AS event_no, p.event_type AS event_type,
       c.event_no AS child_no, c.event_type AS child_type, c.service AS service, c.published_ts AS published_ts,
       MAX(g.via) AS any_via
FROM sampled_events AS c
JOIN stored_edges AS g ON g.child_no = c.event_no
LEFT JOIN originals AS o ON o.event_no = g.parent_no
JOIN sampled_events AS p ON p.event_no = COALESCE(o.original_no, g.parent_no)
WHERE g.rule <> 'D1' AND g.confidence >= {_LEAST_CONFIDENCE} AND c.service IS NOT NULL
GROUP BY p.flow_id, p.root_type, p.event_no, p.event_type, c.event_no, c.event_type, c.service, c.published_ts
"""

# Where an effect has no known cause and its flow holds just one event that its service usually answers so, that is it.
_UNLINKED = f"""
INSERT INTO sampled_effects
WITH rule AS (
    SELECT root_type AS root_type, event_type AS event_type, service AS service, child_type AS child_type
    FROM sampled_effects
    GROUP BY root_type, event_type, service, child_type
    HAVING COUNT(*) >= {LEAST_FLOWS}
), lone AS (
    SELECT flow_id AS flow_id, event_type AS event_type, MIN(event_no) AS only_no
    FROM sampled_events
    GROUP BY flow_id, event_type
    HAVING COUNT(*) = 1
)
SELECT c.flow_id AS flow_id, c.root_type AS root_type, a.only_no AS event_no, a.event_type AS event_type, c.event_no AS child_no,
       c.event_type AS child_type, c.service AS service, c.published_ts AS published_ts, CAST(NULL AS BIGINT) AS any_via
FROM sampled_events AS c
LEFT JOIN (SELECT DISTINCT child_no AS child_no FROM sampled_effects) AS k ON k.child_no = c.event_no
JOIN rule AS r ON r.root_type = c.root_type AND r.child_type = c.event_type AND r.service = c.service
JOIN lone AS a ON a.flow_id = c.flow_id AND a.event_type = r.event_type AND a.only_no <> c.event_no
WHERE k.child_no IS NULL
"""

_ENDS = f"""
INSERT INTO usual_ends
WITH led AS (
    SELECT DISTINCT event_no AS event_no FROM sampled_effects
), habit AS (
    SELECT e.root_type AS root_type, e.event_type AS event_type, COUNT(*) AS events,
           SUM(CASE WHEN l.event_no IS NULL THEN 1 ELSE 0 END) AS barren
    FROM sampled_events AS e
    LEFT JOIN led AS l ON l.event_no = e.event_no
    GROUP BY e.root_type, e.event_type
), ordered AS (
    SELECT root_type AS root_type, event_type AS event_type,
           ROW_NUMBER() OVER (PARTITION BY flow_id ORDER BY COALESCE(published_ts, 0) DESC, event_no DESC) AS back
    FROM sampled_events
), last_ones AS (
    SELECT root_type AS root_type, event_type AS event_type, COUNT(*) AS flows FROM ordered WHERE back = 1 GROUP BY root_type, event_type
), total AS (
    SELECT root_type AS root_type, COUNT(*) AS flows FROM sampled GROUP BY root_type
)
SELECT o.root_type AS root_type, o.event_type AS event_type, o.flows AS flows
FROM last_ones AS o
JOIN habit AS h ON h.root_type = o.root_type AND h.event_type = o.event_type
JOIN total AS t ON t.root_type = o.root_type
WHERE h.barren >= {_ENDS_NOTHING} * h.events AND o.flows >= {_ENDS_FLOWS} * t.flows
ORDER BY o.root_type, o.event_type
"""

_FINISHED = """
CREATE OR REPLACE TEMP TABLE cohort_flows AS
SELECT s.flow_id AS flow_id, s.root_type AS root_type, s.took_ns AS took_ns
FROM sampled AS s
JOIN (
    SELECT DISTINCT e.flow_id AS flow_id
    FROM sampled_events AS e
    JOIN usual_ends AS u ON u.root_type = e.root_type AND u.event_type = e.event_type
) AS x ON x.flow_id = s.flow_id
"""

# how many flows hold each type, with how many events: a cause that never led to the effect counts as well
_LEARNED = """
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
       c.causes AS causes, r.led AS led, c.calm_causes AS calm_causes, r.calm_led AS calm_led, r.several AS several,
       COALESCE(s.timed, 0) AS timed, s.q25_ns AS q25_ns, s.q50_ns AS q50_ns, s.q75_ns AS q75_ns
FROM rule AS r
JOIN causes AS c ON c.root_type = r.root_type AND c.event_type = r.event_type
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

_TABLES = ("cohorts", "usual_ends", "usual_effects", "usual_inputs")


def learn(store: Store, flows: declared.Declared = ()) -> None:
    """Learn every cohort anew from the flows and the problems that are known of them. Needs `usual_readers`."""
    for table in _TABLES:
        store.execute(f"DELETE FROM {table}")
    for statement in (_CALM, _SAMPLE, _EVENTS, _EFFECTS, _UNLINKED, _ENDS):
        store.execute(statement)
    declared.end(store, flows)
    for statement in (_FINISHED, _INPUTS):
        store.execute(statement)
    shares = _cohorts(store)
    store.append("usual_effects", [_effect(row, shares) for row in store.rows(_LEARNED)])
    store.execute(_ALTERNATIVES)
    store.append("usual_effects", list(_joint(store, shares)))
    declared.expect(store, flows)


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
        limit = late_from(q25, q50, q75) if normal >= LEAST_FLOWS else None
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
        and led >= least * causes
        and calm_led >= LEAST_CALM_SHARE * calm_causes
    )
    limit = late_from(q25, q50, q75) if least is not None and timed >= LEAST_FLOWS else None
    return (*row, limit, is_expected, False, False)
