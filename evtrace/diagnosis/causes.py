"""Writes the causes and the verdict of every judged flow; reads only the flows that have candidates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any

from evtrace.diagnosis import undoing
from evtrace.diagnosis.cause import Pick, pick
from evtrace.diagnosis.frontier import EventShape, FlowShape, shape_of
from evtrace.diagnosis.problems import Problem
from evtrace.diagnosis.spread import LEAST_ENDED, LEAST_FLOWS
from evtrace.diagnosis.undoing import Undoing, is_undone
from evtrace.diagnosis.verdict import verdict_of
from evtrace.store import Store

#: So many flows are read at a time.
_BATCH = 20_000

_SUSPECTS = """
SELECT DISTINCT p.flow_id AS flow_id
FROM flow_problems AS p
JOIN judged AS j ON j.flow_id = p.flow_id
WHERE NOT p.repaired
ORDER BY p.flow_id
"""
_PROBLEMS = """
SELECT * FROM flow_problems
WHERE flow_id IN (SELECT flow_id FROM batch)
ORDER BY flow_id, seen_ts, event_no, what, delivery_id, record_id, grp
"""
_EVENTS = """
SELECT e.flow_id, e.event_no, e.kind, e.event_type, e.service, e.published_ts, d.end_ts
FROM stored_events AS e
LEFT JOIN event_details AS d ON d.event_no = e.event_no
WHERE e.flow_id IN (SELECT flow_id FROM batch)
ORDER BY e.flow_id, e.published_ts, e.event_no
"""
_EDGES = """
SELECT flow_id, parent_no, child_no FROM stored_edges
WHERE flow_id IN (SELECT flow_id FROM batch)
ORDER BY flow_id, child_no, confidence DESC, parent_no, rule
"""

# which of the flows without a candidate were seen to end as such flows do
_ENDED = f"""
CREATE OR REPLACE TEMP TABLE ended AS
SELECT DISTINCT e.flow_id AS flow_id
FROM judged AS j
JOIN flows AS f ON f.flow_id = j.flow_id
JOIN stored_events AS e ON e.flow_id = j.flow_id
JOIN usual_ends AS u ON u.root_type = f.root_type AND u.event_type = COALESCE(e.event_type, e.channel)
WHERE u.flows = 0 OR u.flows >= {LEAST_ENDED}
"""

# where no end was seen: something was expected, and nothing of it is missing; or the call that began the flow returned
_SETTLED = f"""
CREATE OR REPLACE TEMP TABLE settled AS
WITH endless AS (
    SELECT f.flow_id AS flow_id, f.root_type AS root_type
    FROM judged AS j
    JOIN flows AS f ON f.flow_id = j.flow_id
    LEFT JOIN ended AS x ON x.flow_id = j.flow_id
    WHERE x.flow_id IS NULL
)
SELECT n.flow_id AS flow_id
FROM endless AS n
JOIN stored_events AS e ON e.flow_id = n.flow_id
JOIN usual_effects AS u ON u.expected AND u.root_type = n.root_type AND u.event_type = COALESCE(e.event_type, e.channel)
JOIN cohorts AS c ON c.root_type = n.root_type AND (u.declared OR c.normal >= {LEAST_FLOWS})
UNION
SELECT n.flow_id AS flow_id
FROM endless AS n
JOIN stored_events AS e ON e.flow_id = n.flow_id
JOIN event_details AS d ON d.event_no = e.event_no
LEFT JOIN stored_edges AS g ON g.child_no = e.event_no
WHERE e.kind = 'operation' AND d.end_ts IS NOT NULL AND g.child_no IS NULL
UNION
SELECT x.flow_id AS flow_id FROM ended AS x
"""

_VERDICTS = """
UPDATE flows SET verdict = 'unknown' WHERE flow_id IN (SELECT flow_id FROM judged);
UPDATE flows SET verdict = 'completed' FROM settled AS s WHERE s.flow_id = flows.flow_id AND flows.events > 0;
UPDATE flows SET verdict = v.verdict FROM found_verdicts AS v WHERE v.flow_id = flows.flow_id
"""

# the cohort of all flows by the same rule as the sample it was learned from: nothing wrong, and an end is reached
_NORMAL = """
UPDATE flows SET normal = n.normal
FROM (
    SELECT f.flow_id AS flow_id, f.verdict = 'completed' AND x.flow_id IS NOT NULL AND c.flow_id IS NULL AS normal
    FROM judged AS j
    JOIN flows AS f ON f.flow_id = j.flow_id
    LEFT JOIN ended AS x ON x.flow_id = f.flow_id
    LEFT JOIN (SELECT DISTINCT flow_id AS flow_id FROM flow_causes) AS c ON c.flow_id = f.flow_id
) AS n
WHERE n.flow_id = flows.flow_id
"""


def write(store: Store) -> None:
    """Fill flow_causes, and the verdict and the normality of flows, for the flows of `judged`."""
    store.execute("CREATE OR REPLACE TEMP TABLE found_verdicts (flow_id BIGINT, verdict VARCHAR)")
    suspects = [flow_id for (flow_id,) in store.rows(_SUSPECTS)]
    known = undoing.learn(store)
    for start in range(0, len(suspects), _BATCH):
        store.execute("CREATE OR REPLACE TEMP TABLE batch (flow_id BIGINT)")
        store.append("batch", [(flow_id,) for flow_id in suspects[start : start + _BATCH]])
        _write(store, known)
    for text in (_ENDED, _SETTLED, _VERDICTS):
        store.execute(text)
    store.execute(_NORMAL)


def _write(store: Store, known: Undoing) -> None:
    shapes = _shapes(store)
    causes: list[tuple[Any, ...]] = []
    verdicts = []
    for flow_id, problems in _by_flow(store):
        shape = shapes.get(flow_id) or shape_of({}, ())
        causes += [_row(flow_id, nth, one) for nth, one in enumerate(pick(problems, shape), start=1)]
        verdicts.append((flow_id, verdict_of(problems, len(shape.events), is_undone(shape, known))))
    store.append("flow_causes", causes)
    store.append("found_verdicts", verdicts)


def _by_flow(store: Store) -> Iterator[tuple[int, list[Problem]]]:
    problems = [Problem(*row) for row in store.rows(_PROBLEMS)]
    for flow_id, group in groupby(problems, key=attrgetter("flow_id")):
        yield flow_id, list(group)


def _shapes(store: Store) -> dict[int, FlowShape]:
    events: dict[int, dict[int, EventShape]] = defaultdict(dict)
    for flow_id, number, *rest in store.rows(_EVENTS):
        events[flow_id][number] = EventShape(*rest)
    edges: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for flow_id, parent, child in store.rows(_EDGES):
        edges[flow_id].append((parent, child))
    return {flow_id: shape_of(found, edges[flow_id]) for flow_id, found in events.items()}


def _row(flow_id: int, nth: int, one: Pick) -> tuple[Any, ...]:
    first = one.first
    place = (first.service, first.grp, first.event_no, one.event_type, first.at)
    return (flow_id, nth, one.kind, *place, one.confidence, one.signature)
