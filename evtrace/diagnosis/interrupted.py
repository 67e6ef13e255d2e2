"""What happened to a reader that had an event in hand, never told an end, and was handed it again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

from evtrace.diagnosis.evidence import Material, with_beside
from evtrace.model import CONNECTION_CLOSED
from evtrace.store import Store

#: The clocks of a broker and of a service differ; a lost connection is looked for this much around the attempts.
_SKEW_NS = 250_000_000

# a rebalance of the group is told by its name, a lost connection by the name of the instance that had it
_BETWEEN = """
SELECT record_id, CASE WHEN kind = 'log' THEN 'connection' ELSE 'rebalance' END AS what
FROM records
WHERE ts BETWEEN $since AND $until AND (
    (kind IN ('rebalance', 'revoke', 'assign') AND grp = $reader AND ts BETWEEN $received AND $again)
    OR (kind = 'log' AND service IS NULL AND LENGTH($instance) > 2 AND CONTAINS(message, $instance)
        AND regexp_matches(message, $gone))
)
ORDER BY what DESC, CASE WHEN CONTAINS(lower(message), 'rebalanc') THEN 0 ELSE 1 END, ts, record_id
LIMIT 1
"""


def with_interruptions(store: Store, material: Material) -> Material:
    """The same, with the record that tells what cut off each attempt that has no end and was followed by another."""
    found = dict(_found(store, material))
    if not found:
        return material
    material = with_beside(store, material, (record_id for record_id, _ in found.values()))
    return replace(material, cut_off=found)


def _found(store: Store, material: Material) -> Iterator[tuple[int, tuple[int, str]]]:
    for one, again in _open(material):
        asked = {
            "since": one["received_ts"] - _SKEW_NS,
            "until": again["received_ts"] + _SKEW_NS,
            "received": one["received_ts"],
            "again": again["received_ts"],
            "reader": _reader(one),
            "instance": one["instance"],
            "gone": CONNECTION_CLOSED,
        }
        row = store.con.execute(_BETWEEN, asked).fetchone()
        if row is not None:
            yield one["delivery_id"], row


def _open(material: Material) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Attempts whose end nobody tells, each with the attempt after it."""
    readers: dict[tuple[int, str | None], list[dict[str, Any]]] = {}
    for row in material.deliveries:
        if row["received_ts"] is not None:
            readers.setdefault((row["event_no"], _reader(row)), []).append(row)
    for attempts in readers.values():
        for one, again in pairwise(attempts):
            if one["outcome"] is None and one["done_ts"] is None:
                yield one, again


def _reader(row: dict[str, Any]) -> str | None:
    reader: str | None = row["grp"] or row["service"]
    return reader
