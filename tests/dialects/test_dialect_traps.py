"""The fourteen traps: names that mean something else than they say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from evtrace.dialects import Mapping

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"

Learned = Callable[..., Mapping]


def axon(number: int, **metadata: str) -> dict[str, Any]:
    return {"eventIdentifier": f"e-{number}", "payloadType": "shop.OrderPlaced", "metaData": metadata}


def test_1_axon_4_calls_the_parent_correlation_id(learned: Learned, told: Any) -> None:
    mapping = learned(axon(2, traceId="e-0", correlationId="e-1"))
    assert told(mapping, "correlation_id") == "metaData.traceId"
    assert told(mapping, "causation_id") == "metaData.correlationId"
    assert told(mapping, "trace_id") is None


def test_1_axon_5_calls_the_parent_causation_id(learned: Learned, told: Any) -> None:
    mapping = learned(axon(2, correlationId="e-0", causationId="e-1"))
    assert told(mapping, "correlation_id") == "metaData.correlationId"
    assert told(mapping, "causation_id") == "metaData.causationId"


def test_2_masstransit_initiator_is_the_parents_correlation_id(learned: Learned, told: Any) -> None:
    mapping = learned(
        {
            "messageId": "m-2",
            "conversationId": "c-1",
            "correlationId": "b-2",
            "initiatorId": "b-1",
            "messageType": ["urn:message:Shop:OrderPlaced"],
            "sourceAddress": "rabbitmq://h/sales",
        }
    )
    [cause] = [use for use in mapping.uses if use.role == "causation_id"]
    assert (cause.path, cause.refers_to) == (("initiatorId",), "operation")
    assert told(mapping, "correlation_id") == "conversationId"
    assert ("operation", ("correlationId",)) in mapping.ids


def test_3_wolverine_conversation_is_the_root_and_parent_id_a_traceparent(
    learned: Learned, told: Any
) -> None:
    mapping = learned(
        {"id": "m-3", "message-type": "A", "conversation-id": "m-1", "parent-id": PARENT, "sent-at": "x"}
    )
    assert told(mapping, "correlation_id") == "conversation-id"
    assert told(mapping, "causation_id") is None
    assert told(mapping, "trace_id", reading=True) == "parent-id as traceparent_trace"


def test_4_celery_correlation_id_is_the_task(learned: Learned, told: Any) -> None:
    headers = {"id": "t-2", "task": "charge", "root_id": "t-0", "parent_id": "t-1"}
    mapping = learned({"headers": headers, "properties": {"correlation_id": "t-2"}})
    assert told(mapping, "correlation_id") == "headers.root_id"
    roles = {use.role for use in mapping.uses if use.path == ("properties", "correlation_id")}
    assert roles == {"event_id"}


def test_5_correlation_id_of_a_reply_is_its_cause(learned: Learned, told: Any) -> None:
    requests = [{"messageId": f"q-{n}", "replyTo": "answers", "deliveryCount": 1, "sequenceNumber": n, "correlationId": None} for n in range(4)]  # fmt: skip
    replies = [
        {"messageId": f"a-{n}", "correlationId": f"q-{n}", "deliveryCount": 1, "sequenceNumber": n + 4}
        for n in range(4)
    ]
    mapping = learned(*requests, *replies)
    assert "servicebus" in mapping.dialects
    assert told(mapping, "causation_id") == "correlationId"
    assert told(mapping, "correlation_id") is None


def test_5_correlation_id_of_a_flow_stays_one(learned: Learned, told: Any) -> None:
    docs = [
        {"messageId": f"m-{n}", "correlationId": "m-0", "deliveryCount": 1, "sequenceNumber": n}
        for n in range(5)
    ]
    assert told(learned(*docs), "correlation_id") == "correlationId"


def test_6_dapr_traceid_is_a_traceparent(learned: Learned, told: Any) -> None:
    mapping = learned({"id": "e-1", "pubsubname": "bus", "topic": "orders", "traceid": PARENT})
    assert told(mapping, "trace_id", reading=True) == "traceid as traceparent_trace"


def test_6_marten_ids_may_hold_a_traceparent(learned: Learned, told: Any) -> None:
    mapping = learned(
        {"id": "e-1", "mt_dotnet_type": "Shop.A", "correlation_id": PARENT, "causation_id": PARENT}
    )
    assert told(mapping, "correlation_id", reading=True) == "correlation_id as traceparent_trace"
    assert told(mapping, "trace_id", reading=True) == "correlation_id as traceparent_trace"
    assert told(mapping, "parent_span_id", reading=True) == "causation_id as traceparent_span"
    assert told(mapping, "causation_id") is None


def test_7_ids_of_types_are_no_event_ids(learned: Learned, told: Any) -> None:
    docs = [
        {"__REALTIME_TIMESTAMP": "1", "MESSAGE": "m", "MESSAGE_ID": "39f53479d3a045ac8e11786248231fbf"},
        {"@t": "2026-11-20T14:02:11Z", "@m": "m", "@i": "a1b2c3d4"},
        {"timestamp": "2026-11-20T14:02:11Z", "hostname": "h", "appname": "a", "msgid": "ID47", "msg": "m"},
        {"EventID": 4624, "ProviderName": "Shop", "Message": "m"},
    ]
    for doc in docs:
        mapping = learned(doc)
        assert told(mapping, "event_id") is None
        assert mapping.ids == ()


def test_8_ecs_type_is_the_action(learned: Learned, told: Any) -> None:
    event = {"type": ["creation"], "action": "order-placed", "category": ["web"]}
    mapping = learned({"@timestamp": "2026-11-20T14:02:11Z", "log": {"level": "info"}, "event": event})
    assert told(mapping, "event_type") == "event.action"
    assert ("event", "type") in mapping.unmapped


def test_9_cloudevents_cause_is_an_event_id_and_source_is_kept(learned: Learned, told: Any) -> None:
    mapping = learned(
        {
            "specversion": "1.0",
            "id": "2",
            "source": "/a",
            "type": "T",
            "causationid": "1",
            "correlationid": "c",
        }
    )
    [cause] = [use for use in mapping.uses if use.role == "causation_id"]
    assert cause.refers_to == "event_id"
    assert told(mapping, "producer") == "source"
    assert told(mapping, "correlation_id") == "correlationid"


def test_10_nservicebus_id_is_kept_over_retries_and_shared_by_subscribers(
    learned: Learned, told: Any
) -> None:
    def copy(endpoint: str, retries: int) -> dict[str, Any]:
        names = {"MessageId": "m-1", "EnclosedMessageTypes": "A", "ProcessingEndpoint": endpoint}
        return {f"NServiceBus.{name}": value for name, value in names.items()} | {
            "NServiceBus.FLRetries": retries
        }

    mapping = learned(copy("Billing", 0), copy("Billing", 1), copy("Shipping", 0))
    assert told(mapping, "event_id") == "NServiceBus.MessageId"
    assert told(mapping, "grp") == "NServiceBus.ProcessingEndpoint"
    assert told(mapping, "attempt", reading=True) == "NServiceBus.FLRetries as plus_one"


def test_11_trace_ids_in_other_coats(learned: Learned, told: Any) -> None:
    xray = learned({"trace_id": "1-58406520-a006649127e371903a2de979", "message": "m"})
    assert told(xray, "trace_id", reading=True) == "trace_id as xray_trace"
    short = learned({"X-B3-TraceId": "ef85f342d5c07d64"})
    assert told(short, "trace_id", reading=True) == "X-B3-TraceId as hex_trace"
    datadog = learned({"dd": {"trace_id": "1234567890123456789", "span_id": "12"}})
    assert told(datadog, "trace_id", reading=True) == "dd.trace_id as dd_trace"
    assert told(datadog, "span_id", reading=True) == "dd.span_id as dd_span"
    base64 = learned({"traceId": "W47/95gDgQPSaYYhkk+UVw==", "spanId": "RLEqWTFtA3I="})
    assert told(base64, "trace_id", reading=True) == "traceId as b64_trace"
    assert told(base64, "span_id", reading=True) == "spanId as b64_span"


def test_12_the_clock_stands_beside_the_time(learned: Learned) -> None:
    def dump(tstype: str) -> dict[str, Any]:
        return {"topic": "o", "partition": 0, "offset": 1, "tstype": tstype, "ts": 1, "payload": "x"}

    assert learned(dump("create")).constants["clock"] == "host"
    assert learned(dump("logappend")).constants["clock"] == "broker"
    assert "clock" not in learned(dump("create"), dump("logappend")).constants
    sqs = {"messageId": "m", "receiptHandle": "r", "attributes": {"SentTimestamp": "1700000000000"}}
    assert learned(sqs).constants["clock"] == "broker"


def test_13_deaths_are_summed(learned: Learned, told: Any) -> None:
    deaths = [{"count": 2, "queue": "billing", "reason": "rejected"}, {"count": 2, "queue": "billing.retry"}]
    mapping = learned({"headers": {"x-death": deaths}})
    assert told(mapping, "attempt", reading=True) == "headers.x-death as death_count"


def test_14_brighter_misspells_source(learned: Learned, told: Any) -> None:
    mapping = learned(
        {"MessageId": "m-1", "MessageType": "MT_EVENT", "souce": "sales", "cloudevents_:tracestate": "x=1"}
    )
    assert told(mapping, "producer") == "souce"
    assert told(mapping, "event_type") is None
