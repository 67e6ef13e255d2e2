"""Which shapes do the payloads of events have: per type, producer and version, since when and until when?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from evtrace.errors import UsageError
from evtrace.store import Store

#: Steps into a payload: a key, or ITEM for every item of an array.
ITEM = 0
Path = tuple[str | int, ...]

#: Every message with a payload, its publisher's record before a reader's; laid out once for all questions.
_LAID_OUT = """
CREATE OR REPLACE TEMP TABLE laid_out AS
SELECT e.event_no, e.event_id, COALESCE(e.event_type, '') AS event_type, COALESCE(r.producer, e.service) AS producer,
       e.schema_version, COALESCE(e.published_ts, r.ts) AS published_ts, e.flow_id, r.record_id, e.channel, e.part, e.pos,
       r.payload
FROM (
    SELECT f.event_no, MIN(CASE WHEN r.kind = 'publish' THEN r.record_id ELSE r.record_id + {later} END) % {later} AS record_id
    FROM records AS r
    JOIN record_flows AS f ON f.record_id = r.record_id
    WHERE r.payload IS NOT NULL AND f.event_no IS NOT NULL
    GROUP BY f.event_no
) AS chosen
JOIN events AS e ON e.event_no = chosen.event_no
JOIN records AS r ON r.record_id = chosen.record_id
WHERE e.kind = 'message' AND ({condition})
"""
# A dead letter, or a message put aside to be tried again, is no further event of its type: its first copy is counted.
_REPEATS = """
CREATE OR REPLACE TEMP TABLE repeats AS
SELECT DISTINCT x.child_no AS event_no
FROM stored_edges AS x
JOIN laid_out AS p ON p.event_no = x.parent_no
WHERE x.rule = 'D1'
"""
_SENT = "CREATE OR REPLACE TEMP TABLE sent AS SELECT l.* FROM laid_out AS l ANTI JOIN repeats AS c ON c.event_no = l.event_no"
_COPIED = "CREATE OR REPLACE TEMP TABLE copied AS SELECT l.* FROM laid_out AS l SEMI JOIN repeats AS c ON c.event_no = l.event_no"
_COPIES = (
    "SELECT event_type, producer, schema_version, COUNT(*) AS copies FROM copied GROUP BY ALL ORDER BY ALL"
)

_LATER = 1 << 60  # above every record id

_SHAPES = """
SELECT event_type, producer, schema_version, TRY(json_structure(payload)) AS shape, COUNT(*) AS events,
       MIN(published_ts) AS first_ts, MAX(published_ts) AS last_ts,
       MIN(strlen(payload)) AS least_bytes, MAX(strlen(payload)) AS most_bytes, SUM(strlen(payload)) AS bytes
FROM sent
GROUP BY event_type, producer, schema_version, shape
ORDER BY event_type, producer NULLS FIRST, schema_version NULLS FIRST, shape
"""

_SAMPLES = """
SELECT event_type, payload
FROM sent
WHERE event_no IN (
    SELECT UNNEST(firsts) FROM (SELECT arg_min(event_no, event_no, {count}) AS firsts FROM sent GROUP BY event_type)
)
ORDER BY event_type, event_no
"""

_TYPES = {"VARCHAR": "string", "UBIGINT": "integer", "BIGINT": "integer", "HUGEINT": "integer", "DOUBLE": "number",
          "BOOLEAN": "boolean", "NULL": "null", "JSON": "any"}  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """Events that are built alike."""

    event_type: str
    producer: str | None
    version: str | None
    structure: Any  # as DuckDB's json_structure tells; None: the payload is no JSON
    events: int
    first_ts: int | None
    last_ts: int | None
    least_bytes: int
    most_bytes: int
    bytes: int

    def types(self) -> Iterator[tuple[Path, str]]:
        """Each part and its type; the payload itself has the empty path."""
        if self.structure is not None:
            yield from _types(self.structure, ())


def lay_out(store: Store, event_types: Sequence[str] = ()) -> None:
    """Make the tables `sent`, and `copied` of what was sent again; an unknown type is an error that names those there are."""
    condition = " OR ".join(["e.event_type = ?"] * len(event_types)) or "TRUE"
    store.execute(_LAID_OUT.format(condition=condition, later=_LATER), list(event_types))
    for text in (_REPEATS, _SENT, _COPIED):
        store.execute(text)
    if not store.value("SELECT COUNT(*) FROM sent"):
        types = store.rows(
            "SELECT DISTINCT event_type FROM events WHERE kind = 'message' ORDER BY event_type"
        )
        known = ", ".join(str(name) for (name,) in types[:20]) or "no events"
        raise UsageError(
            f"no stored payloads of {', '.join(event_types) or 'any type'}; in the store there are {known}"
        )


def copies(store: Store) -> dict[tuple[str, str | None, str | None], int]:
    """Dead letters and retries, left out of `sent`: by type, producer and version."""
    return {(name, producer, version): n for name, producer, version, n in store.rows(_COPIES)}


def shapes(store: Store) -> list[Shape]:
    """The shapes of what is laid out."""
    rows = store.rows(_SHAPES)
    return [
        Shape(name, producer, version, json.loads(shape) if shape else None, *rest)
        for name, producer, version, shape, *rest in rows
    ]


def samples(store: Store, count: int) -> dict[str, list[Any]]:
    """The first payloads of each type that are JSON."""
    found: dict[str, list[Any]] = {}
    for name, text in store.rows(_SAMPLES.format(count=int(count))):
        found.setdefault(name, []).extend(_parsed(text))
    return found


def _parsed(text: str) -> Iterator[Any]:
    try:
        yield json.loads(text)
    except ValueError:
        return


def _types(structure: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(structure, dict):
        yield path, "object"
        for key, inner in structure.items():
            yield from _types(inner, (*path, key))
    elif isinstance(structure, list):
        yield path, "array"
        for inner in structure:
            if inner != "NULL" or len(structure) > 1:
                yield from _types(inner, (*path, ITEM))
    else:
        yield path, _TYPES.get(structure, "any")


def spoken(path: Path) -> str:
    """'lines[].price'."""
    text = "".join("[]" if step == ITEM and isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".") or "(the event)"


def json_path(path: Path) -> str:
    """For DuckDB's JSON functions: '$."lines"'; items are not looked into."""
    return "$" + "".join(f'."{str(step).replace(chr(34), chr(92) + chr(34))}"' for step in path)
