"""Who publishes where, and who reads it: producers, channels and readers of the whole store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from evtrace.reports.delivery.asked import Asked
from evtrace.reports.lag import run as lag
from evtrace.reports.lag.status import STATUSES
from evtrace.reports.window import Window
from evtrace.store import Store


@dataclass(frozen=True)
class Published:
    """What one service published to one channel."""

    service: str | None
    channel: str | None
    hop: str | None  # dead_letter: handed on by a reader that gave up
    events: int
    copies: int  # publishes of the same event beyond the first
    errors: int  # events of flows that failed
    first_ts: int | None
    last_ts: int | None


@dataclass(frozen=True)
class Read:
    """What one reader got from one channel."""

    channel: str | None
    grp: str | None
    service: str | None
    offered: int  # events of the types that it reads
    events: int  # those it was handed; 0: it is known by its positions only
    attempts: int
    again: int  # attempts beyond the first at the same event
    errors: int  # events that it did not manage in the end
    wait_ns: int | None  # median time from publish to first receive
    usual_wait_ns: int | None  # the same in flows that went well
    usual_share: float | None  # events handed per event offered, in flows that went well
    lag_messages: int | None = None
    lag_status: str | None = None


@dataclass(frozen=True)
class Topology:
    """The whole store as a graph."""

    published: tuple[Published, ...]
    read: tuple[Read, ...]
    since_at: int | None  # where the evidence begins
    until_at: int | None
    flows: int  # that touch this time
    usual_flows: int  # those of them that went well


_WINDOW = "COALESCE(e.published_ts, 0) >= {since} AND COALESCE(e.published_ts, 0) <= {until}"

# A dead letter is published by the reader that gave up, though its record names who published the event first.
_PUBLISHED = """
WITH hop AS (
    SELECT x.child_no AS event_no, MIN(d.service) AS service, MIN(COALESCE(r.hop, 'dead_letter')) AS hop
    FROM stored_edges AS x
    JOIN stored_deliveries AS d ON d.delivery_id = x.via
    JOIN stored_events AS c ON c.event_no = x.child_no
    JOIN records AS r ON r.record_id = c.record_id
    WHERE x.rule = 'D1'
    GROUP BY x.child_no
)
SELECT COALESCE(h.service, e.service) AS service, e.channel AS channel, h.hop AS hop, COUNT(*) AS events,
       SUM(COALESCE(x.copies, 1) - 1) AS copies,
       SUM(CASE WHEN f.verdict IN ('failed', 'stuck', 'partly_compensated') THEN 1 ELSE 0 END) AS errors,
       MIN(e.published_ts) AS first_ts, MAX(e.published_ts) AS last_ts
FROM stored_events AS e
LEFT JOIN hop AS h ON h.event_no = e.event_no
LEFT JOIN event_details AS x ON x.event_no = e.event_no
LEFT JOIN flows AS f ON f.flow_id = e.flow_id
WHERE e.kind = 'message' AND {window}
GROUP BY COALESCE(h.service, e.service), e.channel, h.hop
ORDER BY channel, service, hop
"""

_FAILED = "('error', 'rejected', 'dropped', 'dead_letter')"

# A reader is offered the events of the types that it ever got from the channel. Percentiles are nearest ranks.
_READ = f"""
WITH message AS (
    SELECT e.event_no AS event_no, e.channel AS channel, COALESCE(e.event_type, '') AS event_type,
           e.published_ts AS published_ts, CASE WHEN f.verdict = 'completed' THEN 1 ELSE 0 END AS is_usual
    FROM stored_events AS e
    LEFT JOIN flows AS f ON f.flow_id = e.flow_id
    WHERE e.kind = 'message' AND {{window}}
), tries AS (
    SELECT d.event_no AS event_no, COALESCE(d.grp, d.service) AS reader, d.grp AS grp, d.service AS service,
           d.outcome AS outcome, d.received_ts AS received_ts,
           ROW_NUMBER() OVER (PARTITION BY d.event_no, COALESCE(d.grp, d.service)
                              ORDER BY COALESCE(d.attempt, 1), d.received_ts, d.delivery_id) AS nth,
           ROW_NUMBER() OVER (PARTITION BY d.event_no, COALESCE(d.grp, d.service)
                              ORDER BY COALESCE(d.attempt, 1) DESC, d.received_ts DESC, d.delivery_id DESC) AS nth_last
    FROM stored_deliveries AS d
    WHERE COALESCE(d.grp, d.service) IS NOT NULL
), handled AS (
    SELECT t.event_no AS event_no, t.reader AS reader, MIN(t.grp) AS grp, MIN(t.service) AS service, COUNT(*) AS attempts,
           MAX(CASE WHEN t.nth_last = 1 AND t.outcome IN {_FAILED} THEN 1 ELSE 0 END) AS is_bad,
           MIN(CASE WHEN t.nth = 1 THEN t.received_ts END) AS got_ts
    FROM tries AS t
    GROUP BY t.event_no, t.reader
), got AS (
    SELECT m.channel AS channel, m.event_type AS event_type, h.reader AS reader, h.grp AS grp, h.service AS service,
           h.attempts AS attempts, h.is_bad AS is_bad, m.is_usual AS is_usual,
           CASE WHEN h.got_ts >= m.published_ts THEN h.got_ts - m.published_ts END AS wait_ns
    FROM handled AS h
    JOIN message AS m ON m.event_no = h.event_no
), offered AS (
    SELECT g.channel AS channel, g.reader AS reader, COUNT(*) AS events, SUM(m.is_usual) AS usual_events
    FROM (SELECT DISTINCT channel AS channel, event_type AS event_type, reader AS reader FROM got) AS g
    JOIN message AS m ON m.channel IS NOT DISTINCT FROM g.channel AND m.event_type = g.event_type
    GROUP BY g.channel, g.reader
), ranked AS (
    SELECT channel AS channel, reader AS reader, is_usual AS is_usual, wait_ns AS wait_ns,
           ROW_NUMBER() OVER (PARTITION BY channel, reader ORDER BY wait_ns) AS nth,
           COUNT(*) OVER (PARTITION BY channel, reader) AS n,
           ROW_NUMBER() OVER (PARTITION BY channel, reader, is_usual ORDER BY wait_ns) AS usual_nth,
           COUNT(*) OVER (PARTITION BY channel, reader, is_usual) AS usual_n
    FROM got
    WHERE wait_ns IS NOT NULL
), waits AS (
    SELECT channel AS channel, reader AS reader,
           MAX(CASE WHEN nth = (n + 1) // 2 THEN wait_ns END) AS half_ns,
           MAX(CASE WHEN is_usual = 1 AND usual_nth = (usual_n + 1) // 2 THEN wait_ns END) AS usual_half_ns
    FROM ranked
    GROUP BY channel, reader
), total AS (
    SELECT channel AS channel, reader AS reader, MIN(grp) AS grp, MIN(service) AS service, COUNT(*) AS events,
           SUM(attempts) AS tries_made, SUM(is_bad) AS errors, SUM(is_usual) AS usual_events
    FROM got
    GROUP BY channel, reader
)
SELECT t.channel AS channel, t.grp AS grp, t.service AS service, o.events AS offered, t.events AS events, t.tries_made AS attempts,
       t.tries_made - t.events AS again, t.errors AS errors, w.half_ns AS wait_ns, w.usual_half_ns AS usual_wait_ns,
       CASE WHEN o.usual_events > 0 THEN t.usual_events * 1.0 / o.usual_events END AS usual_share
FROM total AS t
JOIN offered AS o ON o.channel IS NOT DISTINCT FROM t.channel AND o.reader = t.reader
LEFT JOIN waits AS w ON w.channel IS NOT DISTINCT FROM t.channel AND w.reader = t.reader
ORDER BY channel, grp, service
"""

_SPAN = """
SELECT MIN(started_ts) AS first_ts, MAX(last_ts) AS until_ts, COUNT(*) AS flows,
       SUM(CASE WHEN verdict = 'completed' THEN 1 ELSE 0 END) AS usual_flows
FROM flows
WHERE COALESCE(last_ts >= {since}, TRUE) AND COALESCE(started_ts <= {until}, TRUE)
"""


def run(store: Store, window: Window) -> Topology:
    """Count what was published and read in the window; lag is as it stands where the evidence ends."""
    since = -(2**62) if window.since is None else window.since
    until = 2**62 if window.until is None else window.until
    part = _WINDOW.format(since=since, until=until)
    first, last, flows, usual = store.row(_SPAN.format(since=since, until=until))
    behind = _behind(store)
    read = [Read(*row) for row in store.rows(_READ.format(window=part))]
    return Topology(
        published=tuple(Published(*row) for row in store.rows(_PUBLISHED.format(window=part))),
        read=(*(_with_lag(one, behind) for one in read), *_silent(read, behind)),
        since_at=first if window.since is None else window.since,
        until_at=last if window.until is None else window.until,
        flows=flows,
        usual_flows=usual or 0,
    )


_Behind = dict[tuple[str | None, str | None], tuple[int | None, str]]


def _behind(store: Store) -> _Behind:
    """By group and channel: the messages behind over all partitions, and the worst status."""
    found: _Behind = {}
    for row in lag(store, Asked()).rows:
        place = (row.grp, row.channel)
        messages, status = found.get(place, (None, ""))
        lag_messages, lag_status = getattr(row, "lag_messages", None), getattr(row, "status", "")
        known = [one for one in (messages, lag_messages) if one is not None]
        found[place] = (sum(known) if known else None, max(status, lag_status, key=_rank))
    return found


def _rank(status: str) -> int:
    return STATUSES.index(status) if status in STATUSES else -1


def _with_lag(read: Read, behind: _Behind) -> Read:
    messages, status = behind.get((read.grp, read.channel), (None, ""))
    return replace(read, lag_messages=messages, lag_status=status or None)


def _silent(read: Sequence[Read], behind: _Behind) -> Iterator[Read]:
    """Groups that commit and log no receive: only their positions are known."""
    known = {(one.grp, one.channel) for one in read}
    for (grp, channel), (messages, status) in sorted(behind.items(), key=str):
        if (
            grp and channel and grp != channel and (grp, channel) not in known
        ):  # a queue is no reader of itself
            yield Read(channel, grp, None, 0, 0, 0, 0, 0, None, None, None, messages, status or None)
