"""How far behind a reader was while an event waited for it."""

from __future__ import annotations

from dataclasses import replace

from evtrace.results import ChainEvent, TimeAccount, TimePart
from evtrace.store import Store

#: A wait is long where it is at least so long, and so large a share of the critical path.
_LONG_NS, _LONG_SHARE = 1_000_000_000, 0.2

# messages of the same channel that were there before, and that the reader took up only while this one waited
_BEHIND = """
SELECT COUNT(DISTINCT d.event_no) AS n
FROM stored_deliveries AS d
JOIN stored_events AS e ON e.event_no = d.event_no
WHERE d.received_ts > ? AND d.received_ts < ? AND COALESCE(d.service, d.grp) = ?
  AND COALESCE(e.channel, '') = ? AND e.published_ts <= ?
"""


def with_lag(store: Store, time: TimeAccount | None, chain: tuple[ChainEvent, ...]) -> TimeAccount | None:
    """The same account; beside each long wait how many messages the reader had before it."""
    if time is None:
        return None
    return replace(time, parts=tuple(_part(store, part, chain[part.step - 1]) for part in time.parts))


def _part(store: Store, part: TimePart, event: ChainEvent) -> TimePart:
    is_long = part.what == "queue" and part.took_ns >= _LONG_NS and part.share >= _LONG_SHARE
    if not is_long or event.at is None or part.who is None:
        return part
    until = event.at + part.took_ns
    behind = store.value(_BEHIND, [event.at, until, part.who, event.channel or "", event.at])
    return replace(part, behind=behind)
