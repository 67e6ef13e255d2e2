"""Which payloads are built unlike those of normal flows, in flows where something failed."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from evtrace.store import Store

#: A shape is odd where at most this share of the cohort's events has the field so, of at least so many events.
_RARE, LEAST_EVENTS = 0.01, 20

#: So many payloads of a type teach its shape.
_TAUGHT = 20_000

# the publisher's copy before a reader's; many records of one event may hold its payload
_PAYLOADS = """
SELECT f.event_no, f.flow_id, MIN(CASE WHEN r.kind = 'publish' THEN r.record_id ELSE r.record_id + {later} END) % {later} AS record_id
FROM record_flows AS f
JOIN {flows} AS x ON x.flow_id = f.flow_id
JOIN records AS r ON r.record_id = f.record_id
WHERE f.event_no IS NOT NULL AND r.payload IS NOT NULL
GROUP BY f.event_no, f.flow_id
"""
_LATER = 1 << 60  # above every record id

_SHAPES = f"""
SELECT COALESCE(e.event_type, e.channel) AS event_type, TRY(json_structure(r.payload)) AS shape, COUNT(*) AS events
FROM ({_PAYLOADS}) AS p
JOIN stored_events AS e ON e.event_no = p.event_no AND e.kind = 'message'
JOIN records AS r ON r.record_id = p.record_id
WHERE COALESCE(e.event_type, e.channel) IS NOT NULL
GROUP BY COALESCE(e.event_type, e.channel), shape
ORDER BY event_type, shape
"""

_SUSPECT = """
CREATE OR REPLACE TEMP TABLE suspect AS
SELECT DISTINCT p.flow_id AS flow_id
FROM flow_problems AS p
JOIN judged AS j ON j.flow_id = p.flow_id
WHERE NOT p.repaired AND p.what IN ('handler_error', 'dead_letter', 'dropped', 'missing', 'unended', 'log')
"""

_ODD = f"""
INSERT INTO flow_problems
SELECT p.flow_id, 'contract' AS what, e.event_no, NULL AS delivery_id, r.record_id, NULL AS other_id,
       COALESCE(e.published_ts, r.ts) AS seen_ts, COALESCE(e.service, r.producer) AS service, NULL AS grp, o.words, FALSE AS repaired,
       o.share, o.cases, NULL AS measured_ns, NULL AS usual_ns, NULL AS watermark
FROM ({_PAYLOADS}) AS p
JOIN stored_events AS e ON e.event_no = p.event_no AND e.kind = 'message'
JOIN records AS r ON r.record_id = p.record_id
LEFT JOIN originals AS d ON d.event_no = e.event_no
JOIN odd_shapes AS o ON o.event_type = COALESCE(e.event_type, e.channel) AND o.shape = TRY(json_structure(r.payload))
WHERE d.event_no IS NULL
"""

_KINDS = {
    "VARCHAR": "string",
    "BOOLEAN": "boolean",
    "NULL": "null",
    "JSON": "mixed",
}  # all others are numbers


def learn(store: Store) -> None:
    """Learn which fields normal payloads have. Needs the table `cohort_flows` that cohorts leave behind."""
    store.execute("DELETE FROM usual_fields")
    rows = store.rows(_SHAPES.format(flows="cohort_flows", later=_LATER))
    totals: Counter[str] = Counter()
    counts: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for event_type, shape, events in rows:
        if fields := set(_fields(shape)):
            totals[event_type] += events
            for field in fields:
                counts[event_type][field] += events
    store.append(
        "usual_fields",
        [
            (event_type, path, kind, events, totals[event_type])
            for event_type, fields in sorted(counts.items())
            for (path, kind), events in sorted(fields.items())
        ],
    )


def find(store: Store) -> None:
    """Add the odd payloads of the flows of `judged` where something failed."""
    store.execute(_SUSPECT)
    usual: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    totals: dict[str, int] = {}
    for event_type, path, kind, events, total in store.rows("SELECT * FROM usual_fields ORDER BY ALL"):
        usual[event_type][path][kind] = events
        totals[event_type] = total
    found = [
        (event_type, shape, *odd)
        for event_type, shape, _ in store.rows(_SHAPES.format(flows="suspect", later=_LATER))
        if totals.get(event_type, 0) >= LEAST_EVENTS
        and (odd := _odd(shape, usual[event_type], totals[event_type]))
    ]
    if found:
        store.execute(
            "CREATE OR REPLACE TEMP TABLE odd_shapes (event_type VARCHAR, shape VARCHAR, words VARCHAR, share DOUBLE, cases BIGINT)"
        )
        store.append("odd_shapes", found)
        store.execute(_ODD.format(flows="suspect", later=_LATER))


def _odd(shape: str | None, usual: dict[str, dict[str, int]], total: int) -> tuple[str, float, int] | None:
    """The first field that has a kind that normal events hardly have there, or that is missing; its share there."""
    here: dict[str, str] = dict(_fields(shape))
    if not here:
        return None
    for path, kinds in sorted(usual.items()):
        most, events = max(kinds.items(), key=lambda pair: (pair[1], pair[0]))
        kind = here.get(path)
        parent = path.rpartition(".")[0]
        if (
            kind is None
            and sum(kinds.values()) >= (1 - _RARE) * total
            and here.get(parent, "object") == "object"
        ):
            return f"{path} is missing, usually a {most}", events / total, total
        if kind is not None and kinds.get(kind, 0) <= _RARE * total and sum(kinds.values()) > _RARE * total:
            return f"{path} is a {kind}, usually a {most}", events / total, total
    return None


def _fields(shape: str | None) -> Iterator[tuple[str, str]]:
    if shape:
        yield from _walk(json.loads(shape), "")


def _walk(structure: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(structure, dict):
        if path:
            yield path, "object"
        for key, inner in sorted(structure.items()):
            yield from _walk(inner, f"{path}.{key}" if path else key)
    elif isinstance(structure, list):
        yield path or "$", "array"
        for inner in structure:
            if inner != "NULL":
                yield from _walk(inner, f"{path}[]")
    elif path:
        yield path, _KINDS.get(structure, "number")
