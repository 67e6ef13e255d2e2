"""Expected docs of the formats of brokers where a sample alone does not show it, a case a row."""

from __future__ import annotations

from typing import Any

import pytest

from evtrace.formats import erlang, load
from evtrace.formats.escapes import unescaped
from evtrace.store import Store

from .running import docs, run

FORMATS = load()


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("[]", "{}"),
        ('[{<<"a">>,longstr,<<"x">>}]', '{"a":"x"}'),
        ('[{<<"a">>,longstr,<<>>},\n {<<"b">>,bool,true},{<<"c">>,void,undefined}]', '{"a":"","b":true,"c":null}'),
        ('[{<<"a">>,longstr,<<"q\\" [b] {c}, \\\\ \\n">>}]', '{"a":"q\\u0022 \\u005bb\\u005d \\u007bc\\u007d, \\\\ \\n"}'),
        ('[{<<"a">>,longstr,<<90,195,188,\n  114>>},{<<"b">>,longstr,<<255>>}]', '{"a":"Zür","b":"<<255>>"}'),
        ('[{<<"a">>,table,[{<<"b">>,table,[]},{<<"c">>,array,[{long,-1},{table,[{<<"d">>,double,1.5e-7}]}]}]}]',
         '{"a":{"b":{},"c":[-1,{"d":1.5e-7}]}}'),
        ('[{<<"a">>,decimal,{2,314}}]', '{"a":"2,314"}'),
        ('[{<<"a">>,longstr', None),
    ],
)  # fmt: skip
def test_erlang_term_is_read(term: str, expected: str | None) -> None:
    with Store.memory() as store:
        assert store.value(f"SELECT {erlang.properties('t')} FROM (SELECT ? AS t)", [term]) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        (r"say \"hi\" \\ \n", 'say "hi" \\ \n'),
        (r"Z\xc3\xbcrich", "Zürich"),
        (r"\xff", r"\xff"),
    ],
)
def test_escapes_are_resolved(text: str, expected: str) -> None:
    with Store.memory() as store:
        assert store.value(f"SELECT {unescaped('t')} FROM (SELECT ? AS t)", [text]) == expected


def _nats(cid: int, what: str) -> str:
    return f'[1] 2026/11/20 14:02:11.513204 [TRC] 127.0.0.1:{cid} - cid:{cid} - "v1:go:c{cid}" - {what}\n'


def test_payloads_of_connections_that_mix_find_their_messages() -> None:
    text = (
        _nats(4, "<<- [PUB a _INBOX.x 2]")
        + _nats(5, "<<- [HPUB b 28 30]")
        + _nats(4, '<<- MSG_PAYLOAD: ["hi"]')
        + _nats(5, '<<- MSG_PAYLOAD: ["NATS/1.0\\r\\nNats-Msg-Id: e\\r\\n\\r\\n{}"]')
        + "panic: no\n\tat main.go:1\n"
    )
    units = run(FORMATS["nats_server"], text)
    assert [line for line, *_ in units] == [1, 2]
    first, second = (doc for _, _, doc, _ in units if doc)
    assert (first["channel"], first["data"], first["reply"]) == ("a", "hi", "_INBOX.x")
    assert (second["channel"], second["headers"], second["data"]) == ("b", {"Nats-Msg-Id": "e"}, "{}")


ACK = "$JS.ACK.S.c.1.2.3.1795228800725394317.0"


@pytest.mark.parametrize(
    ("lines", "operation"),
    [
        (_nats(4, f"<<- [PUB {ACK}  0]"), "ack"),
        (_nats(4, f"<<- [PUB {ACK} 4]"), "ack"),
        (_nats(4, f"<<- [PUB {ACK} 4]") + _nats(4, '<<- MSG_PAYLOAD: ["-NAK"]'), "nak"),
        (_nats(4, f"<<- [PUB {ACK} 4]") + _nats(4, '<<- MSG_PAYLOAD: ["+WPI"]'), "progress"),
        (_nats(4, f"<<- [PUB {ACK} _INBOX.q 5]") + _nats(4, '<<- MSG_PAYLOAD: ["+TERM"]'), "term"),
        (_nats(4, f"<<- [PUB {ACK} 4]").replace(":go:", ":python3:"), "nak"),
        (_nats(4, f"->> [MSG a.b 3 {ACK} 7]"), "deliver"),
        (_nats(4, "->> [MSG a.b 3 7]"), "deliver"),
        (_nats(4, "->> [MSG _INBOX.q 3 7]"), None),
        (_nats(4, "<<- [PUB $JS.API.INFO _INBOX.q 0]"), None),
        (_nats(4, "->> [MSG $JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.S.c 3 9]"), "MAX_DELIVERIES"),
        (_nats(4, "<<- [PING]"), None),
    ],
)
def test_operation_of_a_connection(lines: str, operation: str | None) -> None:
    (doc,) = docs(FORMATS["nats_server"], lines)
    assert doc.get("operation") == operation


def test_domain_and_account_stand_before_the_stream() -> None:
    (doc,) = docs(
        FORMATS["nats_server"],
        _nats(4, "->> [MSG a 3 $JS.ACK.hub.Xy1.S.c.2.7.9.1795228800725394317.0.tok 7]"),
    )
    assert (doc["operation"], doc["redelivered"]) == ("deliver", True)


def test_payload_keeps_its_blank_lines_and_odd_lines() -> None:
    sample = FORMATS["rabbitmq_tracing_text"].SAMPLES[0].split("\n=")[1]
    text = "=" + sample.split("Payload:")[0] + 'Payload: \n2026-11-20T14:02:11Z one\n\n====\n{"n": 1}\n\n'
    (doc,) = docs(FORMATS["rabbitmq_tracing_text"], text)
    assert doc["payload"] == '2026-11-20T14:02:11Z one\n\n====\n{"n": 1}'


@pytest.mark.parametrize(
    ("deaths", "attempt"),
    [
        ("[]", None),
        ('[{"queue":"q","reason":"rejected","count":2}]', 3),
        ('[{"queue":"q.wait","reason":"expired","count":1},{"queue":"q","reason":"rejected","count":1}]', 2),
        ('[{"queue":"q.wait","reason":"expired","count":1}]', None),
        ('[{"queue":"other","reason":"delivery_limit","count":5}]', 1),
    ],
)
def test_attempt_by_deaths(deaths: str, attempt: int | None) -> None:
    line = f'{{"exchange":"","queue":"q","routed_queues":"none","routing_keys":["q"],"type":"received","payload":"eA==","properties":{{"headers":{{"x-death":{deaths}}}}}}}'
    (doc,) = docs(FORMATS["rabbitmq_tracing"], line)
    assert (doc.get("attempt"), doc["payload"]) == (attempt, "x")


MQTT: list[tuple[str, list[dict[str, Any]]]] = [
    (  # each side counts its packets by itself
        "Received PUBLISH from a (d0, q1, r0, m1, 't', ... (1 bytes))\nSending PUBLISH to a (d0, q1, r0, m1, 't', ... (1 bytes))\n"
        "Sending PUBACK to a (m1, rc0)\nReceived PUBACK from a (Mid: 1, RC:135)\n",
        [{"operation": "received", "outcome": None}, {"operation": "sending", "outcome": "error"}],
    ),
    (
        "1795228753: Sending PUBLISH to a (d0, q2, r0, m3, 't', ... (1 bytes))\n1795228754: Received PUBREC from a (Mid: 3)\n"
        "1795228754: Sending PUBREL to a (m3)\n1795228755: Received PUBCOMP from a (Mid: 3, RC:0)\n",
        [{"operation": "sending", "outcome": "ok", "end_time": "1795228755"}],
    ),
    ("Received PUBACK from a (Mid: 9, RC:0)\n", [{"operation": "acknowledged", "subscriber": "a", "mid": 9}]),
    ("Denied PUBLISH from a (d0, q0, r0, m0, 't', ... (1 bytes))\n", [{"operation": "denied", "outcome": "rejected"}]),
    ("Outgoing messages are being dropped for client a.\n", [{"operation": "dropped"}]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), MQTT)
def test_packets_of_mosquitto(text: str, expected: list[dict[str, Any]]) -> None:
    found = docs(FORMATS["mosquitto"], text)
    assert [
        {name: doc.get(name) for name in told} for doc, told in zip(found, expected, strict=True)
    ] == expected


REDIS: list[tuple[str, list[dict[str, Any]]]] = [
    (
        '127.0.0.1:6379> XREADGROUP GROUP g c STREAMS orders >\n1) 1) "orders"\n   2) 1) 1) "1795228743045-0"\n'
        '         2) 1) "a"\n            2) "b \\"c\\""\n      2) 1) "1795228743049-0"\n         2) 1) "a"\n            2) "\\xc3\\xbc"\n',
        [
            {"answer": "handed", "entry_id": "1795228743045-0", "stream": "orders", "group": "g", "consumer": "c", "fields": {"a": 'b "c"'}},
            {"answer": "handed", "entry_id": "1795228743049-0", "stream": "orders", "group": "g", "consumer": "c", "fields": {"a": "ü"}},
        ],
    ),
    (
        "127.0.0.1:6379> XINFO GROUPS orders\n1)  1) \"name\"\n    2) \"g\"\n    3) \"pending\"\n    4) (integer) 1\n    5) \"last-delivered-id\"\n"
        "    6) \"0-0\"\n    7) \"lag\"\n    8) (nil)\n",
        [{"answer": "gauge", "stream": "orders", "group": "g", "info": {"pending": 1, "last-delivered-id": "0-0", "entries-read": None, "lag": None}}],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), REDIS)
def test_answers_of_redis(text: str, expected: list[dict[str, Any]]) -> None:
    assert docs(FORMATS["redis_cli"], text) == expected


def test_each_entry_that_is_acknowledged_is_a_record() -> None:
    line = '1795228743.067689 [0 c:1] "xack" "orders" "g" "1-1" "2-1"'
    assert [doc["entry_id"] for doc in docs(FORMATS["redis_monitor"], line)] == ["1-1", "2-1"]


def test_added_fields_stand_behind_the_options() -> None:
    line = '1795228743.067689 [0 c:1] "XADD" "orders" "MAXLEN" "~" "1000" "1795228743045-7" "a" "1"'
    (doc,) = docs(FORMATS["redis_monitor"], line)
    assert (doc["entry_id"], doc["fields"]) == ("1795228743045-7", {"a": "1"})


def test_table_takes_the_time_before_it() -> None:
    text = "2026-11-20T14:02:11Z\nname\tmessages\na b\t3\n2026-11-20T14:02:16Z\nname\tmessages\na b\t0\nodd\n"
    units = run(FORMATS["rabbitmqctl"], text)
    assert [doc for _, _, doc, _ in units] == [
        None, None, {"name": "a b", "messages": 3, "time": "2026-11-20T14:02:11Z"},
        None, None, {"name": "a b", "messages": 0, "time": "2026-11-20T14:02:16Z"}, None,
    ]  # fmt: skip
    assert units[-1][2:] == (None, False)  # a row that is cut off is a reject


def test_consumer_that_acknowledged_nothing_has_no_position() -> None:
    text = '{"stream_name":"S","name":"c","delivered":{"stream_seq":0},"ack_floor":{"stream_seq":0},"num_pending":3}'
    assert [doc["observed"] for doc in docs(FORMATS["nats_info"], text)] == ["gauge"]


def test_webhook_is_a_delivery_only_with_an_event() -> None:
    line = '1.2.3.4 - - [20/Nov/2026:14:02:11 +0000] "POST /in HTTP/1.1" 202 - "-" "x"'
    told = [docs(FORMATS["access"], line + rest)[0]["delivery"] for rest in ("", " rt=0.1", ' Ce-Id="e-1"')]
    assert told == ["request", "request", "delivered"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("client unexpectedly closed TCP connection", (None, None, None)),
        ("Consumer c1 on channel 1 and queue 'q' in vhost '/' has timed out waiting on consumer acknowledgement. Timeout used: 1 ms",
         ("consumer timed out", "c1", "q")),
        ("consumer 'c1' on queue 'q' in vhost '/' was cancelled", ("consumer cancelled", "c1", "q")),
        ("Message dropped because the following list of queues [<<\"a\">>] contains a dead letter cycle", ("message dropped", None, None)),
        ("queue 'q' in vhost '/': candidate -> leader in term: 1", (None, None, None)),
    ],
)  # fmt: skip
def test_line_of_rabbitmq_tells_what_happened(text: str, told: tuple[str | None, ...]) -> None:
    (doc,) = docs(FORMATS["rabbitmq_log"], f"2026-11-21 02:42:17.525398+00:00 [warning] <0.9.0> {text}\n")
    assert (doc.get("operation"), doc.get("consumer"), doc.get("queue")) == told
    assert doc["message"] == text
