"""Judges flows: finds the candidates of all flows at once, learns the cohorts, names causes, gives verdicts."""

from __future__ import annotations

import json

from evtrace.diagnosis import causes, cohort, deciding, declared, departures, readers, repeats, sample, shapes
from evtrace.diagnosis.declared import Declared
from evtrace.diagnosis.problems import visible_sql
from evtrace.diagnosis.spread import LEAST_FLOWS
from evtrace.store import Store

_JUDGED_UNDER, _DECLARED = "judged_under", "declared_flows"

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

_SCOPE = "{flow_id} IN (SELECT flow_id FROM {table})"


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
    with store.transaction():
        readers.learn(store)
        store.execute(sample.ORIGINALS)
        _scope(store, _UNSETTLED if is_same else "TRUE")
        _show(store, flows, "judged")
        cohort.learn(store, flows)
        _widen(store, flows)
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


def _show(store: Store, flows: Declared, table: str) -> None:
    """What shows by itself in the flows of a table."""
    scope = _SCOPE.replace("{table}", table)
    store.execute(f"INSERT INTO flow_problems {visible_sql(scope)}")
    repeats.check(store, table)
    declared.refuse(store, flows)


def _widen(store: Store, flows: Declared) -> None:
    """Judge all flows where what was learned decides otherwise than when they were judged, else those that are late."""
    learned = deciding.fingerprint(store)
    if store.meta(_JUDGED_UNDER) == learned:
        deciding.late(store)
        return
    store.execute(
        "CREATE OR REPLACE TEMP TABLE unjudged AS SELECT flow_id FROM flows WHERE flow_id NOT IN (SELECT flow_id FROM judged)"
    )
    if store.rows("SELECT flow_id FROM unjudged LIMIT 1"):
        store.execute("INSERT INTO judged SELECT flow_id FROM unjudged")
        _show(store, flows, "unjudged")
    store.set_meta(_JUDGED_UNDER, learned)
