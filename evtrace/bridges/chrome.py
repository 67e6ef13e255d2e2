"""Chrome's trace events, for Perfetto and chrome://tracing: a process per service, a lane per thing at a time."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from evtrace.bridges import spans
from evtrace.bridges.jsontext import entries, listed, member, text
from evtrace.bridges.semantics import ATTRIBUTES
from evtrace.store import Store

NAME = "chrome"
TITLE = "Chrome trace events, for Perfetto"
ENDING = ".json"

#: Perfetto draws nothing where no time passes: the shortest slice is a nanosecond.
_SHORTEST_NS = 1


#: An arrow begins at its cause, which therefore knows its effects.
_SLICES = """
CREATE OR REPLACE TEMP TABLE slices AS
WITH children AS (
    SELECT flow_id, parent_span_id, list(span_id ORDER BY start_ns, span_id) AS children
    FROM spans
    WHERE parent_span_id IS NOT NULL
    GROUP BY flow_id, parent_span_id
)
SELECT s.*, c.children AS children
FROM told_spans AS s
LEFT JOIN children AS c ON c.flow_id = s.flow_id AND c.parent_span_id = s.span_id
ORDER BY s.service, s.start_ns, s.end_ns DESC, s.flow_id, s.span_id
"""


@dataclass
class _Lanes:
    """Slices of one row must lie within each other or apart: whatever overlaps goes to another row."""

    free: list[int] = field(default_factory=list)
    busy: list[tuple[int, int]] = field(default_factory=list)  # (until, lane)
    used: int = 0

    def take(self, start: int, end: int) -> int:
        while self.busy and self.busy[0][0] <= start:
            heapq.heappush(self.free, heapq.heappop(self.busy)[1])
        if not self.free:
            self.used += 1
            heapq.heappush(self.free, self.used)
        lane = heapq.heappop(self.free)
        heapq.heappush(self.busy, (end, lane))
        return lane


def pieces(store: Store) -> Iterator[str]:
    spans.prepare(store, spans.BY_TIME)
    store.execute(_SLICES)
    start = store.value("SELECT MIN(start_ns) FROM spans") or 0
    # a double holds microseconds since 1970 to a quarter only: times count from the first, which stands beside
    about = json.dumps({"start_unix_nano": str(start), "made_by": "evtrace"})
    head = f'{{"displayTimeUnit":"ms","otherData":{about},"traceEvents":['
    yield from listed(_events(store, start), before=head, after="]}\n")


def _events(store: Store, zero: int) -> Iterator[str]:
    process, lanes, service = 0, _Lanes(), None
    for row in store.stream(_sql()):
        if row[0] != service:
            process, lanes, service = process + 1, _Lanes(), row[0]
            yield _named("process_name", process, service)
        yield from _slice(row, zero, process, lanes)


def _slice(row: tuple[Any, ...], zero: int, process: int, lanes: _Lanes) -> Iterator[str]:
    _, name, kind, start, end, args, children, span_id, has_parent = row
    end = max(end, start + _SHORTEST_NS)
    lane = lanes.take(start, end)
    place = f'"pid":{process},"tid":{lane},"ts":{_micros(start - zero)}'
    yield f'{{"ph":"X","name":{name},"cat":"{kind}",{place},"dur":{_micros(end - start)},"args":{args}}}'
    if has_parent:
        yield f'{{"ph":"f","bp":"e","name":"causes","cat":"causes","id":"0x{span_id}",{place}}}'
    for child in children or ():
        yield f'{{"ph":"s","name":"causes","cat":"causes","id":"0x{child}",{place}}}'


def _sql() -> str:
    args = [(f"({a.value}) IS NOT NULL", member(a.key, text(a.value))) for a in ATTRIBUTES]
    ids: list[tuple[str | None, str]] = [(None, member(name, text(name))) for name in ("trace_id", "span_id")]
    ids += [(f"{name} IS NOT NULL", member(name, text(name))) for name in ("parent_span_id", "instance")]
    ids += [("links IS NOT NULL", member("links", text("list_transform(links, lambda l: l.span_id)")))]
    return f"""
SELECT service, {text("name")}, span_kind, start_ns, end_ns, {entries([*ids, *args], brackets="{}")}, children,
       span_id, parent_span_id IS NOT NULL
FROM slices
"""


def _named(what: str, process: int, name: str) -> str:
    return json.dumps(
        {"ph": "M", "name": what, "pid": process, "tid": 0, "args": {"name": name}}, ensure_ascii=False
    )


def _micros(ns: int) -> str:
    """Microseconds, exact to the nanosecond."""
    return f"{ns // 1000}.{ns % 1000:03d}"
