-- The tables that people read, over those that are written narrow.

CREATE VIEW events AS
SELECT e.event_no AS event_no,
       COALESCE(e.event_id, r.event_id, r.channel || '/' || r.part || '/' || r.pos, r.span_id, 'record:' || e.event_no) AS event_id,
       e.kind AS kind, e.event_type AS event_type, e.service AS service,
       CASE WHEN d.event_no IS NOT NULL THEN d.instance WHEN r.kind = 'publish' THEN r.instance END AS instance,
       CASE WHEN d.event_no IS NOT NULL THEN d.worker WHEN r.kind = 'publish' THEN r.worker END AS worker,
       e.channel AS channel,
       CASE WHEN d.event_no IS NOT NULL THEN d.part ELSE r.part END AS part,
       CASE WHEN d.event_no IS NOT NULL THEN d.pos ELSE r.pos END AS pos,
       CASE WHEN d.event_no IS NOT NULL THEN d.message_key ELSE r.message_key END AS message_key,
       CASE WHEN d.event_no IS NOT NULL THEN d.schema_version ELSE r.schema_version END AS schema_version,
       e.published_ts AS published_ts, d.end_ts AS end_ts, d.outcome AS outcome, d.error AS error,
       COALESCE(d.copies, 1) AS copies, e.record_id AS record_id, e.flow_id AS flow_id
FROM stored_events AS e
JOIN records AS r ON r.record_id = e.record_id
LEFT JOIN event_details AS d ON d.event_no = e.event_no;

-- Inner joins only: DuckDB can begin with the few rows of one flow.
CREATE VIEW event_names AS
SELECT e.event_no AS event_no,
       COALESCE(e.event_id, r.event_id, r.channel || '/' || r.part || '/' || r.pos, r.span_id, 'record:' || e.event_no) AS event_id
FROM stored_events AS e
JOIN records AS r ON r.record_id = e.record_id;

CREATE VIEW deliveries AS
SELECT d.delivery_id AS delivery_id, d.event_no AS event_no, e.event_id AS event_id, d.grp AS grp, r.consumer AS consumer,
       d.service AS service, r.instance AS instance, r.worker AS worker, d.attempt AS attempt,
       d.received_ts AS received_ts, d.done_ts AS done_ts, d.outcome AS outcome, d.error AS error,
       COALESCE(d.observers, 1) AS observers, d.record_id AS record_id, d.flow_id AS flow_id
FROM stored_deliveries AS d
JOIN records AS r ON r.record_id = d.record_id
JOIN event_names AS e ON e.event_no = d.event_no;

CREATE VIEW edges AS
SELECT x.parent_no AS parent_no, x.child_no AS child_no, p.event_id AS parent_event_id, c.event_id AS child_event_id,
       x.via AS via, x.kind AS kind, x.rule AS rule, x.confidence AS confidence, x.evidence AS evidence,
       x.rivals AS rivals, x.flow_id AS flow_id
FROM stored_edges AS x
JOIN event_names AS p ON p.event_no = x.parent_no
JOIN event_names AS c ON c.event_no = x.child_no;

-- Every id that finds a flow, without its value where that stands in the record.
CREATE VIEW bare_identities AS
SELECT i.h AS h, i.kind AS kind, i.value AS value, i.flow_id AS flow_id, i.record_id AS record_id
FROM stored_identities AS i
UNION ALL
SELECT e.h AS h, 'event' AS kind, CAST(NULL AS VARCHAR) AS value, e.flow_id AS flow_id, e.record_id AS record_id
FROM stored_events AS e
WHERE e.h IS NOT NULL;

CREATE VIEW identities AS
SELECT i.h AS h, i.kind AS kind,
       COALESCE(i.value, CASE i.kind WHEN 'event' THEN r.event_id WHEN 'correlation' THEN r.correlation_id
                                     WHEN 'trace' THEN r.trace_id END) AS value,
       i.flow_id AS flow_id
FROM bare_identities AS i
LEFT JOIN records AS r ON r.record_id = i.record_id;
