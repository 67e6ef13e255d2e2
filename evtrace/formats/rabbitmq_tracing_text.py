"""RabbitMQ's tracing plugin as text: blocks behind a line of equals signs, properties as Erlang terms."""

from __future__ import annotations

import re

from evtrace.formats import Sample
from evtrace.formats.amqp import attempt
from evtrace.formats.erlang import properties, texts
from evtrace.formats.sql import let, literal, named_groups, object_of

NAME = "rabbitmq_tracing_text"
SHAPE = "text"
UNIT = "line"
INNER = None
SAMPLES = (
    """
================================================================================
2026-11-21T02:42:14.094+00:00: Message published

Node:         evt@localhost
Connection:   127.0.0.1:41482 -> 127.0.0.1:25673
Virtual host: /
User:         guest
Channel:      1
Exchange:     orders
Routing keys: [<<"order.placed">>]
Routed queues: [<<"audit">>,<<"billing">>]
Properties:   [{<<"timestamp">>,signedint,1795228934},
               {<<"message_id">>,longstr,<<"e-1">>},
               {<<"headers">>,table,
                [{<<"traceparent">>,longstr,
                  <<"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01">>}]}]
Payload:\x20
{"event_id": "e-1", "correlation_id": "c-1"}

================================================================================
2026-11-21T02:42:15.413+00:00: Message received

Node:         evt@localhost
Connection:   127.0.0.1:41498 -> 127.0.0.1:25673
Virtual host: /
User:         guest
Channel:      1
Exchange:    \x20
Routing keys: [<<"billing">>]
Queue:        billing
Properties:   [{<<"headers">>,table,
                [{<<"x-death">>,array,
                  [{table,[{<<"count">>,long,1},
                           {<<"exchange">>,longstr,<<>>},
                           {<<"queue">>,longstr,<<"billing.retry">>},
                           {<<"reason">>,longstr,<<"expired">>},
                           {<<"routing-keys">>,array,
                            [{longstr,<<"billing.retry">>}]},
                           {<<"time">>,timestamp,1795228934}]},
                   {table,[{<<"count">>,long,1},
                           {<<"reason">>,longstr,<<"rejected">>},
                           {<<"queue">>,longstr,<<"billing">>}]}]}]}]
Payload:\x20
{"event_id": "e-2"}
""",
)
#: Payloads may hold lines that look like the beginning of any other log.
START = r"^={80}$"

_TIME = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.:]\d{3}(?:Z|[+-]\d\d:\d\d)?"
_HEAD = re.compile(r"(?m)^={80}\n" + _TIME + r": Message (?:published|received)$")
#: The lines above the properties.
_ABOUT = (
    r"^={80}\n(?P<timestamp>" + _TIME + r"): Message (?P<type>published|received)\n\n?"
    r"Node: *(?P<node>[^\n]*)\nConnection: *(?P<connection>[^\n]*)\nVirtual host: *(?P<vhost>[^\n]*)\n"
    r"User: *(?P<user>[^\n]*)\nChannel: *(?P<channel>[^\n]*)\nExchange: ?(?P<exchange>[^\n]*)\n"
    r"Routing keys: *(?P<routing_keys>[^\n]*(?:\n +[^\n]*)*)(?:\nQueue: *(?P<queue>[^\n]*))?"
    r"(?:\nRouted queues: *(?P<routed_queues>[^\n]*(?:\n +[^\n]*)*))?$"
)
_BEHIND_PROPERTIES = len("\nProperties:") + 1
_BEHIND_PAYLOAD = _BEHIND_PROPERTIES + len("\nPayload:")
_PROPERTIES, _PAYLOAD = "chr(10) || 'Properties:'", "chr(10) || 'Payload:'"
_PLAIN = ("timestamp", "type", "node", "connection", "vhost", "user", "queue")


def detect(sample: Sample) -> float:
    return 0.97 if _HEAD.search(sample.text[:50_000]) else 0.0


def doc(text: str) -> str:
    """SQL; the names are those of the plugin's JSON."""
    members = {name: f"nullif(trim(m.{name}), '')" for name in _PLAIN}
    members |= {
        "exchange": "trim(m.exchange)",
        "channel": "TRY_CAST(m.channel AS INTEGER)",
        "routing_keys": f"CAST({texts('m.routing_keys')} AS JSON)",
        "routed_queues": f"CASE WHEN m.routed_queues <> '' THEN CAST({texts('m.routed_queues')} AS JSON) END",
        "properties": "COALESCE(CAST(p AS JSON), to_json(term))",
        "payload": f"regexp_replace(substr(t, length(about) + length(term) + {_BEHIND_PAYLOAD}), '^ ?\\n', '')",
        "attempt": attempt("trim(m.queue)", _header("x-death"), _header("x-delivery-count")),
    }
    block = let(properties("term"), "p", object_of(members))
    read = let(named_groups("about", _ABOUT), "m", let(_between(), "term", block))
    cut = object_of({"message": "t"})  # a block that lost its beginning or its end when the file was rotated
    is_block = (
        f"regexp_matches(about, {literal(_ABOUT)}) AND contains(t, {_PROPERTIES}) AND contains(t, {_PAYLOAD})"
    )
    told = f"CASE WHEN {is_block} THEN {read} WHEN regexp_matches(t, '\\S') THEN {cut} END"
    return let(text, "t", let(f"split_part(t, {_PROPERTIES}, 1)", "about", told))


def _between() -> str:
    """SQL: the term of the properties. No text in it holds a line feed, so the first `Payload:` ends it."""
    return f"split_part(substr(t, length(about) + {_BEHIND_PROPERTIES}), {_PAYLOAD}, 1)"


def _header(name: str) -> str:
    return f"json_extract_string(p, '/headers/{name}')"
