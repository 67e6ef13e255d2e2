"""How far behind a reader was while an event waited for it."""

from __future__ import annotations

from dataclasses import replace

from evtrace.results import ChainEvent, TimeAccount, TimePart
from evtrace.store import Store

#: A wait is long where it is at least so long, and so large a share of the critical path.
_LONG_NS, _LONG_SHARE = 1_000_000_000, 0.2

#: So many times as long as the wait is looked back for what the reader had in hand when it began.
_BACK = 4

# messages of the same place that were there before, and that the reader took up, or did not end with, while this one
# waited; where no end is told, what it published last for it
_BEHIND = """
SELECT COUNT(DISTINCT d.event_no) AS n
FROM stored_deliveries AS d
JOIN stored_events AS e ON e.event_no = d.event_no
JOIN records AS r ON r.record_id = e.record_id
LEFT JOIN stored_edges AS x ON x.parent_no = d.event_no
LEFT JOIN stored_events AS c ON c.event_no = x.child_no AND c.service = d.service
WHERE d.received_ts > {since} AND d.received_ts < {until} AND COALESCE(d.service, d.grp) = {who} AND COALESCE(e.event_id, r.event_id, '') <> {event_id}
  AND COALESCE(e.channel, '') = {channel} AND COALESCE(r.part, -1) = {part} AND e.published_ts <= {at}
  AND GREATEST(d.received_ts, COALESCE(d.done_ts, d.received_ts), COALESCE(c.published_ts, d.received_ts)) > {at}
"""


def with_lag(store: Store, time: TimeAccount | None, chain: tuple[ChainEvent, ...]) -> TimeAccount | None:
    """The same account; beside each long wait how many messages the reader had before it."""
    if time is None:
        return None
    return replace(time, parts=tuple(_part(store, part, chain[part.step - 1]) for part in time.parts))


def _part(store: Store, part: TimePart, event: ChainEvent) -> TimePart:
    sql = behind_sql(part, event)
    return part if sql is None else replace(part, behind=store.value(sql))


def behind_sql(part: TimePart, event: ChainEvent) -> str | None:
    """How to count what stood before an event that waited long; None where it did not."""
    is_long = part.what == "queue" and part.took_ns >= _LONG_NS and part.share >= _LONG_SHARE
    if not is_long or event.at is None or part.who is None:
        return None
    return _BEHIND.format(
        since=event.at - _BACK * part.took_ns,
        until=event.at + part.took_ns,
        who=quoted(part.who),
        event_id=quoted(event.event_id or ""),
        channel=quoted(event.channel or ""),
        part=-1 if event.part is None else int(event.part),
        at=event.at,
    ).strip()


def quoted(value: str) -> str:
    """A text as SQL has it."""
    return "'" + value.replace("'", "''") + "'"
