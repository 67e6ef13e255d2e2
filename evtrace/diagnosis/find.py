"""Finds the flows that an id belongs to: by identity, by place, by text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from evtrace.diagnosis.nearest import nearest_ids
from evtrace.errors import UsageError
from evtrace.results import Identity
from evtrace.store import Store

#: How many of many flows are listed.
LISTED = 20

#: How much of an id that is not known is repeated.
_SHOWN = 200

#: Kinds of id that every store knows; the others stand in the table id_kinds.
_KINDS = ("event", "correlation", "trace")

#: The hash of an identity, as in links/keys.py. Importing that room would cost every answer 15 ms.
HASH = "CAST(hash(?, ?) >> 1 AS BIGINT)"

#: 'order=8123', and what people make of it: 'order:8123', 'order-8123', 'order 8123'.
#: Identities of these kinds keep no value of their own: it stands in a record.
VALUE_FIELDS = {"event": "event_id", "correlation": "correlation_id", "trace": "trace_id"}

_KIND_AND_VALUE = re.compile(r"([A-Za-z_]+)[=: -](.+)", re.DOTALL)

_FLOW = "flow:"  # 'flow:17' names a flow by its number, as the list of several flows does

_IDENTITIES = (
    "SELECT DISTINCT kind, flow_id FROM {source} WHERE value = ? AND kind <> 'link' ORDER BY kind, flow_id"
)

_HOLDS = "(CONTAINS(message, ?) OR CONTAINS(payload, ?) OR CONTAINS(attributes, ?))"

_NEWEST = f"""
SELECT flow_id FROM flows
WHERE flow_id IN (SELECT UNNEST(?::BIGINT[]))
ORDER BY started_ts DESC NULLS LAST, flow_id DESC
LIMIT {LISTED}
"""


@dataclass(frozen=True)
class Found:
    """The flows of an id and how it was found."""

    value: str  # the id without the kind that may stand before it
    kinds: tuple[str, ...]
    flow_ids: tuple[int, ...]
    how: str = "id"  # id, place, flow or text


class UnknownId(UsageError):
    """No flow is found by this id."""

    def __init__(self, query: str, nearest: tuple[Identity, ...], places: tuple[str, ...]) -> None:
        self.query, self.nearest = query, nearest
        lone = f"it stands in records of no flow ({', '.join(places)}); " if places else ""
        kinds: dict[str, list[str]] = {}
        for identity in nearest:
            kinds.setdefault(identity.value, []).append(identity.kind)
        near = "\n".join(f"  {value}  ({', '.join(of)})" for value, of in kinds.items())
        hint = (
            f"nearest ids:\n{near}" if near else "no id looks like it; see what there is with: evtrace flows"
        )
        super().__init__(f"{_short(query)}: unknown id; {lone}{hint}")

    @property
    def data(self) -> dict[str, Any]:
        """The same for machines."""
        return {"query": self.query, "nearest": self.nearest}


class SeveralFlows(UsageError):
    """The id belongs to several flows; the user has to choose."""

    def __init__(self, query: str, kinds: tuple[str, ...], flow_ids: tuple[int, ...], total: int) -> None:
        self.query, self.kinds, self.flow_ids, self.total = query, kinds, flow_ids, total
        what = f" as {', '.join(kinds)}" if kinds else ""
        newest = f", the newest {len(flow_ids)}" if total > len(flow_ids) else ""
        names = ", ".join(f"{_FLOW}{flow_id}" for flow_id in flow_ids)
        super().__init__(f"{query}: found{what} in {total:,} flows; choose one: {names}{newest}")


def find(store: Store, query: str) -> Found:
    """Find the flows of `query`; raise UnknownId when there are none."""
    query = query.strip()  # as it comes from a clipboard
    if not query:
        raise UsageError("the id is empty; name one, or see what there is with: evtrace flows")
    for look in (_by_hash, _by_flow, _by_place, _by_value, _by_event, _by_text):  # the cheap ones first
        found = look(store, query)
        if found.flow_ids:
            return found
    if not store.rows("SELECT 1 AS one FROM records LIMIT 1"):
        raise UsageError(f"{_short(query)}: unknown id; the store is empty: fill it with evtrace ingest LOGS")
    raise UnknownId(query, nearest_ids(store, query), _places(store, query))


def one_flow(store: Store, query: str) -> Found:
    """Find the flow of `query`; raise SeveralFlows when there is more than one."""
    found = find(store, query)
    if len(found.flow_ids) == 1:
        return found
    newest = store.rows(_NEWEST, [list(found.flow_ids)])
    raise SeveralFlows(query, found.kinds, tuple(row[0] for row in newest), len(found.flow_ids))


def _by_hash(store: Store, query: str) -> Found:
    return _by_identity(store, query, _hashed)


def _by_value(store: Store, query: str) -> Found:
    return _by_identity(store, query, _anywhere)


def _by_identity(
    store: Store, query: str, identities: Callable[[Store, str], list[tuple[str, int]]]
) -> Found:
    rows = identities(store, query)
    if rows or not (named := _KIND_AND_VALUE.fullmatch(query)):
        return _found(query, rows)
    kind, value = named.groups()
    return _found(value, [row for row in identities(store, value) if row[0] == kind.lower()])


def _hashed(store: Store, value: str) -> list[tuple[str, int]]:
    """Look under the hash of each kind, which touches next to nothing."""
    kinds = [*_KINDS, *(kind for (kind,) in store.rows("SELECT kind FROM id_kinds ORDER BY kind"))]
    hashes = store.row(
        f"SELECT {', '.join([HASH] * len(kinds))}", [word for kind in kinds for word in (value, kind)]
    )
    # one arm a hash, as a literal: only so does DuckDB skip what cannot hold it
    # the view would look at every event for each hash: only one of them can be an event's
    arms = " UNION ALL ".join(
        [
            f"SELECT kind, flow_id, value, record_id FROM {'bare_identities' if kind == 'event' else 'stored_identities'} WHERE h = {h}"
            for kind, h in zip(kinds, hashes, strict=True)
        ]
    )
    rows = store.rows(
        f"SELECT kind, flow_id, value, record_id FROM ({arms}) AS f WHERE kind <> 'link' ORDER BY ALL"
    )
    lying = {kind for kind, *_ in rows} - {kind for kind, *_ in _proven(store, rows, value)}
    return sorted({(kind, flow_id) for kind, flow_id, *_ in rows if kind not in lying})


def _proven(store: Store, rows: list[tuple[Any, ...]], value: str) -> Iterator[tuple[Any, ...]]:
    """One row of each kind that does hold the value: a hash of 63 bits may lie."""
    first = {kind: (kind, stored, record_id) for kind, _, stored, record_id in reversed(rows)}
    for kind, stored, record_id in first.values():
        field = VALUE_FIELDS.get(kind)
        if stored is None and field:
            stored = store.value(f"SELECT {field} FROM records WHERE record_id = {record_id}")
        if stored == value:
            yield (kind, stored)


def _anywhere(store: Store, value: str) -> list[tuple[str, int]]:
    """Look at every value: for kinds whose hash is not of the value alone."""
    return store.rows(_IDENTITIES.format(source="identities"), [value])


def _found(value: str, rows: list[tuple[str, int]], how: str = "id") -> Found:
    kinds = tuple(
        sorted({kind for kind, _ in rows}, key=lambda kind: (kind == "key", kind))
    )  # a key may be any id
    return Found(value, kinds, tuple(sorted({flow_id for _, flow_id in rows})), how)


def _by_flow(store: Store, query: str) -> Found:
    number = query.removeprefix(_FLOW)
    if number == query or not (number.isdecimal() and len(number) < 19):
        return Found(query, (), ())
    rows = store.rows("SELECT 'flow', flow_id FROM flows WHERE flow_id = ? ORDER BY flow_id", [int(number)])
    return _found(query, rows, "flow")


def _by_event(store: Store, query: str) -> Found:
    """An event without an id of its own (a span, a record) is no identity but has a name."""
    number = query.removeprefix("record:") if re.fullmatch(r"record:\d{1,18}", query) else "-1"
    sql = (
        "SELECT 'event', flow_id FROM stored_events WHERE event_id = ? AND flow_id IS NOT NULL UNION "
        f"SELECT 'event', flow_id FROM events WHERE event_no = {number} AND event_id = ? AND flow_id IS NOT NULL ORDER BY flow_id"
    )
    return _found(query, store.rows(sql, [query, query]))


def _by_place(store: Store, query: str) -> Found:
    channel, part, pos = place(query)
    if not channel:
        return Found(query, (), ())
    rows = _at_place(store, (channel, part, pos), "kind NOT IN ('commit', 'log')")
    return _found(query, rows or _at_place(store, (channel, part, pos), "kind = 'log'"), "place")


def _at_place(store: Store, where: tuple[str, int, int], kinds: str) -> list[tuple[Any, ...]]:
    return store.rows(
        f"""
        SELECT DISTINCT 'place', f.flow_id
        FROM record_flows AS f
        WHERE f.flow_id IS NOT NULL AND f.record_id IN (
            SELECT record_id FROM records WHERE channel = ? AND COALESCE(part, 0) = ? AND pos = ? AND {kinds}
        )
        ORDER BY f.flow_id
        """,
        list(where),
    )


def place(query: str) -> tuple[str, int, int]:
    """Take 'channel/part/pos' apart; the channel may hold slashes. ('', 0, 0) where it is none."""
    channel, *numbers = query.rsplit("/", 2)
    if channel and len(numbers) == 2 and all(number.isdecimal() and len(number) < 19 for number in numbers):
        return channel, int(numbers[0]), int(numbers[1])
    return "", 0, 0


def _by_text(store: Store, query: str) -> Found:
    """Last resort: the id stands somewhere in a record, but nothing said that it is one."""
    rows = store.rows(
        "SELECT DISTINCT 'text', f.flow_id FROM record_flows AS f WHERE f.record_id IN ("
        f"SELECT record_id FROM records WHERE {_HOLDS}) AND f.flow_id IS NOT NULL ORDER BY f.flow_id",
        [query] * 3,
    )
    return _found(query, rows, "text") if query.strip() else Found(query, (), ())


def _places(store: Store, query: str) -> tuple[str, ...]:
    """Where the text stands, when it stands in no flow."""
    if not query.strip():
        return ()
    rows = store.rows(
        f"SELECT s.uri, r.line FROM records AS r JOIN sources AS s ON s.source_id = r.source_id WHERE {_HOLDS} "
        "ORDER BY r.record_id LIMIT 3",
        [query] * 3,
    )
    return tuple(f"{uri}:{line}" for uri, line in rows)


def _short(query: str) -> str:
    return query if len(query) <= _SHOWN else f"{query[:_SHOWN]}…"
