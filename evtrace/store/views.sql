-- The tables that people read, over those that are written narrow.

CREATE VIEW deliveries AS
SELECT d.delivery_id AS delivery_id, d.event_no AS event_no, e.event_id AS event_id, d.grp AS grp, d.consumer AS consumer,
       d.service AS service, d.instance AS instance, d.worker AS worker, d.attempt AS attempt,
       d.received_ts AS received_ts, d.done_ts AS done_ts, d.outcome AS outcome, d.error AS error,
       d.observers AS observers, d.record_id AS record_id, d.flow_id AS flow_id
FROM stored_deliveries AS d
LEFT JOIN events AS e ON e.event_no = d.event_no;

CREATE VIEW edges AS
SELECT x.parent_no AS parent_no, x.child_no AS child_no, p.event_id AS parent_event_id, c.event_id AS child_event_id,
       x.via AS via, x.kind AS kind, x.rule AS rule, x.confidence AS confidence, x.evidence AS evidence,
       x.rivals AS rivals, x.flow_id AS flow_id
FROM stored_edges AS x
LEFT JOIN events AS p ON p.event_no = x.parent_no
LEFT JOIN events AS c ON c.event_no = x.child_no;

CREATE VIEW identities AS
SELECT i.h AS h, i.kind AS kind,
       COALESCE(i.value, CASE i.kind WHEN 'event' THEN r.event_id WHEN 'correlation' THEN r.correlation_id
                                     WHEN 'trace' THEN r.trace_id END) AS value,
       i.flow_id AS flow_id
FROM stored_identities AS i
LEFT JOIN records AS r ON r.record_id = i.record_id;
