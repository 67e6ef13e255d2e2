"""RabbitMQ's server log: `time [level] <pid> text`, with what happened to connections, consumers and messages."""

from __future__ import annotations

from evtrace.formats import Sample, headers
from evtrace.formats.sql import literal

NAME = "rabbitmq_log"
SHAPE = "text"
UNIT = "line"
INNER = None
SAMPLES = (
    "2026-11-21 02:42:14.395866+00:00 [info] <0.883.0> accepting AMQP connection <0.883.0> (127.0.0.1:41498 -> 127.0.0.1:25673)\n"
    "2026-11-21 02:42:17.525398+00:00 [warning] <0.900.0> client unexpectedly closed TCP connection\n"
    "2026-11-21 02:42:18.100000+00:00 [error] <0.901.0> Channel error on connection <0.883.0> (127.0.0.1:41498 -> 127.0.0.1:25673 "
    "- billing, vhost: '/', user: 'guest'), channel 1:\n"
    "2026-11-21 02:42:18.100000+00:00 [error] <0.901.0> operation basic.ack caused a channel exception precondition_failed: "
    "unknown delivery tag 2\n",
    "2026-11-21 02:44:00.000 [warning] <0.902.0> Consumer ctag1.a on channel 1 and queue 'billing' in vhost '/' has timed out "
    "waiting for a consumer acknowledgement of a delivery with delivery tag = 2. Timeout used: 1800000 ms.\n",
)
START = headers.START

PATTERN = r"^(?P<time>" + headers.TIME + r") \[(?P<level>[a-z]+)\] (?P<pid><\d+\.\d+\.\d+>) ?(?P<message>.*)"


def detect(sample: Sample) -> float:
    return 0.96 * headers.share(sample, PATTERN)


def doc(text: str) -> str:
    return headers.doc(text, PATTERN, also={"broker": "'rabbitmq'", **_TOLD})


def _found(pattern: str) -> str:
    return f"nullif(regexp_extract(m.message, {literal(pattern)}, 1), '')"


_TIMED_OUT = r"[Cc]onsumer '?([^ ']+)'? on channel \d+.* has timed out waiting (?:on|for) (?:a )?consumer acknowledgement"
_CANCELLED = r"(?i)consumer '?([^ ']+)'? (?:on [^.]* )?(?:was |has been |is )?cancell?ed"
#: Each cycle of dead letters is told once: its messages are dropped without a word.
_CYCLE = r"(?:dead.letter|dead.lettering).* cycle|contains a dead letter cycle"
_QUEUE = r"queue '([^']+)'"
_TOLD = {
    "operation": f"CASE WHEN regexp_matches(m.message, {literal(_TIMED_OUT)}) THEN 'consumer timed out' "
    f"WHEN regexp_matches(m.message, {literal(_CANCELLED)}) THEN 'consumer cancelled' "
    f"WHEN regexp_matches(m.message, {literal(_CYCLE)}) THEN 'message dropped' END",
    "connection": _found(r"\(([^ ()]+:\d+ -> [^ ,()]+:\d+)"),
    "client": f"COALESCE({_found(r'-> [^ ]+ - ([^,()]+)')}, {_found(r'has a client-provided name: (.+)')})",
    "consumer": f"COALESCE({_found(_TIMED_OUT)}, {_found(_CANCELLED)})",
    "queue": f"CASE WHEN regexp_matches(m.message, {literal(_TIMED_OUT + '|' + _CANCELLED)}) THEN {_found(_QUEUE)} END",
    "vhost": _found(r"vhost:? '([^']+)'"),
}
