"""Keeps what reports found in the table findings, where `why` and SQL can use it."""

from __future__ import annotations

import json
from collections.abc import Iterator

from evtrace.anomalies import Anomaly, Report
from evtrace.store import Store

_META = "findings_of"


def keep(store: Store, name: str, found: Report) -> None:
    """Put what the whole report found in the place of what it found before."""
    rules = [*found.evaluated, *(one.rule for one in found.not_evaluated)]
    with store.transaction():
        store.execute("DELETE FROM findings WHERE rule IN (SELECT UNNEST(?::VARCHAR[]))", [rules])
        store.append("findings", list(_rows(found)))
        store.set_meta(_META, json.dumps(_known(store) | {name: _state(store)}, sort_keys=True))


def is_kept(store: Store, name: str) -> bool:
    """True: the table holds what the report finds in these records already."""
    return _known(store).get(name) == _state(store)


def forget(store: Store) -> None:
    """New records may have changed flows and positions: what was found says nothing any more."""
    if _known(store):
        store.execute("DELETE FROM findings")
        store.set_meta(_META, "{}")


def _known(store: Store) -> dict[str, str]:
    known: dict[str, str] = json.loads(store.meta(_META) or "{}")
    return known


def _state(store: Store) -> str:
    return store.meta("linked_rows") or ""


def _rows(found: Report) -> Iterator[tuple[object, ...]]:
    for row in found.rows:
        yield _row(row)


def _row(row: Anomaly) -> tuple[object, ...]:
    place = (row.event_id, row.channel, row.part, row.pos, row.grp)
    return (row.rule, row.severity, row.flow_id, *place, row.sentence, json.dumps(row.record_ids))
