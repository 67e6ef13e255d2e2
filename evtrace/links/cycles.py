"""A cause comes before its effect: every cycle loses its weakest edge."""

from __future__ import annotations

from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from evtrace.links.work import Work

Edge = tuple[int, int, float]  # parent, child, confidence

# An edge that goes forward in time closes no cycle; only flows with another edge are looked at.
_BACKWARD = """
SELECT DISTINCT c.flow_id AS flow_id
FROM found AS f
JOIN event_rows AS p ON p.event_no = f.parent_no
JOIN event_rows AS c ON c.event_no = f.child_no
WHERE NOT COALESCE(p.best_ts < c.best_ts OR (p.best_ts = c.best_ts AND p.event_no < c.event_no), FALSE)
"""

_EDGES = f"""
SELECT c.flow_id AS flow_id, f.parent_no AS parent_no, f.child_no AS child_no, MAX(f.confidence) AS confidence
FROM found AS f
JOIN event_rows AS c ON c.event_no = f.child_no
WHERE c.flow_id IN ({_BACKWARD})
GROUP BY c.flow_id, f.parent_no, f.child_no
ORDER BY flow_id, parent_no, child_no
"""


# In any order of the events a cycle has an edge that goes back; by number this is cheap to see.
_ANY_BACKWARD = "SELECT child_no FROM found WHERE parent_no >= child_no"


def cut(work: Work) -> None:
    """Remove the weakest edge of each cycle in the table found."""
    if not work.any(_ANY_BACKWARD):
        return
    flows: dict[int, list[Edge]] = defaultdict(list)
    for flow_id, parent, child, confidence in work.store.rows(_EDGES):
        flows[flow_id].append((parent, child, confidence))
    for edges in flows.values():
        for parent, child in _weakest(edges):
            work.store.execute("DELETE FROM found WHERE parent_no = ? AND child_no = ?", [parent, child])


def _weakest(edges: list[Edge]) -> list[tuple[int, int]]:
    strength = {(parent, child): confidence for parent, child, confidence in edges}
    removed = []
    while cycle := _cycle(strength):
        weakest = min(cycle, key=lambda edge: (strength[edge], -edge[0], -edge[1]))
        removed.append(weakest)
        del strength[weakest]
    return removed


def _cycle(strength: dict[tuple[int, int], float]) -> list[tuple[int, int]]:
    causes: dict[int, list[int]] = defaultdict(list)
    for parent, child in strength:
        causes[child].append(parent)
    try:
        TopologicalSorter(causes).prepare()
    except CycleError as problem:
        nodes: list[int] = problem.args[1]  # each node is a cause of the next, the first is the last
        return list(pairwise(nodes))
    return []
