"""Logs of job workers and functions, as their runtimes write them: the failure is named, the order finds it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import evtrace
from evtrace.results import WhyAnswer

TASK = "4f1c2a34-0a1b-4c2d-8e3f-112233445566"
REQUEST = "8f5f3f5a-1111-4222-8333-444455556666"
MESSAGE = "01000000-ac11-4242-a5ab-08dc69d5a1b3"

CELERY = f"""\
[2026-05-01 12:00:00,123: INFO/MainProcess] Task shop.charge[{TASK}] received
[2026-05-01 12:00:00,245: INFO/ForkPoolWorker-1] shop.charge[{TASK}]: charging order_id=8123
[2026-05-01 12:00:01,245: ERROR/ForkPoolWorker-1] Task shop.charge[{TASK}] raised unexpected: ValueError('card declined')
Traceback (most recent call last):
  File "/app/trace.py", line 451, in trace_task
ValueError: card declined
"""
CELERY_RETRIED = CELERY.replace(" raised unexpected: ", " retry: Retry in 5s: ") + (
    f"[2026-05-01 12:00:06,123: INFO/MainProcess] Task shop.charge[{TASK}] received\n"
    f"[2026-05-01 12:00:07,123: INFO/ForkPoolWorker-1] Task shop.charge[{TASK}] succeeded in 0.9s: None\n"
)
SIDEKIQ = """\
2026-05-01T12:00:00.123Z pid=12 tid=gnk3 class=ChargeWorker jid=b4a577edbccf1d805744efa9 INFO: start
2026-05-01T12:00:00.523Z pid=12 tid=gnk3 class=ChargeWorker jid=b4a577edbccf1d805744efa9 elapsed=0.4 INFO: fail
2026-05-01T12:00:00.524Z pid=12 tid=gnk3 WARN: {"context":"Job raised exception","job":{"retry":true,"class":"ChargeWorker",\
"args":["order-8123"],"jid":"b4a577edbccf1d805744efa9"}}
"""
MASSTRANSIT = f"""\
2026-05-01 12:00:00.000 +00:00 [DBG] SEND rabbitmq://localhost/ship-order {MESSAGE} Shop.ShipOrder
2026-05-01 12:00:01.000 +00:00 [ERR] R-FAULT rabbitmq://localhost/ship-order {MESSAGE} Shop.ShipOrder Shop.ShipConsumer(00:00:00.0230000)
System.InvalidOperationException: no address for order-8123
   at Shop.ShipConsumer.Consume(ConsumeContext`1 context) in /src/ShipConsumer.cs:line 20
"""
NODE = f"""\
2026-05-01T12:00:00.000Z START RequestId: {REQUEST} Version: $LATEST
2026-05-01T12:00:00.100Z\t{REQUEST}\tINFO\tpacking order-8123
2026-05-01T12:00:00.300Z\t{REQUEST}\tERROR\tInvoke Error\tout of stock
2026-05-01T12:00:00.301Z END RequestId: {REQUEST}
2026-05-01T12:00:00.301Z REPORT RequestId: {REQUEST}\tDuration: 301.12 ms\tBilled Duration: 302 ms
"""
TIMEOUT = NODE.replace(
    f"\t{REQUEST}\tERROR\tInvoke Error\tout of stock", f" {REQUEST} Task timed out after 3.00 seconds"
)
SPRING = """\
2026-05-01T12:00:00.300Z ERROR 1 --- [shipping] [ntainer#0-0-C-1] o.s.k.l.DefaultErrorHandler : \
Backoff FixedBackOff{interval=0, currentAttempts=10, maxAttempts=9} exhausted for payments-1@17

org.springframework.kafka.listener.ListenerExecutionFailedException: Listener method threw exception
\tat org.springframework.kafka.listener.KafkaMessageListenerContainer.doInvoke(KafkaMessageListenerContainer.java:2972)
Caused by: java.lang.IllegalStateException: no address for order-8123
\tat com.shop.ShippingListener.on(ShippingListener.java:31)
"""

AMQP = """\
2026-05-01T12:00:03.300Z  WARN 1 --- [shipping] [ntContainer#0-1] o.s.a.r.r.RejectAndDontRequeueRecoverer : Retries exhausted for \
message (Body:'{"orderId":"order-8123"}' MessageProperties [headers={}, messageId=5a0e3a8c-1c4f-4d0e-9d57-3a1bb2a0c111, \
redelivered=false, receivedExchange=shop, receivedRoutingKey=payment.processed, deliveryTag=1, consumerQueue=shipping.payments])

org.springframework.amqp.rabbit.support.ListenerExecutionFailedException: Listener method threw exception
Caused by: java.lang.IllegalStateException: no address for order-8123
\tat com.shop.ShippingListener.on(ShippingListener.java:31)
"""

FAILURES = {
    "celery": (CELERY, "8123", "celery", "card declined"),
    "masstransit": (MASSTRANSIT, "order-8123", "ship-order", "no address for order-8123"),
    "lambda": (NODE, "order-8123", None, "out of stock"),
    "lambda, in time no more": (TIMEOUT, "order-8123", None, "Task timed out after 3.00 seconds"),
    "spring amqp": (AMQP, "order-8123", "shipping", "no address for order-8123"),
    "spring": (SPRING, "order-8123", "shipping", "no address for order-8123"),
    "spring, by its place": (SPRING, "payments/1/17", "shipping", "java.lang.IllegalStateException: no address"),
}  # fmt: skip


def _why(folder: Path, log: str, query: str) -> WhyAnswer:
    (folder / "worker.log").write_text(log)
    with evtrace.open(folder / "t.duckdb") as store:
        store.ingest(str(folder / "worker.log"))
        return store.why(query)


@pytest.mark.parametrize("name", FAILURES)
def test_the_failure_is_named(name: str, tmp_path: Path) -> None:
    log, query, who, words = FAILURES[name]
    answer = _why(tmp_path, log, query)
    assert answer.verdict == "failed"
    assert answer.cause is not None
    assert answer.cause.kind == "handler_error"
    assert (answer.cause.service or answer.cause.grp) == who
    assert words in answer.cause.sentence


@pytest.mark.parametrize(("log", "query"), [(CELERY_RETRIED, "8123"), (SIDEKIQ, "order-8123")])
def test_attempts_are_told_apart(log: str, query: str, tmp_path: Path) -> None:
    answer = _why(tmp_path, log, query)
    assert next(one.outcome for step in answer.chain for one in step.deliveries) == "error"
    assert (answer.cause is None) == (log is CELERY_RETRIED)


def test_sqs_consumer_that_names_its_queue_only_at_first_has_two_attempts(tmp_path: Path) -> None:
    message, queue = (
        "059f36b4-87a3-44ab-83d2-661975830a7d",
        "https://sqs.eu-west-1.amazonaws.com/1234/payments",
    )
    sent = {
        "service": "checkout",
        "msg": "message sent",
        "QueueUrl": queue,
        "MessageId": message,
        "orderId": "order-8123",
    }
    lines = [sent | {"time": "2026-05-01T12:00:00Z"}]
    for attempt, second in ((1, 1), (2, 31)):
        got = {"service": "payment", "messageId": message, "level": "info"}
        counted = {"attributes": {"ApproximateReceiveCount": str(attempt), "SentTimestamp": "1777636800000"}}
        lines += [
            got | counted | {"time": f"2026-05-01T12:00:{second:02}Z", "msg": "message received", "queueUrl": queue},
            got | {"time": f"2026-05-01T12:00:{second + 1:02}Z", "msg": "processing failed", "level": "error", "error": "declined"},
        ]  # fmt: skip
    answer = _why(tmp_path, "".join(json.dumps(line) + "\n" for line in lines), "order-8123")
    found = [
        (one.grp, one.service, one.attempt, one.error) for step in answer.chain for one in step.deliveries
    ]
    assert found == [("payments", "payment", 1, "declined"), ("payments", "payment", 2, "declined")]


def test_lambda_lines_inside_an_export_are_the_same(tmp_path: Path) -> None:
    lines = [line.partition("Z ")[2] or line for line in NODE.splitlines()]
    events = [
        {"timestamp": 1_777_636_800_000 + number * 100, "message": line + "\n", "eventId": str(number)}
        for number, line in enumerate(lines)
    ]
    answer = _why(tmp_path, json.dumps({"events": events, "searchedLogStreams": []}), "order-8123")
    assert answer.verdict == "failed"
    assert answer.flow.records == len(events)
