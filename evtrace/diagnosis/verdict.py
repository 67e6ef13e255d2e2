"""The verdict: for one flow in hand, and for all flows in one statement."""

from __future__ import annotations

from collections.abc import Iterable

from evtrace.diagnosis import readers
from evtrace.diagnosis.problems import FAILING, LOST, UNSEEN, WAITING, Problem, problems_sql
from evtrace.store import Store

VERDICTS = (
    "completed",
    "completed_late",
    "failed",
    "stuck",
    "compensated",
    "partly_compensated",
    "running",
    "unknown",
)

#: Verdicts that later logs can change.
_OPEN = ("stuck", "running", "unknown")

_FAILING = ", ".join(f"'{what}'" for what in FAILING)

#: One rule for one flow and for all: what is worst among its candidates decides.
_RULE = """
CASE WHEN p.failing > 0 AND c.flow_id IS NOT NULL THEN 'compensated'
     WHEN p.failing > 0 THEN 'failed'
     WHEN p.lost > 0 THEN 'stuck'
     WHEN p.waiting > 0 THEN 'running'
     WHEN p.unseen > 0 OR COALESCE(f.events, 0) = 0 THEN 'unknown'
     ELSE 'completed' END"""

_SCOPE = f"{{flow_id}} IN (SELECT flow_id FROM flows WHERE verdict IS NULL OR verdict IN {_OPEN!r})"

_UPDATE = f"""
UPDATE flows SET verdict = v.verdict
FROM (
    SELECT f.flow_id, {_RULE} AS verdict
    FROM flows AS f
    LEFT JOIN (
        SELECT flow_id,
               SUM(CASE WHEN what IN ({_FAILING}) THEN 1 ELSE 0 END) AS failing,
               SUM(CASE WHEN what = '{LOST}' THEN 1 ELSE 0 END) AS lost,
               SUM(CASE WHEN what = '{WAITING}' THEN 1 ELSE 0 END) AS waiting,
               SUM(CASE WHEN what = '{UNSEEN}' THEN 1 ELSE 0 END) AS unseen
        FROM ({problems_sql(_SCOPE)}) AS candidate
        WHERE NOT repaired
        GROUP BY flow_id
    ) AS p ON p.flow_id = f.flow_id
    LEFT JOIN (SELECT DISTINCT flow_id FROM stored_edges WHERE kind = 'compensates') AS c ON c.flow_id = f.flow_id
    WHERE f.verdict IS NULL OR f.verdict IN {_OPEN!r}
) AS v
WHERE flows.flow_id = v.flow_id
"""


def verdicts(store: Store) -> None:
    """Give every flow that has none, or one that new logs can change, its verdict. Call after linking."""
    readers.learn(store)
    store.execute(_UPDATE)


def verdict_of(problems: Iterable[Problem], events: int, compensated: bool) -> str:
    """The verdict of one flow: the same rule as in `verdicts`."""
    whats = {problem.what for problem in problems if not problem.repaired}
    if whats & set(FAILING):
        return "compensated" if compensated else "failed"
    if LOST in whats:
        return "stuck"
    if WAITING in whats:
        return "running"
    return "unknown" if UNSEEN in whats or not events else "completed"
