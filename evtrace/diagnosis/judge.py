"""Judges flows: finds the candidates of all flows at once, learns the cohorts, names causes, gives verdicts."""

from __future__ import annotations

import json

from evtrace.diagnosis import causes, cohort, deciding, declared, departures, readers, repeats, sample, shapes
from evtrace.diagnosis.declared import Declared
from evtrace.diagnosis.problems import visible_sql
from evtrace.diagnosis.spread import LEAST_FLOWS
from evtrace.store import Store

#: What decided when flows were judged last.
_READERS, _COHORTS, _DECLARED = "judged_readers", "judged_cohorts", "declared_flows"

#: How many records there were when flows were judged last.
_JUDGED_ROWS = "judged_rows"

_NEW = "SELECT flow_id FROM flows WHERE verdict IS NULL LIMIT 1"

#: What new logs can change though they say nothing of that flow: whatever is the matter with it, or still going on.
_UNSETTLED = """
flow_id IN (
    SELECT flow_id FROM flows WHERE verdict IS NULL OR verdict IN ('stuck', 'running', 'unknown')
    UNION ALL
    SELECT flow_id FROM flow_problems
    UNION ALL
    SELECT d.flow_id FROM stored_deliveries AS d JOIN usual_readers AS u ON u.in_hand = d.delivery_id
)
"""

_OTHERS = "SELECT flow_id FROM flows WHERE flow_id NOT IN (SELECT flow_id FROM judged) LIMIT 1"

_SCOPE = "{flow_id} IN (SELECT flow_id FROM judged)"

#: Where the cohorts decide otherwise; nothing shows by itself in flows that are settled.
_ALL = "INSERT INTO judged SELECT flow_id FROM flows WHERE flow_id NOT IN (SELECT flow_id FROM judged)"


def judge(store: Store, flows: Declared | None = None) -> None:
    """Give every flow its verdict and causes, as all logs together say. Call after linking.

    Flows that were judged before are judged again where something was the matter with them, or where what was learned
    since decides otherwise; so it does not matter how many runs brought the logs. `flows` are those that are
    declared; by default those of evtrace.toml here.
    """
    flows = declared.read() if flows is None else flows
    said = json.dumps(declared.as_rows(flows))
    is_same = said == (store.meta(_DECLARED) or "[]")
    rows = str(store.next_row())
    if is_same and store.meta(_JUDGED_ROWS) == rows and not store.rows(_NEW):
        return  # the same logs again say nothing new
    store.make_ready_for_all_records()
    with store.in_any_order(), store.transaction():
        readers.learn(store)
        store.execute(sample.ORIGINALS)
        is_same &= _kept(store, _READERS, deciding.of_readers(store))
        _scope(store, _UNSETTLED if is_same else "TRUE")
        scope = _SCOPE if store.rows(_OTHERS) else "TRUE"  # all of them: nothing to look up
        store.execute(f"INSERT INTO flow_problems {visible_sql(scope)}")
        repeats.check(store)
        declared.refuse(store, flows)
        cohort.learn(store, flows)
        if _kept(store, _COHORTS, deciding.of_cohorts(store)):
            deciding.late(store)
        else:
            store.execute(_ALL)
        store.set_meta(_DECLARED, said)
        shapes.learn(store)
        departures.find(store, LEAST_FLOWS)
        shapes.find(store)
        causes.write(store)
        store.set_meta(_JUDGED_ROWS, rows)


def _kept(store: Store, name: str, value: str) -> bool:
    """Keep what decides now; True where the same decided before."""
    before = store.meta(name)
    store.set_meta(name, value)
    return before == value


def _scope(store: Store, condition: str) -> None:
    """The temporary table `judged`: the flows to judge; what was found of them before is forgotten."""
    store.execute(f"CREATE OR REPLACE TEMP TABLE judged AS SELECT flow_id FROM flows WHERE {condition}")
    for table in ("flow_problems", "flow_causes"):
        store.execute(f"DELETE FROM {table} WHERE flow_id IN (SELECT flow_id FROM judged)")
