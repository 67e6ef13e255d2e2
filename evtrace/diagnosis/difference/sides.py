"""The two sides of a comparison: one flow on the left, one flow or many on the right."""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.store import Store

#: Fewer normal flows than this say little of what is usual.
LEAST_FLOWS = 20

#: So many normal flows are looked at, chosen by their number.
LOOKED_AT = 500

#: A way that this share of the right side has, or less, is unusual; of one flow: what it has not.
RARE = 0.02

_FLOW = """
SELECT verdict AS verdict, root_type AS root_type, started_ts AS started_ts, last_ts - started_ts AS took_ns, events AS events
FROM flows
WHERE flow_id = ?
"""

# every so-manieth flow, by a number that mixes well: record numbers come in steps
_NORMAL = f"""
SELECT flow_id AS flow_id, took_ns AS took_ns, events AS events
FROM (
    SELECT flow_id AS flow_id, last_ts - started_ts AS took_ns, events AS events,
           ROW_NUMBER() OVER (ORDER BY (flow_id % 4294967296) * 2654435761 % 4294967296, flow_id) AS nth
    FROM flows
    WHERE root_type = ? AND flow_id <> ? AND normal
) AS chosen
WHERE nth <= {LOOKED_AT}
ORDER BY nth
"""

# left: 1 is the flow in question, 0 what it is held against
_SIDES = "CREATE OR REPLACE TEMP TABLE sides (flow_id BIGINT, is_left BIGINT)"

# Chosen first, so that the large tables are read past a few rows and not the other way round.
_CHOSEN = """
CREATE OR REPLACE TEMP TABLE chosen AS
SELECT s.flow_id AS flow_id, s.is_left AS is_left, e.event_no AS event_no, e.event_id AS event_id, e.event_type AS event_type,
       e.service AS service, e.channel AS channel, e.published_ts AS published_ts, e.record_id AS record_id
FROM sides AS s
JOIN stored_events AS e ON e.flow_id = s.flow_id
"""

# when an event was sent is told by its sender's own clock where that is known
_SENT = """
CREATE OR REPLACE TEMP TABLE sent_by AS
SELECT c.event_no AS event_no, MIN(r.ts) AS sent_ts, MIN(r.instance) AS first_instance
FROM chosen AS c
JOIN record_flows AS f ON f.event_no = c.event_no
JOIN records AS r ON r.record_id = f.record_id
WHERE r.kind = 'publish' AND r.service IS NOT NULL
GROUP BY c.event_no
"""

_STEPS = """
CREATE OR REPLACE TEMP TABLE steps AS
SELECT c.flow_id AS flow_id, c.is_left AS is_left, c.event_no AS event_no,
       COALESCE(c.event_type, c.event_id, r.event_id) AS event_type, c.service AS service, c.channel AS channel,
       COALESCE(d.part, r.part) AS part, COALESCE(d.pos, r.pos) AS pos, COALESCE(o.sent_ts, c.published_ts) AS sent_ts,
       o.first_instance AS instance
FROM chosen AS c
JOIN records AS r ON r.record_id = c.record_id
LEFT JOIN event_details AS d ON d.event_no = c.event_no
LEFT JOIN sent_by AS o ON o.event_no = c.event_no
"""

_HANDED = """
CREATE OR REPLACE TEMP TABLE handed AS
SELECT t.flow_id AS flow_id, t.is_left AS is_left, d.delivery_id AS delivery_id, d.event_no AS event_no, t.event_type AS event_type,
       COALESCE(d.grp, d.service, r.consumer) AS reader, r.instance AS instance, d.received_ts AS received_ts,
       COALESCE(d.outcome, 'received') AS outcome
FROM steps AS t
JOIN stored_deliveries AS d ON d.event_no = t.event_no
JOIN records AS r ON r.record_id = d.record_id
"""


@dataclass(frozen=True)
class Side:
    """One flow, or the normal ones."""

    name: str  # as the user gave it, or 'normal'
    flow_id: int | None  # None: several
    flows: int
    verdict: str | None
    root_type: str | None
    started_at: int | None
    took_ns: int | None  # of several: in the middle
    events: int


def one(store: Store, name: str, flow_id: int) -> Side:
    """The side that is one flow."""
    verdict, root_type, started_at, took_ns, events = store.row(_FLOW, [flow_id])
    return Side(name, flow_id, 1, verdict, root_type, started_at, took_ns, events)


def usual(store: Store, left: Side) -> tuple[Side, tuple[int, ...]]:
    """The side that is the normal flows of the same type, and which of them are looked at."""
    rows = store.rows(_NORMAL, [left.root_type, left.flow_id])
    middle = [
        sorted(row[place] or 0 for row in rows)[(len(rows) - 1) // 2] if rows else None for place in (1, 2)
    ]
    side = Side(
        "normal",
        None,
        len(rows),
        "completed" if rows else None,
        left.root_type,
        None,
        middle[0],
        middle[1] or 0,
    )
    return side, tuple(row[0] for row in rows)


def lay_out(store: Store, flow_id: int, against: tuple[int, ...]) -> None:
    """Make the tables `sides`, `steps` and `handed` for the questions of this room."""
    store.execute(_SIDES)
    store.append("sides", [(flow_id, 1), *((other, 0) for other in against)])
    for made in (_CHOSEN, _SENT, _STEPS, _HANDED):
        store.execute(made)
