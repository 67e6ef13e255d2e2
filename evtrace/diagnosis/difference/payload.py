"""Which fields of payloads and headers are gone, new, of another type, or hold what is not usual?"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from evtrace.diagnosis.difference.sides import LEAST_FLOWS, RARE
from evtrace.diagnosis.fields import fields, shown
from evtrace.store import Store

#: A field with more different values than this has no usual ones.
_FEW = 20

#: A number is beyond all others from this factor on.
_BEYOND = 2.0

# what the broker keeps of an event, before what a reader copies; a republication is no part of the event
_TEXTS = """
SELECT t.is_left, t.event_type, t.event_no, r.payload, r.attributes
FROM steps AS t
JOIN (
    SELECT f.event_no AS event_no, MIN(r.record_id) AS record_id
    FROM sides AS s
    JOIN record_flows AS f ON f.flow_id = s.flow_id
    JOIN records AS r ON r.record_id = f.record_id
    WHERE r.payload IS NOT NULL AND r.kind = 'publish' AND f.event_no IS NOT NULL
    GROUP BY f.event_no
) AS k ON k.event_no = t.event_no
JOIN records AS r ON r.record_id = k.record_id
LEFT JOIN (SELECT DISTINCT child_no FROM stored_edges WHERE rule = 'D1') AS d ON d.child_no = t.event_no
WHERE d.child_no IS NULL
ORDER BY t.is_left DESC, t.event_type, t.event_no
"""

_IDS = "SELECT DISTINCT value FROM identities WHERE flow_id = ? ORDER BY value"

_ID = re.compile(r"(id|uuid|guid|key|token|hash)$", re.IGNORECASE)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
#: Numbers that only count where something stands, or when it was.
_PLACES = re.compile(r"(offset|partition|time|timestamp|ts|sequence)$", re.IGNORECASE)


@dataclass(frozen=True)
class FieldDiffers:
    """A field that is not on the left what it is on the right."""

    event_type: str
    path: str
    what: str  # type or value
    left: str  # its type or value; 'absent'
    right: str
    right_events: int  # that have it so
    of: int


@dataclass
class _Seen:
    """One field of one type, on the right."""

    kinds: Counter[str] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)
    numbers: list[float] = field(default_factory=list)


def run(store: Store, flow_id: int) -> tuple[FieldDiffers, ...]:
    """Compare what is laid out."""
    ids = {value for (value,) in store.rows(_IDS, [flow_id])}
    left: dict[str, list[dict[str, tuple[str, Any]]]] = defaultdict(list)
    right: dict[str, dict[str, _Seen]] = defaultdict(lambda: defaultdict(_Seen))
    total: Counter[str] = Counter()
    for is_left, event_type, _, payload, attributes in store.rows(_TEXTS):
        found = {path: (kind, value) for text in (payload, attributes) for path, kind, value in fields(text)}
        if is_left:
            left[event_type].append(found)
        elif found:
            total[event_type] += 1
            _add(right[event_type], found)
    rows = [
        row
        for event_type in sorted(left)
        if total[event_type]
        for found in left[event_type]
        for row in _differing(event_type, found, right[event_type], total[event_type], ids)
    ]
    return tuple(dict.fromkeys(rows))


def _add(seen: dict[str, _Seen], found: dict[str, tuple[str, Any]]) -> None:
    for path, (kind, value) in found.items():
        seen[path].kinds[kind] += 1
        told = shown(value)
        if told is not None:
            seen[path].values[told] += 1
        if kind == "number":
            seen[path].numbers.append(float(value))


def _differing(
    event_type: str, found: dict[str, tuple[str, Any]], seen: dict[str, _Seen], of: int, ids: set[str]
) -> Iterator[FieldDiffers]:
    for path in sorted({*found, *seen}):
        kind, value = found.get(path, ("absent", None))
        one = seen.get(path, _Seen())
        kinds = one.kinds + Counter(absent=of - sum(one.kinds.values()))
        if kinds[kind] <= RARE * of:
            usual, events = kinds.most_common(1)[0]
            if (
                _parent(path) not in found
                or found[_parent(path)][0] in ("object", "array")
                or kind != "absent"
            ):
                yield FieldDiffers(event_type, path, "type", kind, usual, events, of)
        elif (told := shown(value)) is not None and not _is_own(path, told, ids):
            yield from _odd_value(event_type, path, kind, told, one, of)


def _odd_value(
    event_type: str, path: str, kind: str, told: str, one: _Seen, of: int
) -> Iterator[FieldDiffers]:
    """A value that the other flow has not; of many flows, that none of few values or of a range of numbers is."""
    if one.values[told]:
        return
    usual, events = one.values.most_common(1)[0] if one.values else ("absent", of)
    if of < LEAST_FLOWS:
        yield FieldDiffers(event_type, path, "value", told, usual, events, of)
    elif kind == "number" and one.numbers and len(one.values) > _FEW:
        low, high = min(one.numbers), max(one.numbers)
        if not low / _BEYOND <= float(told) <= high * _BEYOND:
            yield FieldDiffers(event_type, path, "value", told, f"{low:g} to {high:g}", len(one.numbers), of)
    elif len(one.values) <= _FEW:
        yield FieldDiffers(event_type, path, "value", told, usual, events, of)


def _is_own(path: str, told: str, ids: Sequence[str] | set[str]) -> bool:
    """Ids, times and places are of each flow by nature."""
    name = path.rpartition(".")[2]
    return told in ids or bool(_ID.search(name) or _PLACES.search(name) or _TIME.match(told))


def _parent(path: str) -> str:
    return path.rpartition(".")[0] if "." in path else path.removesuffix("[]")
