"""Which second effects are the first once more: by what they hold, beside what every message makes anew."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from evtrace.diagnosis.fields import fields
from evtrace.store import Store

#: Fields that tell one thing of many apart: a line of an order.
_ITEMS = frozenset(
    ("line", "item", "position", "product", "article", "sku", "unit", "seat", "leg", "part", "index")
)

#: Fields that a second effect has anew: when and at which try it was made.
_ANEW = frozenset(
    ("time", "timestamp", "at", "ts", "date", "created", "updated", "sent", "issued", "attempt", "attempts", "retry", "retries",
     "try", "tries", "version", "revision", "etag", "hash", "checksum", "signature", "nonce", "token", "trace", "span", "traceparent")
)  # fmt: skip

#: Fields that name something: a name that its cause does not hold was made anew as well.
_NAMES = frozenset(
    ("id", "ids", "uuid", "guid", "key", "ref", "reference", "number", "no", "nr", "code", "sequence", "seq")
)

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*")
_MADE = re.compile(
    r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}|[0-9a-fA-F]{16,}|[0-9A-HJKMNP-TV-Z]{26}"
)

# second effects, and those of the same type and service before them, with what shows each best
_SECONDS = """
CREATE OR REPLACE TEMP TABLE seconds AS
SELECT DISTINCT p.flow_id AS flow_id, p.event_no AS event_no, e.event_type AS event_type, e.service AS service,
       e.published_ts AS published_ts
FROM flow_problems AS p
JOIN judged AS j ON j.flow_id = p.flow_id
JOIN stored_events AS e ON e.event_no = p.event_no
WHERE p.what = 'duplicate'
"""
_EARLIER = """
SELECT s.event_no AS event_no, e.event_no AS earlier_no, e.record_id AS record_id
FROM seconds AS s
JOIN stored_events AS e
  ON e.flow_id = s.flow_id AND e.event_type = s.event_type AND e.service = s.service AND e.event_no <> s.event_no
LEFT JOIN originals AS o ON o.event_no = e.event_no
WHERE o.event_no IS NULL AND (e.published_ts < s.published_ts OR (e.published_ts = s.published_ts AND e.event_no < s.event_no))
ORDER BY s.event_no, e.published_ts, e.event_no
"""
_CAUSES = """
SELECT g.child_no AS event_no, COALESCE(o.original_no, g.parent_no) AS cause_no
FROM (
    SELECT DISTINCT e.event_no AS event_no
    FROM (SELECT DISTINCT flow_id AS flow_id, event_type AS event_type, service AS service FROM seconds) AS s
    JOIN stored_events AS e ON e.flow_id = s.flow_id AND e.event_type = s.event_type AND e.service = s.service
) AS e
JOIN stored_edges AS g ON g.child_no = e.event_no AND g.rule <> 'D1'
LEFT JOIN originals AS o ON o.event_no = g.parent_no
ORDER BY g.child_no, cause_no
"""
_HELD = """
SELECT f.event_no AS event_no, r.message_key AS message_key, r.payload AS payload
FROM (SELECT DISTINCT flow_id AS flow_id FROM seconds) AS s
JOIN record_flows AS f ON f.flow_id = s.flow_id AND f.event_no IS NOT NULL
JOIN records AS r ON r.record_id = f.record_id
WHERE r.payload IS NOT NULL OR r.message_key IS NOT NULL
ORDER BY f.event_no, CASE WHEN r.kind = 'publish' THEN 0 ELSE 1 END, r.record_id
"""


@dataclass(frozen=True)
class _Held:
    """What an event holds."""

    key: str | None = None
    payload: str | None = None

    @property
    def fields(self) -> dict[str, list[Any]]:
        """The plain values by their paths."""
        found: dict[str, list[Any]] = defaultdict(list)
        for path, kind, value in fields(self.payload):
            if kind not in ("object", "array"):
                found[path].append(value)
        return found


def check(store: Store) -> None:
    """Say of the duplicates in the flows of `judged` which are other effects of the same cause: one for each line."""
    store.execute(_SECONDS)
    if not store.rows("SELECT event_no FROM seconds LIMIT 1"):
        return
    held, causes = _held(store), _causes(store)
    earlier: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for number, other, record_id in store.rows(_EARLIER):
        mine, theirs = causes.get(number), causes.get(other)
        if not mine or not theirs or mine & theirs:
            earlier[number].append((other, record_id))
    others, repeats = [], []
    for number, rivals in earlier.items():
        cause = " ".join(held[one].payload or "" for one in sorted(causes.get(number, ())) if one in held)
        same = [record for other, record in rivals if _is_repeat(_of(held, number), _of(held, other), cause)]
        if same:
            repeats.append((number, same[-1]))
        else:
            others.append((number,))
    _write(store, others, repeats)


def _write(store: Store, others: list[tuple[int]], repeats: list[tuple[int, int]]) -> None:
    store.execute("CREATE OR REPLACE TEMP TABLE no_repeats (event_no BIGINT)")
    store.execute("CREATE OR REPLACE TEMP TABLE repeats (event_no BIGINT, record_id BIGINT)")
    store.append("no_repeats", others)
    store.append("repeats", repeats)
    store.execute(
        "UPDATE flow_problems SET what = 'another', repaired = TRUE "
        "WHERE what = 'duplicate' AND event_no IN (SELECT event_no FROM no_repeats)"
    )
    store.execute(
        "UPDATE flow_problems SET other_id = r.record_id FROM repeats AS r "
        "WHERE flow_problems.what = 'duplicate' AND r.event_no = flow_problems.event_no"
    )


def _held(store: Store) -> dict[int, _Held]:
    """The first that each event is told to hold, its publisher before its readers."""
    found: dict[int, _Held] = {}
    for number, key, payload in store.rows(_HELD):
        known = found.get(number, _Held())
        found[number] = _Held(known.key or key, known.payload or payload)
    return found


def _of(held: dict[int, _Held], number: int) -> _Held:
    return held.get(number, _Held())


def _causes(store: Store) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for number, cause in store.rows(_CAUSES):
        found[number].add(cause)
    return found


def _is_repeat(one: _Held, other: _Held, cause: str) -> bool:
    """The same effect: whatever differs is what a second message has anew. What nothing is known of may be the same."""
    mine, theirs = one.fields, other.fields
    if mine and theirs:
        return not any(_tells_apart(*pair, cause) for pair in _differing(mine, theirs))
    if one.payload is None or other.payload is None:
        return one.key == other.key or one.key is None or other.key is None
    return True


def _differing(mine: dict[str, list[Any]], theirs: dict[str, list[Any]]) -> Iterator[tuple[str, Any]]:
    """Every path with a value that the other does not have there."""
    for path in sorted(mine.keys() | theirs.keys()):
        for ours, other in zip_longest(mine.get(path, []), theirs.get(path, [])):
            if ours != other:
                yield path, ours
                yield path, other


def _tells_apart(path: str, value: Any, cause: str) -> bool:
    """True where values that differ here make another thing of it."""
    words = {word.lower() for word in _WORDS.findall(path.rpartition(".")[2])}
    if words & _ITEMS:
        return True
    if words & _ANEW or (isinstance(value, str) and _TIME.fullmatch(value)):
        return False
    is_name = bool(words & _NAMES) or (isinstance(value, str) and bool(_MADE.fullmatch(value)))
    return not is_name or (isinstance(value, str) and len(value) > 1 and value in cause)
