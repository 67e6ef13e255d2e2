"""Whom a second effect concerns, and which amounts both carry."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from evtrace.anomalies import Anomaly
from evtrace.reports.duplicates.duplicate_effect import DuplicateEffect
from evtrace.reports.flows import rows_of
from evtrace.store import Store

_PAYLOADS = """
SELECT r.record_id, r.payload
FROM records AS r
JOIN (SELECT UNNEST(?::BIGINT[]) AS record_id) AS w ON w.record_id = r.record_id
WHERE r.payload IS NOT NULL
"""

#: Names of fields that hold money, the surest first.
_NAMES = ("amount", "total", "price", "charge", "sum", "value", "cost", "fee", "balance")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def with_amounts(store: Store, rows: Sequence[Anomaly]) -> list[Anomaly]:
    """The rows; second effects with the order they concern and the amounts of both."""
    doubles = [row for row in rows if isinstance(row, DuplicateEffect)]
    records = sorted({record for row in doubles for record in row.record_ids})
    payloads = dict(store.rows(_PAYLOADS, [records])) if records else {}
    names = _identities(store, doubles)
    return [_priced(row, payloads, names) if isinstance(row, DuplicateEffect) else row for row in rows]


def _identities(store: Store, rows: Sequence[DuplicateEffect]) -> dict[int, str]:
    flow_ids = sorted({row.flow_id for row in rows if row.flow_id is not None})
    found = rows_of(store, flow_ids, limit=0) if flow_ids else ()
    return {flow.flow_id: f"{flow.identity.kind} {flow.identity.value}" for flow in found if flow.identity}


def _priced(row: DuplicateEffect, payloads: dict[int, str], names: dict[int, str]) -> DuplicateEffect:
    identity = names.get(row.flow_id) if row.flow_id is not None else None
    second, first = (dict(_amounts(payloads.get(record))) for record in _pair(row))
    field = next(iter(second), None) or next(iter(first), None)
    if field is None:
        return replace(row, identity=identity)
    return replace(
        row, identity=identity, money_field=field, amount=second.get(field), other_amount=first.get(field)
    )


def _pair(row: DuplicateEffect) -> tuple[int, int]:
    return row.record_ids[0], row.record_ids[-1]


def _amounts(payload: str | None) -> list[tuple[str, float]]:
    """Fields of a payload that look like money, the surest first."""
    try:
        document = json.loads(payload or "null")
    except ValueError:
        return []
    found = [(path, amount) for path, amount in _leaves(document, "") if _place(path) < len(_NAMES)]
    return sorted(found, key=lambda pair: (_place(pair[0]), pair[0].count("."), pair[0]))


def _place(path: str) -> int:
    leaf = path.rpartition(".")[2].lower()
    return next((number for number, name in enumerate(_NAMES) if name in leaf), len(_NAMES))


def _leaves(value: Any, path: str) -> Iterator[tuple[str, float]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _leaves(item, f"{path}.{name}" if path else str(name))
    elif isinstance(value, bool):
        return
    elif isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        yield path, float(value)
