"""Judges flows: finds the candidates of all flows at once, learns the cohorts, names causes, gives verdicts."""

from __future__ import annotations

import json

from evtrace.diagnosis import causes, cohort, declared, departures, readers, sample, shapes
from evtrace.diagnosis.declared import Declared
from evtrace.diagnosis.problems import visible_sql
from evtrace.diagnosis.spread import LEAST_FLOWS
from evtrace.store import Store

#: Verdicts that later logs can change.
_OPEN = ("stuck", "running", "unknown")

_JUDGED_UNDER, _DECLARED = "judged_under", "declared_flows"

#: How many records there were when flows were judged last.
_JUDGED_ROWS = "judged_rows"

_NEW = "SELECT flow_id FROM flows WHERE verdict IS NULL LIMIT 1"

_SCOPE = "{flow_id} IN (SELECT flow_id FROM judged)"

_UNJUDGED = "SELECT flow_id FROM flows WHERE flow_id NOT IN (SELECT flow_id FROM judged) LIMIT 1"

# What was learned, without its counts: where it changes, what was judged before is judged again.
_LEARNED = (
    "SELECT root_type, event_type, service, child_type FROM usual_effects WHERE expected ORDER BY ALL",
    "SELECT root_type, event_type FROM usual_ends ORDER BY ALL",
    "SELECT event_type, channel, reader FROM usual_readers ORDER BY ALL",
)


def judge(store: Store, flows: Declared | None = None) -> None:
    """Give every flow that has none, or one that new logs can change, its verdict and causes. Call after linking.

    `flows` are those that are declared; by default those of evtrace.toml here.
    """
    flows = declared.read() if flows is None else flows
    said = json.dumps(declared.as_rows(flows))
    is_same = said == (store.meta(_DECLARED) or "[]")
    condition = f"verdict IS NULL OR verdict IN {_OPEN!r}" if is_same else "TRUE"
    rows = str(store.next_row())
    if is_same and store.meta(_JUDGED_ROWS) == rows and not store.rows(_NEW):
        return  # the same logs again say nothing new
    if not store.value(f"SELECT 1 AS one FROM flows WHERE {condition} LIMIT 1"):
        return
    with store.transaction():
        _scope(store, condition)
        readers.learn(store)
        store.execute(sample.ORIGINALS)
        _learn(store, flows)
        learned = json.dumps([store.rows(sql) for sql in _LEARNED])
        if store.meta(_JUDGED_UNDER) not in (None, learned) and store.rows(_UNJUDGED):
            _scope(store, "TRUE")
            _learn(store, flows)
        store.set_meta(_JUDGED_UNDER, learned)
        store.set_meta(_DECLARED, said)
        shapes.learn(store)
        departures.find(store, LEAST_FLOWS)
        shapes.find(store)
        causes.write(store)
        store.set_meta(_JUDGED_ROWS, rows)


def _scope(store: Store, condition: str) -> None:
    """The temporary table `judged`: the flows to judge; what was found of them before is forgotten."""
    store.execute(f"CREATE OR REPLACE TEMP TABLE judged AS SELECT flow_id FROM flows WHERE {condition}")
    for table in ("flow_problems", "flow_causes"):
        store.execute(f"DELETE FROM {table} WHERE flow_id IN (SELECT flow_id FROM judged)")


def _learn(store: Store, flows: Declared) -> None:
    """What shows by itself, and what the flows without such a thing are like."""
    store.execute(f"INSERT INTO flow_problems {visible_sql(_SCOPE)}")
    declared.refuse(store, flows)
    cohort.learn(store, flows)
