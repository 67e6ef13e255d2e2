"""ShiViz logs: every event with its vector clock, one execution per flow.

Open them with these expressions: the parser's is `(?<event>.*)\\n(?<host>\\S*) (?<clock>{.*})`, which ShiViz
proposes by itself; the one for several executions is `^=== (?<trace>.*) ===$`.
"""

from __future__ import annotations

import heapq
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from evtrace.bridges import spans
from evtrace.bridges.jsontext import by_flow, harmless
from evtrace.present.terminal import clean
from evtrace.present.times import rfc3339
from evtrace.store import Store

NAME = "shiviz"
TITLE = "ShiViz log with vector clocks"
ENDING = ".log"

_ROWS = """
SELECT flow_id, span_id, parent_span_id, list_transform(links, lambda l: l.span_id) AS links, service, start_ns, span_kind,
       event_type, channel, event_id, outcome, error
FROM told_spans
"""

_WORDS = {"producer": "publishes", "consumer": "handles", "internal": "does"}


@dataclass(frozen=True)
class _Moment:
    """One line of one host."""

    key: str
    host: str
    ts: int
    causes: tuple[str, ...]
    words: str


def pieces(store: Store) -> Iterator[str]:
    spans.prepare(store, spans.BY_TIME)
    for flow_id, found in by_flow(store.stream(_ROWS)):
        yield f"=== flow:{flow_id} ===\n"
        yield from _execution([_moment(row) for row in found])


def _moment(row: tuple[Any, ...]) -> _Moment:
    _, key, parent, links, service, ts, kind, event_type, channel, event_id, outcome, error = row
    facts = [
        event_type or "event",
        f"({event_id})",
        f"on {channel}" if channel else "",
        outcome or "",
        error or "",
        rfc3339(ts) or "",
    ]
    words = clean(" ".join(fact for fact in (_WORDS[kind], *facts) if fact))
    causes = tuple(dict.fromkeys([*([parent] if parent else []), *(links or ())]))
    return _Moment(key, "_".join(clean(service).split()), ts, causes, words)


def _execution(moments: Sequence[_Moment]) -> Iterator[str]:
    """Lines in an order in which every cause stands before its effects and a host's clock counts on."""
    clocks: dict[str, dict[str, int]] = {}
    last: dict[str, dict[str, int]] = {}
    for moment in _ordered(moments):
        clock = dict(last.get(moment.host, {}))
        for cause in moment.causes:
            for host, count in clocks.get(cause, {}).items():
                clock[host] = max(count, clock.get(host, 0))
        clock[moment.host] = clock.get(moment.host, 0) + 1
        clocks[moment.key] = last[moment.host] = clock
        told = harmless(json.dumps(clock, ensure_ascii=False, sort_keys=True))
        yield f"{moment.words}\n{moment.host} {told}\n"


def _ordered(moments: Sequence[_Moment]) -> Iterator[_Moment]:
    """Causes first, and otherwise by time."""
    known = {moment.key: moment for moment in moments}
    waits = {moment.key: sum(cause in known for cause in moment.causes) for moment in moments}
    effects: dict[str, list[str]] = defaultdict(list)
    for moment in moments:
        for cause in moment.causes:
            effects[cause].append(moment.key)
    ready = [(moment.ts, moment.key) for moment in moments if not waits[moment.key]]
    heapq.heapify(ready)
    while ready:
        _, key = heapq.heappop(ready)
        yield known[key]
        for effect in effects[key]:
            waits[effect] -= 1
            if not waits[effect]:
                heapq.heappush(ready, (known[effect].ts, effect))
