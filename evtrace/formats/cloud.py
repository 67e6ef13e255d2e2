"""Messages as cloud services hand them over: Lambda's SQS, SNS, Kinesis, MSK and Amazon MQ records, Pub/Sub pushes.

Envelopes are unwrapped as everywhere (jsondoc). What is told in base64 or as bytes becomes text, and a notification
that lies in another message's body as text becomes an object.
"""

from __future__ import annotations

import re
from typing import Any

from evtrace.formats import Sample, jsondoc
from evtrace.formats.sql import let, object_from_pairs

NAME = "cloud"
SHAPE = "document"
UNIT = "element"
INNER = None
SAMPLES = (
    '{"Records":[{"messageId":"m-1","body":"{\\"Type\\":\\"Notification\\",\\"TopicArn\\":\\"arn:aws:sns:eu:1:orders\\",'
    '\\"MessageId\\":\\"n-1\\",\\"Message\\":\\"{\\\\\\"event_id\\\\\\":\\\\\\"e-1\\\\\\"}\\"}","eventSource":"aws:sqs",'
    '"eventSourceARN":"arn:aws:sqs:eu:1:billing","attributes":{"ApproximateReceiveCount":"1"}}]}\n',
    '{\n "Records": [{"kinesis": {"partitionKey": "o-1", "sequenceNumber": "495", "data": "eyJldmVudF9pZCI6ICJlLTEifQ=="},\n'
    '  "eventSource": "aws:kinesis", "eventID": "shardId-0:495"}]\n}\n',
    '{"eventSource":"aws:kafka","records":{"orders-0":[{"topic":"orders","partition":0,"offset":7,"timestampType":"CREATE_TIME",'
    '"key":"by0x","value":"eyJldmVudF9pZCI6ICJlLTEifQ==","headers":[{"correlationId":[99,45,49]}]}]}}\n',
    '{"message":{"data":"aGVsbG8=","messageId":"10519041647717348","publishTime":"2026-11-20T14:02:11Z"},'
    '"subscription":"projects/shop/subscriptions/billing"}\n',
    '{"receivedMessages":[{"ackId":"a","message":{"data":"aGVsbG8=","messageId":"1961954308846553"},"deliveryAttempt":1}]}\n',
)

_SIGNS = re.compile(
    r'"[eE]ventSource"\s*:\s*"aws:(?:sqs|sns|kinesis|kafka|mq|rmq|dynamodb)"|"(?:kinesisRecordMetadata|rmqMessagesByQueue)"\s*:\s*\{'
    r'|"receivedMessages"\s*:\s*\[|"message"\s*:\s*\{[^{}]{0,4000}(?:\{[^{}]*\}[^{}]*)?"(?:messageId|publishTime)"\s*:'
)
#: Fields in base64. Those with a plain name are so only in records of the kinds below.
_ENCODED = ("/kinesis/data", "/message/data", "/data", "/value", "/key")
_PLAIN_NAMES = ("timestampType", "messageID", "basicProperties", "recordId")


def detect(sample: Sample) -> float:
    """A log that merely quotes such a message is no such message."""
    if sample.objects:
        return 0.9 * sum(map(_is_own, sample.objects)) / max(1, len(sample.lines[:50]))
    text = sample.text[:20_000]
    return 0.9 if text.lstrip()[:1] in ("{", "[") and _SIGNS.search(text) else 0.0


def _is_own(value: dict[str, Any]) -> bool:
    records = value.get("Records")
    first = records[0] if isinstance(records, list) and records and isinstance(records[0], dict) else value
    source = str(first.get("eventSource") or first.get("EventSource"))
    message = value.get("message")
    is_pushed = isinstance(message, dict) and bool(message.keys() & {"messageId", "publishTime"})
    return (
        source.startswith("aws:")
        or bool(value.keys() & {"receivedMessages", "rmqMessagesByQueue", "kinesisRecordMetadata"})
        or (is_pushed and bool(value.keys() & {"subscription", "deliveryAttempt", "ackId"}))
    )


elements = jsondoc.elements
AROUND = jsondoc.AROUND


def doc() -> str:
    return let(_read("element"), "made", jsondoc.told("made"))


def _read(element: str) -> str:
    """SQL: the record with its payload, headers and inner notification as they are meant."""
    read = _opened(_headers(_headers_of_rmq(_decoded("e"))))
    return let(element, "e", f"CASE WHEN json_type(e) = 'OBJECT' THEN {read} ELSE e END")


def _decoded(record: str) -> str:
    is_known = " OR ".join(f"json_exists({record}, '$.{name}')" for name in _PLAIN_NAMES)
    for pointer in _ENCODED:
        text = f"TRY(decode(from_base64(json_extract_string(r, '{pointer}'))))"
        told = f"CASE WHEN d IS NULL THEN r ELSE json_set(r, '{_path(pointer)}', to_json(d)) END"
        may_be = f"({is_known})" if pointer.count("/") == 1 else "TRUE"
        record = let(record, "r", let(f"CASE WHEN {may_be} THEN {text} END", "d", told))
    return record


def _path(pointer: str) -> str:
    return "$" + pointer.replace("/", ".")


def _headers(record: str) -> str:
    """SQL: Kafka's headers come as a list of one name each, their values as signed bytes."""
    name = "json_keys(h)[1]"
    pair = f"{{'k': {name}, 'v': {_text(f'json_extract(h, {_pointer(name)})')}}}"
    pairs = f"list_transform(json_extract(r, '$.headers[*]'), lambda h: {pair})"
    told = f"json_set(r, '$.headers', CAST({let(pairs, 'ps', object_from_pairs('ps'))} AS JSON))"
    is_list = "json_exists(r, '$.timestampType') AND json_type(r, '$.headers[0]') = 'OBJECT'"
    return let(record, "r", f"CASE WHEN {is_list} THEN {told} ELSE r END")


def _headers_of_rmq(record: str) -> str:
    """SQL: RabbitMQ's headers come as {"bytes": […]} where they are text."""
    held = "json_extract(r, '$.basicProperties.headers')"
    value = f"json_extract({held}, {_pointer('n')})"
    told = f"COALESCE(to_json({_text(f'''json_extract({value}, '$.bytes')''')}), {value})"
    pairs = f"list_transform(json_keys({held}), lambda n: {{'k': n, 'v': {told}}})"
    queue = "to_json(split_part(json_extract_string(record_key, '$'), '::', 1))"
    made = (
        f"json_set(r, '$.basicProperties.headers', CAST({let(pairs, 'ps', object_from_pairs('ps'))} AS JSON))"
    )
    keyed = f"CASE WHEN json_exists(r, '$.basicProperties') THEN json_set(r, '$.queue', {queue}) ELSE r END"
    return let(let(record, "r", keyed), "r", f"CASE WHEN len(json_keys({held})) > 0 THEN {made} ELSE r END")


def _pointer(name: str) -> str:
    return f"'/' || replace(replace({name}, '~', '~0'), '/', '~1')"


def _text(array: str) -> str:
    """SQL: the text that a JSON array of bytes spells; NULL where it is none."""
    one = "lpad(hex(CAST((b + 256) % 256 AS UTINYINT)), 2, '0')"
    numbers = f"TRY(from_json({array}, '[\"INTEGER\"]'))"
    return f"TRY(decode(unhex(array_to_string(list_transform({numbers}, lambda b: {one}), ''))))"


def _opened(record: str) -> str:
    """SQL: a notification in a queue's message."""
    body = "json_extract_string(r, '$.body')"
    is_one = "starts_with(ltrim(b), '{') AND json_valid(b) AND json_exists(b, '$.TopicArn') AND json_exists(b, '$.Message')"
    told = let(body, "b", f"CASE WHEN {is_one} THEN json_set(r, '$.body', CAST(b AS JSON)) ELSE r END")
    return let(record, "r", told)
