"""Every dialect wins on a document of its own system."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from evtrace.dialects import Dialect, Mapping, learn

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"
PARENT = f"00-{TRACE}-{SPAN}-01"
UUID = "6f1b2c3d-0000-4000-8000-00000000e001"

#: dialect, document, role → field as reading (the reading only where it is not the role's usual one)
CASES: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    (
        "cloudevents",
        {"specversion": "1.0", "id": "e-1", "source": "/shop", "type": "OrderPlaced", "time": "2026-11-20T14:02:11Z", "causationid": "e-0", "data": {"orderId": "8123"}},
        {"event_id": "id", "producer": "source", "event_type": "type", "event_ts": "time", "ts": "time", "causation_id": "causationid", "payload": "data"},
    ),
    (
        "cloudevents",
        {"headers": {"ce_specversion": "1.0", "ce_id": "e-1", "ce_type": "OrderPlaced", "ce_source": "/shop", "ce_traceparent": PARENT}},
        {"event_id": "headers.ce_id", "event_type": "headers.ce_type", "trace_id": "headers.ce_traceparent as traceparent_trace"},
    ),
    (
        "cloudevents",
        {"headers": {"ce-specversion": "1.0", "ce-id": "e-1", "ce-type": "OrderPlaced", "ce-source": "/shop"}},
        {"event_id": "headers.ce-id", "producer": "headers.ce-source"},
    ),
    (
        "cloudevents",
        {"properties": {"cloudEvents:specversion": "1.0", "cloudEvents:id": "e-1", "cloudEvents:type": "OrderPlaced"}},
        {"event_id": "properties.cloudEvents:id", "event_type": "properties.cloudEvents:type"},
    ),
    (
        "dapr",
        {"specversion": "1.0", "id": "e-1", "source": "checkout", "type": "com.dapr.event.sent", "pubsubname": "bus", "topic": "orders", "traceid": PARENT, "data": {"orderId": 1}},
        {"event_id": "id", "channel": "topic", "cluster": "pubsubname", "trace_id": "traceid as traceparent_trace"},
    ),
    (
        "otlp_span",
        {"signal": "span", "traceId": TRACE, "spanId": SPAN, "parentSpanId": "", "name": "orders publish", "kind": 4, "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000000001000000", "status": {"code": 2, "message": "boom"}, "attributes": {"app.order.id": "8123"}, "resource": {"service.name": "checkout"}},
        {"ts": "startTimeUnixNano as epoch_ns", "end_ts": "endTimeUnixNano as epoch_ns", "operation": "kind", "outcome": "status.code as outcome_otel", "service": "resource.service.name"},
    ),
    (
        "otlp_log",
        {"signal": "log", "timeUnixNano": "1700000000000000000", "observedTimeUnixNano": "1700000000000000001", "severityNumber": 9, "body": "order placed", "traceId": TRACE, "spanId": SPAN, "attributes": {}, "resource": {"service.name": "checkout"}},
        {"ts": "timeUnixNano as epoch_ns", "level": "severityNumber as level_otel", "message": "body", "trace_id": "traceId"},
    ),
    ("otel_resource", {"body": "x", "observedTimeUnixNano": "1", "resource": {"attributes": {"k8s.pod.name": "pay-6f6cfc45b-h5m2n"}}}, {"instance": "resource.attributes.k8s.pod.name", "service": "resource.attributes.k8s.pod.name as pod_service"}),
    (
        "otel_messaging",
        {"attributes": {"messaging.system": "kafka", "messaging.operation.type": "process", "messaging.destination.name": "orders", "messaging.destination.partition.id": "3", "messaging.kafka.offset": 17, "messaging.consumer.group.name": "billing", "messaging.message.id": "e-1", "messaging.kafka.message.key": "o-1"}},
        {"operation": "attributes.messaging.operation.type", "channel": "attributes.messaging.destination.name", "part": "attributes.messaging.destination.partition.id", "pos": "attributes.messaging.kafka.offset", "grp": "attributes.messaging.consumer.group.name", "event_id": "attributes.messaging.message.id", "message_key": "attributes.messaging.kafka.message.key"},
    ),
    (
        "otel_messaging",
        {"attributes": {"messaging": {"system": "kafka", "operation": "receive", "destination": "orders", "message_id": "e-1", "kafka": {"consumer": {"group": "billing"}, "message": {"offset": 4}}}}},
        {"operation": "attributes.messaging.operation", "channel": "attributes.messaging.destination", "pos": "attributes.messaging.kafka.message.offset", "grp": "attributes.messaging.kafka.consumer.group", "event_id": "attributes.messaging.message_id"},
    ),
    ("w3c", {"headers": {"traceparent": PARENT}, "topic": "orders", "offset": 1}, {"trace_id": "headers.traceparent as traceparent_trace", "parent_span_id": "headers.traceparent as traceparent_span"}),
    ("b3", {"headers": {"X-B3-TraceId": "ef85f342d5c07d64", "X-B3-SpanId": "35830a429a65d44b"}}, {"trace_id": "headers.X-B3-TraceId", "span_id": "headers.X-B3-SpanId"}),
    ("b3", {"headers": {"b3": f"{TRACE}-{SPAN}-1"}}, {"trace_id": "headers.b3 as b3_trace", "span_id": "headers.b3 as b3_span", "parent_span_id": "headers.b3 as b3_parent"}),
    ("xray", {"trace_id": "1-58406520-a006649127e371903a2de979", "id": "5ecf8e90e9e5a76e", "name": "pay", "start_time": 1480615200.01, "end_time": 1480615200.02}, {"trace_id": "trace_id as xray_trace", "span_id": "id", "ts": "start_time as epoch_s", "service": "name"}),
    (
        "nservicebus",
        {"NServiceBus.MessageId": UUID, "NServiceBus.ConversationId": "c-1", "NServiceBus.CorrelationId": UUID, "NServiceBus.RelatedTo": "m-0", "NServiceBus.EnclosedMessageTypes": "Shop.OrderPlaced, Shop", "NServiceBus.TimeSent": "2026-11-20 14:02:11:513000 Z", "NServiceBus.OriginatingEndpoint": "Sales", "NServiceBus.ProcessingEndpoint": "Billing"},
        {"event_id": "NServiceBus.MessageId", "correlation_id": "NServiceBus.ConversationId", "causation_id": "NServiceBus.RelatedTo", "event_type": "NServiceBus.EnclosedMessageTypes as type_name", "producer": "NServiceBus.OriginatingEndpoint", "grp": "NServiceBus.ProcessingEndpoint"},
    ),
    ("nservicebus", {"attributes": {"nservicebus.message_id": "m-1", "nservicebus.enclosed_message_types": "A", "nservicebus.conversation_id": "c-1"}}, {"event_id": "attributes.nservicebus.message_id", "correlation_id": "attributes.nservicebus.conversation_id"}),
    (
        "masstransit",
        {"messageId": "m-1", "conversationId": "c-1", "correlationId": "b-1", "initiatorId": "b-0", "messageType": ["urn:message:Shop:OrderPlaced"], "sourceAddress": "rabbitmq://h/sales", "destinationAddress": "rabbitmq://h/Shop:OrderPlaced", "sentTime": "2026-11-20T14:02:11Z", "message": {"orderId": "8123"}},
        {"event_id": "messageId", "correlation_id": "conversationId", "causation_id": "initiatorId", "event_type": "messageType as type_name", "producer": "sourceAddress as last_part", "payload": "message"},
    ),
    ("masstransit_headers", {"headers": {"MessageId": "m-1", "ConversationId": "c-1", "MT-InitiatorId": "b-0", "MT-MessageType": "urn:message:Shop:OrderPlaced", "MT-Redelivery-Count": "1"}}, {"event_id": "headers.MessageId", "correlation_id": "headers.ConversationId", "causation_id": "headers.MT-InitiatorId", "attempt": "headers.MT-Redelivery-Count as plus_one"}),
    ("rebus", {"headers": {"rbs2-msg-id": "m-1", "rbs2-corr-id": "m-0", "rbs2-msg-type": "Shop.OrderPlaced, Shop", "rbs2-senttime": "2026-11-20T14:02:11+00:00", "rbs2-sender-address": "sales"}}, {"event_id": "headers.rbs2-msg-id", "correlation_id": "headers.rbs2-corr-id", "producer": "headers.rbs2-sender-address"}),
    ("wolverine", {"headers": {"id": UUID, "message-type": "OrderPlaced", "correlation-id": "c-1", "conversation-id": "m-0", "source": "sales", "sent-at": "2026-11-20 14:02:11:513000 Z", "parent-id": PARENT, "attempts": "2"}}, {"event_id": "headers.id", "correlation_id": "headers.correlation-id", "event_type": "headers.message-type as type_name", "trace_id": "headers.parent-id as traceparent_trace", "attempt": "headers.attempts"}),
    ("brighter", {"headers": {"MessageId": "m-1", "MessageType": "MT_EVENT", "Topic": "orders", "HandledCount": "1", "CorrelationId": "c-1", "TimeStamp": "2026-11-20T14:02:11Z"}}, {"event_id": "headers.MessageId", "channel": "headers.Topic", "attempt": "headers.HandledCount as plus_one", "correlation_id": "headers.CorrelationId"}),
    ("axon4", {"eventIdentifier": "e-1", "payloadType": "shop.OrderPlaced", "aggregateIdentifier": "o-1", "sequenceNumber": 3, "timeStamp": "2026-11-20T14:02:11Z", "metaData": {"traceId": "e-0", "correlationId": "e-0"}}, {"event_id": "eventIdentifier", "correlation_id": "metaData.traceId", "causation_id": "metaData.correlationId", "version": "sequenceNumber", "message_key": "aggregateIdentifier"}),
    ("axon5", {"eventIdentifier": "e-1", "payloadType": "shop.OrderPlaced", "aggregateIdentifier": "o-1", "sequenceNumber": 3, "timeStamp": "2026-11-20T14:02:11Z", "metaData": {"correlationId": "e-0", "causationId": "e-0"}}, {"correlation_id": "metaData.correlationId", "causation_id": "metaData.causationId"}),
    ("spring_kafka", {"headers": {"kafka_dlt-original-topic": "orders", "kafka_dlt-original-partition": 0, "kafka_dlt-original-offset": 7, "kafka_dlt-exception-message": "boom", "kafka_deliveryAttempt": 3}}, {"origin": "headers.kafka_dlt-original-topic as origin_channel", "hop": "headers.kafka_dlt-original-topic as hop_dead_letter", "error": "headers.kafka_dlt-exception-message", "attempt": "headers.kafka_deliveryAttempt"}),
    ("spring_stream", {"headers": {"amqp_receivedRoutingKey": "order.placed", "amqp_receivedExchange": "orders", "amqp_consumerQueue": "billing", "deliveryAttempt": 2}}, {"channel": "headers.amqp_receivedExchange", "grp": "headers.amqp_consumerQueue", "attempt": "headers.deliveryAttempt"}),
    ("micrometer", {"@timestamp": "2026-11-20T14:02:11Z", "logger_name": "a.B", "level": "INFO", "message": "m", "traceId": TRACE, "spanId": SPAN}, {"trace_id": "traceId", "span_id": "spanId"}),
    ("eventstore", {"eventId": "e-1", "eventType": "OrderPlaced", "eventNumber": 3, "streamId": "order-8123", "created": "2026-11-20T14:02:11Z", "metaData": {"$correlationId": "c-1", "$causationId": "e-0"}}, {"event_id": "eventId", "channel": "streamId", "pos": "eventNumber", "correlation_id": "metaData.$correlationId", "causation_id": "metaData.$causationId"}),
    ("marten", {"seq_id": 9, "id": UUID, "stream_id": "o-1", "version": 2, "type": "order_placed", "mt_dotnet_type": "Shop.OrderPlaced, Shop", "timestamp": "2026-11-20T14:02:11Z", "correlation_id": "c-1", "causation_id": "e-0", "data": {}}, {"event_id": "id", "pos": "seq_id", "version": "version", "event_type": "type"}),
    ("celery", {"headers": {"id": "t-2", "task": "shop.charge", "root_id": "t-0", "parent_id": "t-1", "retries": 0}, "properties": {"correlation_id": "t-2"}}, {"event_id": "headers.id", "correlation_id": "headers.root_id", "causation_id": "headers.parent_id", "attempt": "headers.retries as plus_one", "event_type": "headers.task"}),
    ("celery", {"type": "task-received", "uuid": "t-2", "name": "shop.charge", "timestamp": 1700000000.1, "hostname": "w@h", "root_id": "t-0"}, {"event_id": "uuid", "operation": "type", "event_type": "name", "correlation_id": "root_id"}),
    ("dramatiq", {"queue_name": "default", "actor_name": "charge", "message_id": "m-1", "message_timestamp": 1700000000000, "options": {"retries": 1}}, {"event_id": "message_id", "event_type": "actor_name", "attempt": "options.retries as plus_one"}),
    ("debezium", {"op": "c", "ts_ms": 1700000000500, "before": None, "after": {"id": 1}, "source": {"connector": "postgresql", "name": "shop", "ts_ms": 1700000000000, "table": "orders", "lsn": 24023128}}, {"ts": "ts_ms as epoch_ms", "event_ts": "source.ts_ms as epoch_ms", "event_type": "source.table", "payload": "after"}),
    ("debezium_outbox", {"id": "e-1", "aggregatetype": "order", "aggregateid": "8123", "type": "OrderPlaced", "payload": '{"order_id":"8123"}'}, {"event_id": "id", "event_type": "type", "message_key": "aggregateid", "channel": "aggregatetype", "payload": "payload"}),
    ("maxwell", {"database": "shop", "table": "orders", "type": "insert", "ts": 1700000000, "xid": 7, "commit": True, "data": {"id": 1, "order_id": 8123}}, {"ts": "ts as epoch_s", "event_type": "type", "correlation_id": "xid", "payload": "data"}),
    ("kafka_connect", {"headers": {"__connect.errors.topic": "orders", "__connect.errors.partition": "0", "__connect.errors.offset": "7", "__connect.errors.connector.name": "sink", "__connect.errors.exception.message": "boom"}}, {"origin": "headers.__connect.errors.topic as origin_channel", "error": "headers.__connect.errors.exception.message", "grp": "headers.__connect.errors.connector.name"}),
    ("rabbitmq", {"exchange": "orders", "routing_key": "order.placed", "redelivered": False, "delivery_tag": 1, "message_id": "e-1", "headers": {"x-death": [{"count": 2, "reason": "rejected", "queue": "billing"}], "x-first-death-queue": "billing"}}, {"channel": "exchange", "message_key": "routing_key", "event_id": "message_id", "attempt": "headers.x-death as death_count", "hop": "headers.x-death as hop_death"}),
    ("rabbitmq_tracing", {"timestamp": "2026-11-20T14:02:11.094+00:00", "type": "published", "exchange": "orders", "queue": "none", "routed_queues": ["billing"], "routing_keys": ["order.placed"], "connection": "c", "channel": 1, "payload": "e30=", "properties": {"message_id": "e-1", "correlation_id": "c-1"}}, {"operation": "type", "channel": "exchange", "routed": "routed_queues", "event_id": "properties.message_id", "payload": "payload", "grp": "queue as optional"}),
    ("nats", {"subject": "orders.placed", "headers": {"Nats-Msg-Id": "e-1", "Nats-Stream": "ORDERS", "Nats-Sequence": "7", "Nats-Time-Stamp": "2026-11-20T14:02:11Z"}}, {"event_id": "headers.Nats-Msg-Id", "channel": "headers.Nats-Stream", "pos": "headers.Nats-Sequence"}),
    ("nats_dump", {"stream": "SHOP", "subject": "orders.placed", "seq": 7, "time": "2026-11-20T14:02:11Z", "headers": {"a": "b"}, "data": {"order_id": "o-1"}}, {"channel": "stream", "pos": "seq", "part": "seq as zero"}),
    ("nats_slot", {"msg": "received OrderPlaced", "stream": "SHOP", "subject": "orders.placed", "seq": 7}, {"channel": "stream", "pos": "seq", "part": "seq as zero"}),
    ("nats", {"subject": "orders.placed", "reply": "$JS.ACK.ORDERS.billing.2.7.9.1700000000000000000.0"}, {"channel": "reply as js_ack_channel", "grp": "reply as js_ack_grp", "attempt": "reply as js_ack_attempt", "pos": "reply as js_ack_pos"}),
    ("redis", {"stream": "orders", "id": "1700000000000-0", "fields": {"event_id": "e-1", "order_id": "8123"}}, {"channel": "stream", "pos_text": "id", "publish_ts": "id as redis_ms"}),
    ("sqs", {"messageId": UUID, "receiptHandle": "x", "body": "{}", "attributes": {"ApproximateReceiveCount": "3", "SentTimestamp": "1700000000000", "MessageGroupId": "g"}, "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-west-1:1:orders"}, {"event_id": "messageId", "attempt": "attributes.ApproximateReceiveCount", "channel": "eventSourceARN as last_part", "publish_ts": "attributes.SentTimestamp as epoch_ms"}),
    ("sns", {"Type": "Notification", "MessageId": UUID, "TopicArn": "arn:aws:sns:eu-west-1:1:orders", "Message": "hi", "Timestamp": "2026-11-20T14:02:11Z"}, {"event_id": "MessageId", "channel": "TopicArn as last_part", "publish_ts": "Timestamp"}),
    ("eventbridge", {"version": "0", "id": UUID, "detail-type": "OrderPlaced", "source": "shop", "account": "1", "time": "2026-11-20T14:02:11Z", "detail": {"orderId": "8123"}}, {"event_id": "id", "event_type": "detail-type", "producer": "source", "payload": "detail"}),
    ("kinesis", {"kinesis": {"partitionKey": "o-1", "sequenceNumber": "49568167373333333333333333333333333333333333333333333333", "data": "e30=", "approximateArrivalTimestamp": 1480641523.477}, "eventID": "shard:1", "eventSource": "aws:kinesis"}, {"pos_text": "kinesis.sequenceNumber", "message_key": "kinesis.partitionKey", "event_id": "eventID"}),
    ("msk", {"topic": "orders", "partition": 0, "offset": 4, "timestamp": 1700000000000, "timestampType": "CREATE_TIME", "key": "bzEx", "value": "e30="}, {"channel": "topic", "pos": "offset", "payload": "value as b64_or_text", "publish_ts": "timestamp as epoch_ms"}),
    ("amazon_mq", {"messageID": "ID:1", "timestamp": 1700000000000, "brokerInTime": 1700000000002, "destination": {"physicalName": "orders"}, "redelivered": False, "data": "e30="}, {"event_id": "messageID", "channel": "destination.physicalName"}),
    ("app_insights", {"timestamp": "2026-11-20T14:02:11Z", "itemType": "request", "operation_Id": TRACE, "operation_ParentId": SPAN, "id": "aaaaaaaaaaaaaaaa", "cloud_RoleName": "checkout", "duration": 12.5, "success": "True"}, {"trace_id": "operation_Id", "span_id": "id", "parent_span_id": "operation_ParentId", "service": "cloud_RoleName", "operation": "itemType"}),
    ("servicebus", {"messageId": "e-1", "correlationId": "c-1", "sessionId": "o-1", "deliveryCount": 2, "sequenceNumber": 41, "enqueuedTimeUtc": "2026-11-20T14:02:11Z", "applicationProperties": {"Diagnostic-Id": PARENT}, "body": {"orderId": "8123"}}, {"event_id": "messageId", "attempt": "deliveryCount", "pos": "sequenceNumber", "trace_id": "applicationProperties.Diagnostic-Id as traceparent_trace", "message_key": "sessionId"}),
    ("eventhubs", {"Body": {"orderId": "8123"}, "SystemProperties": {"x-opt-sequence-number": 1, "x-opt-enqueued-time": "2026-11-20T14:02:11Z", "x-opt-partition-key": "o-1"}}, {"pos": "SystemProperties.x-opt-sequence-number", "message_key": "SystemProperties.x-opt-partition-key", "payload": "Body"}),
    ("eventgrid", {"id": "e-1", "eventType": "Shop.OrderPlaced", "eventTime": "2026-11-20T14:02:11Z", "subject": "orders/8123", "dataVersion": "1.0", "topic": "/subscriptions/s/topics/shop", "data": {}}, {"event_id": "id", "event_type": "eventType", "schema_version": "dataVersion"}),
    ("pubsub", {"message": {"data": "e30=", "messageId": "77", "publishTime": "2026-11-20T14:02:11Z", "orderingKey": "o-1"}, "subscription": "projects/p/subscriptions/billing", "deliveryAttempt": 2}, {"event_id": "message.messageId", "grp": "subscription as last_part", "attempt": "deliveryAttempt", "publish_ts": "message.publishTime"}),
    ("temporal", {"eventId": "5", "eventTime": "2026-11-20T14:02:11Z", "eventType": "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED", "workflowExecutionStartedEventAttributes": {"workflowId": "order-8123", "attempt": 1, "firstExecutionRunId": UUID}}, {"version": "eventId", "event_type": "eventType", "correlation_id": "workflowExecutionStartedEventAttributes.workflowId"}),
    ("ecs", {"@timestamp": "2026-11-20T14:02:11Z", "log.level": "INFO", "message": "m", "service": {"name": "checkout"}, "event": {"action": "order-placed", "type": ["creation"], "id": "e-1"}, "trace.id": TRACE, "process.thread.name": "main"}, {"ts": "@timestamp", "level": "log.level", "service": "service.name", "event_type": "event.action", "event_id": "event.id", "trace_id": "trace.id", "worker": "process.thread.name"}),
    ("logstash", {"@timestamp": "2026-11-20T14:02:11Z", "@version": "1", "message": "m", "logger_name": "a.B", "thread_name": "main", "level": "INFO", "level_value": 20000, "order_id": "8123"}, {"ts": "@timestamp", "worker": "thread_name", "level": "level"}),
    ("log4j2", {"instant": {"epochSecond": 1700000000, "nanoOfSecond": 5}, "thread": "main", "level": "INFO", "loggerName": "a.B", "message": "m", "contextMap": {"correlationId": "c-1"}}, {"ts": "instant as instant", "worker": "thread", "correlation_id": "contextMap.correlationId"}),
    ("zap", {"level": "info", "ts": 1700000000.123, "caller": "a.go:1", "msg": "m", "order_id": "8123"}, {"ts": "ts", "message": "msg"}),
    ("zap", {"L": "INFO", "T": "2026-11-20T14:02:11Z", "N": "shop", "C": "a.go:1", "M": "m"}, {"ts": "T", "message": "M", "level": "L"}),
    ("zerolog", {"level": "info", "time": "2026-11-20T14:02:11Z", "message": "m"}, {"ts": "time", "message": "message"}),
    ("pino", {"level": 30, "time": 1700000000000, "pid": 7, "hostname": "h", "name": "checkout", "msg": "m", "reqId": "r-1"}, {"ts": "time", "service": "name", "instance": "hostname", "level": "level"}),
    ("bunyan", {"name": "checkout", "hostname": "h", "pid": 7, "level": 30, "msg": "m", "time": "2026-11-20T14:02:11Z", "v": 0}, {"ts": "time", "service": "name"}),
    ("clef", {"@t": "2026-11-20T14:02:11Z", "@mt": "Order {OrderId} placed", "@l": "Warning", "@i": "a1b2c3d4", "OrderId": 8123, "@tr": TRACE, "@sp": SPAN}, {"ts": "@t", "message": "@mt", "level": "@l", "trace_id": "@tr"}),
    ("structlog", {"event": "order placed", "level": "info", "timestamp": "2026-11-20T14:02:11Z", "order_id": "8123"}, {"message": "event", "ts": "timestamp"}),
    ("python_json_logger", {"asctime": "2026-11-20 14:02:11,513", "levelname": "INFO", "name": "shop", "message": "m", "threadName": "MainThread"}, {"ts": "asctime", "level": "levelname", "worker": "threadName"}),
    ("slog", {"time": "2026-11-20T14:02:11Z", "level": "INFO", "msg": "m"}, {"ts": "time", "message": "msg"}),
    ("gelf", {"version": "1.1", "host": "h", "short_message": "m", "timestamp": 1700000000.5, "level": 6, "_order_id": "8123", "_thread": "main"}, {"ts": "timestamp as epoch_s", "level": "level as level_syslog", "message": "short_message", "worker": "_thread"}),
    ("gcp_logging", {"insertId": "i", "logName": "projects/p/logs/l", "severity": "INFO", "timestamp": "2026-11-20T14:02:11Z", "trace": f"projects/p/traces/{TRACE}", "spanId": SPAN, "jsonPayload": {"message": "m", "order_id": "8123"}}, {"trace_id": "trace as gcp_trace", "message": "jsonPayload.message", "level": "severity"}),
    ("journald", {"__REALTIME_TIMESTAMP": "1700000000000000", "PRIORITY": "6", "MESSAGE": "m", "SYSLOG_IDENTIFIER": "checkout", "_HOSTNAME": "h", "MESSAGE_ID": "39f53479d3a045ac8e11786248231fbf"}, {"ts": "__REALTIME_TIMESTAMP as epoch_us", "level": "PRIORITY as level_syslog", "service": "SYSLOG_IDENTIFIER"}),
    ("syslog", {"timestamp": "2026-11-20T14:02:11Z", "hostname": "h", "appname": "checkout", "procid": "7", "msgid": "ID47", "severity": 6, "msg": "m"}, {"service": "appname", "instance": "hostname", "level": "severity as level_syslog", "message": "msg"}),
    ("windows_event", {"TimeCreated": "2026-11-20T14:02:11Z", "EventID": 4624, "ProviderName": "Shop", "Computer": "h", "Message": "m"}, {"event_type": "EventID", "service": "ProviderName"}),
    ("powertools", {"level": "INFO", "message": "m", "timestamp": "2026-11-20 14:02:11,513+0000", "service": "payment", "function_name": "pay", "function_request_id": UUID, "xray_trace_id": "1-58406520-a006649127e371903a2de979"}, {"service": "service", "trace_id": "xray_trace_id as xray_trace"}),
    ("zipkin", {"traceId": "5aab74dbb904746b", "parentId": "05e3ac9a4f6e3b90", "id": "e457b5a2e4d86bd1", "kind": "CONSUMER", "name": "next", "timestamp": 1521186011929043, "duration": 14, "localEndpoint": {"serviceName": "backend"}, "tags": {"rabbit.queue": "q"}}, {"ts": "timestamp as epoch_us", "duration": "duration as duration_us", "span_id": "id", "parent_span_id": "parentId", "service": "localEndpoint.serviceName", "grp": "tags.rabbit.queue"}),
    ("jaeger", {"traceID": TRACE, "spanID": SPAN, "operationName": "send", "startTime": 1521186011929043, "duration": 14, "references": [{"refType": "CHILD_OF", "traceID": TRACE, "spanID": "a"}], "tags": {"span.kind": "producer"}, "service": "frontend"}, {"ts": "startTime as epoch_us", "operation": "tags.span.kind", "parent_span_id": "references as jaeger_parent", "span_links": "references as jaeger_links", "service": "service"}),
    ("kcat", {"topic": "orders", "partition": 0, "offset": 4, "tstype": "create", "ts": 1700000000000, "broker": 1, "key": "o-1", "headers": {"correlation-id": "c-1"}, "payload": '{"event_id":"e-1","type":"OrderPlaced"}'}, {"ts": "ts as epoch_ms", "channel": "topic", "pos": "offset", "event_id": "payload.@json.event_id", "event_type": "payload.@json.type", "payload": "payload", "correlation_id": "headers.correlation-id"}),
    ("kafka_record", {"CreateTime": 1700000000000, "partition": 0, "offset": 4, "key": "o-1", "value": "v"}, {"ts": "CreateTime as epoch_ms", "pos": "offset", "message_key": "key"}),
    ("kafka_verifiable", {"timestamp": 1700000000000, "name": "producer_send_success", "key": None, "value": "0", "offset": 0, "partition": 0, "topic": "t"}, {"operation": "name", "channel": "topic", "payload": "value"}),
    ("wikimedia", {"meta": {"id": UUID, "request_id": "r-1", "dt": "2026-11-20T14:02:11Z", "stream": "mediawiki.recentchange", "topic": "eqiad.x", "partition": 0, "offset": 7}, "id": 12, "type": "edit", "timestamp": 1700000000}, {"event_id": "meta.id", "event_type": "meta.stream", "channel": "meta.topic", "pos": "meta.offset", "correlation_id": "meta.request_id", "ts": "meta.dt"}),
    ("kafka_tool", {"recordKind": "commit", "group": "billing", "topic": "orders", "partition": "0", "offset": "7", "commitTimestamp": "1795183331513"}, {"operation": "recordKind", "grp": "group", "channel": "topic", "pos": "offset", "ts": "commitTimestamp as epoch_ms"}),
    ("librdkafka", {"time": "1795183331.513", "syslog": "7", "facility": "ASSIGN", "client": "c#consumer-1", "message": "m"}, {"ts": "time as epoch_s", "level": "syslog as level_syslog", "message": "message"}),
    ("docker", {"docker": {"stream": "stdout", "time": "2026-11-20T14:02:11.5Z"}, "level": "INFO", "message": "m"}, {"ts": "docker.time"}),
    ("cri", {"cri": {"stream": "stdout", "partial": None, "time": "2026-11-20T14:02:11.5Z"}, "level": "INFO", "message": "m"}, {"ts": "cri.time"}),
    ("kubectl", {"pod": "pay-6f6cfc45b-h5m2n", "container": "server", "time": "2026-11-20T14:02:11.5Z", "log": "m"}, {"instance": "pod", "service": "pod as pod_service"}),
    ("compose", {"compose": {"container": "pay-1", "time": "2026-11-20T14:02:11.5Z"}, "level": "info", "message": "m"}, {"instance": "compose.container", "service": "compose.container as compose_service"}),
    ("loki", {"timestamp": "1700000000000000000", "line": "m", "labels": {"app": "pay", "pod": "pay-x2"}}, {"message": "line", "service": "labels.app", "instance": "labels.pod"}),
    ("cloudwatch", {"logStreamName": "a/1", "timestamp": 1700000000000, "message": "m", "ingestionTime": 1700000000001, "eventId": "381"}, {"ts": "timestamp", "message": "message"}),
    ("syslog", {"time": "2026-11-20T14:02:11Z", "host": "h", "service": "pay", "message_id": "ID47", "facility": 20, "level": "notice", "message": "m", "structured_data": {"order@32473": {"id": "8123"}}}, {"service": "service", "level": "level", "ts": "time"}),
    ("kubectl", {"kubernetes": {"pod_name": "pay-6f6cfc45b-h5m2n", "labels": {"app": "pay"}}, "log": "m", "time": "2026-11-20T14:02:11.5Z"}, {"instance": "kubernetes.pod_name", "service": "kubernetes.labels.app"}),
    ("span_table", {"TraceID": TRACE, "SpanID": SPAN, "ParentID": "root", "PodName": "pay-6f6cfc45b-h5m2n", "OperationName": "GET", "StartTimeUnixNano": "1700000000000000000", "EndTimeUnixNano": "1700000000000000001", "Duration": "1"}, {"ts": "StartTimeUnixNano as epoch_ns", "service": "PodName as pod_service", "instance": "PodName", "parent_span_id": "ParentID", "message": "OperationName"}),
    ("log_table", {"Timestamp": "2026-11-20T14:02:11Z", "TimeUnixNano": "1700000000000000000", "PodName": "pay-6f6cfc45b-h5m2n", "TraceID": TRACE, "SpanID": SPAN, "Log": "m"}, {"ts": "TimeUnixNano as epoch_ns", "service": "PodName as pod_service", "message": "Log"}),
    ("mosquitto", {"tst": "2026-11-20T14:02:11.5Z+0000", "topic": "orders", "qos": 1, "mid": 1, "payload": {"event_id": "e-1"}}, {"ts": "tst", "channel": "topic", "event_id": "payload.event_id"}),
    ("rabbitmq_delivery", {"delivery_tag": 4, "redelivered": True, "exchange": "orders", "routing_key": "order.placed", "message_id": "e-1", "headers": {}}, {"event_id": "message_id", "redelivered": "redelivered", "channel": "exchange"}),
    ("rabbitmq_queue", {"name": "billing", "messages_ready": 3, "messages_unacknowledged": 1, "consumers": 1, "vhost": "/"}, {"grp": "name", "cluster": "vhost"}),
    ("rabbitmq_log", {"time": "2026-11-20 14:02:11.5+00:00", "level": "warning", "pid": "<0.9.0>", "message": "m", "broker": "rabbitmq", "operation": "consumer timed out", "queue": "billing", "consumer": "ctag1"}, {"grp": "queue", "consumer": "consumer", "worker": "pid", "operation": "operation"}),
    ("nats_server", {"time": "2026/11/20 14:02:11.5", "level": "TRC", "pid": "1", "broker": "nats", "operation": "deliver", "ack": "$JS.ACK.ORDERS.billing.2.7.9.1700000000000000000.0", "client": "pay", "cid": "cid:4"}, {"channel": "ack as js_ack_channel", "part": "ack as js_ack_part", "pos": "ack as js_ack_pos", "grp": "ack as js_ack_grp", "consumer": "client"}),
    ("nats_info", {"observed": "commit", "time": "2026-11-20T14:02:11Z", "stream": "ORDERS", "consumer": "billing", "next_seq": 8}, {"operation": "observed", "channel": "stream", "grp": "consumer", "pos": "next_seq", "part": "stream as zero"}),
    ("nats_deliveries", {"observed": "publish", "stream": "ORDERS", "stream_seq": 7, "note": "PUBACK"}, {"operation": "observed", "channel": "stream", "pos": "stream_seq", "message": "note"}),
    ("nats_advisory", {"type": "io.nats.jetstream.advisory.v1.nak", "timestamp": "2026-11-20T14:02:11Z", "stream": "ORDERS", "consumer": "billing", "stream_seq": 7, "deliveries": 2}, {"ts": "timestamp", "pos": "stream_seq", "grp": "consumer", "attempt": "deliveries"}),
    ("redis_cli", {"answer": "pending", "stream": "orders", "group": "billing", "entry_id": "1700000000000-0", "consumer": "w-1", "deliveries": 2}, {"operation": "answer", "pos": "entry_id as redis_pos", "pos_text": "entry_id", "grp": "group", "attempt": "deliveries"}),
    ("redis_monitor", {"command": "XADD", "time": "1700000000.5", "client": "127.0.0.1:5", "stream": "orders", "fields": {"event_id": "e-1"}}, {"operation": "command", "ts": "time as epoch_s", "channel": "stream", "event_id": "fields.event_id"}),
    ("redis_log", {"time": "2026 Nov 20 14:02:11.5", "level": "notice", "pid": "1", "broker": "redis", "message": "m"}, {"ts": "time", "level": "level", "message": "message"}),
    ("mosquitto_log", {"time": "1700000000", "broker": "mqtt", "operation": "sending", "subscriber": "billing-1", "topic": "orders/placed", "redelivered": True, "outcome": "ok"}, {"operation": "operation", "grp": "subscriber", "channel": "topic", "outcome": "outcome"}),
    ("cloudtrail", {"eventVersion": "1.09", "eventTime": "2026-11-20T14:02:11Z", "eventSource": "sqs.amazonaws.com", "eventName": "SendMessage", "requestParameters": {"queueUrl": "https://sqs.eu-west-1.amazonaws.com/1/orders"}, "responseElements": {"messageId": UUID}}, {"operation": "eventName", "channel": "requestParameters.queueUrl as last_part", "event_id": "responseElements.messageId", "broker": "eventSource as first_part"}),
    ("pulsar", {"got": "message", "content": "{}", "topic": "persistent://a/b/orders", "subscription": "billing", "properties": {"__pfn_input_msg_id__": "CAwQ"}}, {"channel": "topic as last_part", "grp": "subscription", "payload": "content", "causation_id": "properties.__pfn_input_msg_id__"}),
    ("pulsar_stats", {"figures_of": "subscription", "topic": "persistent://a/b/orders", "subscription": "billing", "figures": {"msgBacklog": 1}}, {"channel": "topic as last_part", "grp": "subscription"}),
    ("access", {"time": "20/Nov/2026:14:02:11 +0000", "method": "POST", "path": "/events", "status": 202, "delivery": "delivered", "fields": {"ce-id": "e-1"}}, {"operation": "delivery", "event_id": "fields.ce-id", "grp": "path", "outcome": "status as outcome_http"}),
    ("webhook", {"method": "POST", "path": "/events", "status": 503, "headers": {"webhook-id": "e-1", "webhook-timestamp": "1700000000"}}, {"operation": "headers.webhook-id as received", "event_id": "headers.webhook-id", "outcome": "status as outcome_http", "channel": "path"}),
    ("cloudevents_http", {"message": "m", "fields": {"ce-id": "e-1", "ce-type": "OrderPlaced", "ce-source": "/shop/order"}}, {"event_id": "fields.ce-id", "event_type": "fields.ce-type", "producer": "fields.ce-source as last_part"}),
    ("evtrace", {"ts": 1700000000000000000, "kind": "publish", "service": "checkout", "event_id": "e-1", "channel": "orders", "part": 0, "pos": 4, "origin": '{"channel":"x"}'}, {"operation": "kind", "event_id": "event_id", "pos": "pos", "origin": "origin as json"}),
    ("celery_log", {"time": "2026-11-20 14:02:11,513", "level": "INFO", "thread": "ForkPoolWorker-1", "celery_task": "shop.ship", "celery_task_id": UUID, "message": "m"}, {"event_id": "celery_task_id", "event_type": "celery_task", "ts": "time"}),
    ("sidekiq", {"time": "2026-11-20T14:02:11.513Z", "message": "m", "fields": {"pid": "12", "tid": "gnk3", "class": "ShipWorker", "jid": "b4a577edbccf1d805744efa9"}}, {"event_id": "fields.jid", "event_type": "fields.class", "worker": "fields.tid"}),
    ("sidekiq", {"ts": "2026-11-20T14:02:11.513Z", "pid": 12, "tid": "gnk3", "lvl": "INFO", "msg": "start", "ctx": {"class": "ShipWorker", "jid": "b4a577edbccf1d805744efa9"}}, {"event_id": "ctx.jid", "event_type": "ctx.class", "message": "msg", "level": "lvl", "ts": "ts"}),
    ("lambda_log", {"time": "2026-11-20T14:02:11.513Z", "lambda_request_id": UUID, "level": "INFO", "message": "m"}, {"correlation_id": "lambda_request_id", "worker": "lambda_request_id", "ts": "time"}),
    ("text", {"time": "2026-11-20 14:02:11,513", "level": "INFO", "logger": "a.B", "thread": "main", "message": "m", "trace_id": TRACE}, {"ts": "time", "worker": "thread", "message": "message", "trace_id": "trace_id"}),
    ("record", {"topic": "orders", "partition": 1, "offset": 4, "key": "o-1", "value": "v"}, {"channel": "topic", "part": "partition", "pos": "offset", "message_key": "key", "payload": "value"}),
    ("envelope", {"event_id": "e-1", "type": "OrderPlaced", "source": "shop", "occurred_at": "2026-11-20T14:02:11Z"}, {"event_id": "event_id", "event_type": "type", "producer": "source", "event_ts": "occurred_at"}),
    ("payload", {"topic": "orders", "offset": 1, "payload": {"correlationId": "c-1", "eventType": "OrderPlaced"}}, {"correlation_id": "payload.correlationId", "event_type": "payload.eventType"}),
    ("generic", {"timestamp": "2026-11-20T14:02:11Z", "severity": "info", "text": "m", "svc": "checkout", "x-correlation-id": "c-1", "action": "published"}, {"ts": "timestamp", "service": "svc", "correlation_id": "x-correlation-id", "operation": "action"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "doc", "roles"), CASES, ids=[f"{i}-{case[0]}" for i, case in enumerate(CASES)]
)
def test_dialect_wins_on_its_own_document(
    name: str, doc: dict[str, Any], roles: dict[str, str], learned: Callable[..., Mapping], told: Any
) -> None:
    mapping = learned(doc)
    assert name in mapping.dialects
    found = {role: told(mapping, role, reading=" as " in field) for role, field in roles.items()}
    assert found == roles


def test_every_dialect_has_a_case(dialects: tuple[Dialect, ...]) -> None:
    with_fields = {dialect.name for dialect in dialects if dialect.fields or not dialect.messages}
    assert with_fields == {case[0] for case in CASES}  # what log lines say: tests/ingest/test_told.py


@pytest.mark.parametrize("level", ["INFO", "info"])
def test_what_a_text_format_found_is_text(dialects: tuple[Dialect, ...], level: str) -> None:
    doc = {"time": "2026-11-20T14:02:11Z", "level": level, "message": "order placed"}
    assert learn([doc], dialects, is_text=True).dialects == ("text",)
    assert learn([doc], dialects).dialects == ("zerolog",)
