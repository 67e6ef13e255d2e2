"""The chosen flows as spans: what is published, handled and done, each below what caused it.

A flow is one trace. An event is a span of its publisher, a delivery a span of its reader below it, and an event
that was produced while handling a delivery hangs below that delivery. Of several causes the surest is the parent;
the others are links. Ids of spans that were read are kept where they name one thing only; the others are made from
the keys of the store, so that the same store always gives the same ids.
"""

from __future__ import annotations

from evtrace.store import Store

#: The trace id of a flow is its own where it has one and shares it with no other flow.
_TRACES = """
CREATE OR REPLACE TEMP TABLE traces AS
WITH of_flows AS (
    SELECT DISTINCT f.flow_id AS flow_id, r.trace_id AS trace_id
    FROM record_flows AS f
    JOIN records AS r ON r.record_id = f.record_id
    WHERE r.trace_id IS NOT NULL AND f.flow_id IS NOT NULL
),
single AS (
    SELECT flow_id, MIN(trace_id) AS trace_id
    FROM of_flows
    GROUP BY flow_id
    HAVING COUNT(*) = 1
),
unshared AS (
    SELECT trace_id FROM of_flows GROUP BY trace_id HAVING COUNT(*) = 1
)
SELECT c.flow_id AS flow_id,
       COALESCE(CASE WHEN regexp_full_match(s.trace_id, '[0-9a-f]{32}') AND u.trace_id IS NOT NULL THEN s.trace_id END,
                md5('evtrace flow ' || c.flow_id || ' ' || COALESCE(f.root_event_id, ''))) AS trace_id,
       f.verdict AS verdict, f.root_type AS root_type, f.started_ts AS started_ts, f.last_ts AS last_ts
FROM chosen_flows AS c
JOIN flows AS f ON f.flow_id = c.flow_id
LEFT JOIN single AS s ON s.flow_id = c.flow_id
LEFT JOIN unshared AS u ON u.trace_id = s.trace_id
ORDER BY c.flow_id
"""

#: Events and deliveries in one shape. Those of the middle of the store carry what their best record says.
_THINGS = """
CREATE OR REPLACE TEMP TABLE things AS
WITH brokers AS (
    SELECT channel, MIN(broker) AS broker
    FROM records
    WHERE broker IS NOT NULL AND channel IS NOT NULL
    GROUP BY channel
    HAVING COUNT(DISTINCT broker) = 1
),
things AS (
    SELECT 'event' AS node, e.event_no AS no, e.event_no AS event_no, e.flow_id AS flow_id, e.kind AS kind,
           e.event_id AS event_id, e.event_type AS event_type, e.service AS service, e.instance AS instance,
           e.worker AS worker, e.channel AS channel, e.part AS part, e.pos AS pos, e.message_key AS message_key,
           CAST(NULL AS VARCHAR) AS grp, CAST(NULL AS VARCHAR) AS consumer, CAST(NULL AS INTEGER) AS attempt,
           e.published_ts AS start_ts, e.end_ts AS end_ts, e.outcome AS outcome, e.error AS error,
           e.copies AS copies, e.record_id AS record_id
    FROM events AS e
    JOIN chosen_flows AS c ON c.flow_id = e.flow_id
    UNION ALL
    SELECT 'delivery' AS node, d.delivery_id AS no, d.event_no AS event_no, d.flow_id AS flow_id, 'delivery' AS kind,
           e.event_id AS event_id, e.event_type AS event_type, d.service AS service, d.instance AS instance,
           d.worker AS worker, e.channel AS channel, e.part AS part, e.pos AS pos, e.message_key AS message_key,
           d.grp AS grp, d.consumer AS consumer, d.attempt AS attempt,
           d.received_ts AS start_ts, d.done_ts AS end_ts, d.outcome AS outcome, d.error AS error,
           CAST(NULL AS INTEGER) AS copies, d.record_id AS record_id
    FROM deliveries AS d
    JOIN chosen_flows AS c ON c.flow_id = d.flow_id
    JOIN events AS e ON e.event_no = d.event_no
)
SELECT t.*, COALESCE(r.broker, b.broker) AS broker, r.correlation_id AS correlation_id, r.trace_id AS read_trace_id,
       r.event_id AS told_id, s.uri AS uri, r.line AS line,
       CASE WHEN r.end_ts IS NOT NULL AND regexp_full_match(r.span_id, '[0-9a-f]{16}') THEN r.span_id END AS read_span_id
FROM things AS t
JOIN records AS r ON r.record_id = t.record_id
LEFT JOIN sources AS s ON s.source_id = r.source_id
LEFT JOIN brokers AS b ON b.channel = t.channel
"""

_SPANS = """
CREATE OR REPLACE TEMP TABLE spans AS
WITH named AS (
    SELECT t.*, x.trace_id AS trace_id, x.started_ts AS started_ts, x.verdict AS verdict,
           CASE WHEN COUNT(t.read_span_id) OVER (PARTITION BY t.read_span_id) = 1 THEN t.read_span_id
                ELSE left(md5('evtrace ' || t.node || ' ' || t.no), 16) END AS span_id
    FROM things AS t
    JOIN traces AS x ON x.flow_id = t.flow_id
),
causes AS (
    SELECT e.child_no AS child_no, e.parent_no AS parent_no, e.via AS via, e.kind AS kind, e.rule AS rule,
           e.confidence AS confidence,
           ROW_NUMBER() OVER (
               PARTITION BY e.child_no
               ORDER BY CASE e.kind WHEN 'causes' THEN 0 ELSE 1 END, e.confidence DESC, e.rule, e.parent_no, e.via NULLS LAST
           ) AS nth
    FROM stored_edges AS e
    JOIN chosen_flows AS c ON c.flow_id = e.flow_id
),
reached AS (
    SELECT c.child_no AS child_no, c.nth AS nth, c.kind AS kind, c.rule AS rule, c.confidence AS confidence,
           COALESCE(d.span_id, p.span_id) AS span_id, COALESCE(d.trace_id, p.trace_id) AS trace_id
    FROM causes AS c
    LEFT JOIN named AS p ON p.node = 'event' AND p.no = c.parent_no
    LEFT JOIN named AS d ON d.node = 'delivery' AND d.no = c.via
),
others AS (
    SELECT child_no,
           list({'trace_id': trace_id, 'span_id': span_id, 'kind': kind, 'rule': rule, 'confidence': confidence} ORDER BY nth) AS links
    FROM reached
    WHERE nth > 1 AND span_id IS NOT NULL
    GROUP BY child_no
)
SELECT n.flow_id AS flow_id, n.trace_id AS trace_id, n.span_id AS span_id,
       CASE WHEN n.node = 'delivery' THEN e.span_id ELSE p.span_id END AS parent_span_id,
       CASE n.kind WHEN 'message' THEN 'producer' WHEN 'delivery' THEN 'consumer' ELSE 'internal' END AS span_kind,
       CASE n.kind WHEN 'message' THEN 'send ' || COALESCE(n.channel, n.event_type, 'event')
                   WHEN 'delivery' THEN 'process ' || COALESCE(n.channel, n.event_type, 'event')
                   ELSE COALESCE(n.event_type, 'operation') END AS name,
       COALESCE(n.service, n.grp, 'unknown') AS service, n.instance AS instance, n.worker AS worker,
       COALESCE(n.start_ts, n.end_ts, n.started_ts, 0) AS start_ns,
       GREATEST(COALESCE(n.end_ts, n.start_ts, n.started_ts, 0), COALESCE(n.start_ts, n.end_ts, n.started_ts, 0)) AS end_ns,
       n.start_ts IS NULL AS is_undated,
       n.node <> 'event' AND n.outcome IS NULL AS is_open,
       CASE WHEN n.outcome = 'ok' THEN 'ok' WHEN n.outcome IS NOT NULL THEN 'error' END AS status,
       n.outcome AS outcome, n.error AS error, n.broker AS broker, n.channel AS channel, n.part AS part, n.pos AS pos,
       n.grp AS grp, n.consumer AS consumer, n.event_id AS event_id,
       CASE WHEN n.kind = 'operation' THEN NULL WHEN n.told_id IS NULL AND contains(n.event_id, ':') THEN NULL
            ELSE n.event_id END AS message_id,
       n.event_type AS event_type, n.correlation_id AS correlation_id, n.message_key AS message_key,
       n.attempt AS attempt, n.copies AS copies, n.node AS node, n.no AS no, n.event_no AS event_no,
       p.kind AS edge_kind, p.rule AS rule, p.confidence AS confidence, o.links AS links,
       n.uri AS uri, n.line AS line, n.verdict AS verdict,
       CASE WHEN n.read_trace_id <> n.trace_id THEN n.read_trace_id END AS read_trace_id
FROM named AS n
LEFT JOIN named AS e ON n.node = 'delivery' AND e.node = 'event' AND e.no = n.event_no
LEFT JOIN reached AS p ON n.node = 'event' AND p.child_no = n.no AND p.nth = 1
LEFT JOIN others AS o ON n.node = 'event' AND o.child_no = n.no
"""

#: Warnings and errors that were logged under an event: on the delivery of the same service that had begun, else
#: on the event itself.
_NOTES = """
CREATE OR REPLACE TEMP TABLE notes AS
WITH told AS (
    SELECT f.record_id AS record_id, f.event_no AS event_no, f.flow_id AS flow_id, r.ts AS ts, r.level AS level,
           COALESCE(r.message, r.error) AS message, r.service AS service
    FROM record_flows AS f
    JOIN chosen_flows AS c ON c.flow_id = f.flow_id
    JOIN records AS r ON r.record_id = f.record_id
    WHERE f.event_no IS NOT NULL AND r.kind = 'log' AND (r.level = 'warn' OR r.level = 'error' OR r.level = 'fatal')
      AND r.ts IS NOT NULL AND COALESCE(r.message, r.error) IS NOT NULL
),
places AS (
    SELECT t.record_id AS record_id, t.ts AS ts, t.level AS level, t.message AS message, s.flow_id AS flow_id, s.span_id AS span_id,
           ROW_NUMBER() OVER (
               PARTITION BY t.record_id
               ORDER BY CASE WHEN s.node = 'delivery' AND s.service = t.service AND s.start_ns <= t.ts THEN 0
                             WHEN s.node = 'event' THEN 1 ELSE 2 END, s.start_ns DESC, s.span_id
           ) AS nth
    FROM told AS t
    JOIN spans AS s ON s.event_no = t.event_no AND s.flow_id = t.flow_id
)
SELECT flow_id, span_id, list({'ts': ts, 'level': level, 'message': message} ORDER BY ts, record_id) AS notes
FROM places
WHERE nth = 1
GROUP BY flow_id, span_id
"""

#: Laid down in the order in which it is read: a sort of finished texts would need much more room.
_WHOLE = """
CREATE OR REPLACE TEMP TABLE told_spans AS
SELECT s.*, n.notes AS notes
FROM spans AS s
LEFT JOIN notes AS n ON n.flow_id = s.flow_id AND n.span_id = s.span_id
ORDER BY {order}
"""

#: Orders of spans: by flow and time; by flow, and within it by who acts.
BY_TIME = "s.flow_id, s.start_ns, s.span_id"
BY_PLACE = "s.flow_id, s.service, s.instance NULLS FIRST, s.start_ns, s.span_id"


def begin(store: Store) -> None:
    """Make the tables `traces` and `things` of the chosen flows: flows, and events and deliveries in one shape."""
    store.execute(_TRACES)
    store.execute(_THINGS)


def prepare(store: Store, order: str) -> None:
    """Make the table `told_spans` of the chosen flows, its rows in this order, and what `begin` makes."""
    begin(store)
    store.execute(_SPANS)
    store.execute("DROP TABLE things")
    store.execute(_NOTES)
    store.execute(_WHOLE.format(order=order))
