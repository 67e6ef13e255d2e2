"""mosquitto's log: packets by client; what acknowledges a message stands with it, in the order of packet ids."""

from __future__ import annotations

import re

from evtrace.formats import Sample
from evtrace.formats.sql import let, literal, named_groups, object_of

NAME = "mosquitto"
SHAPE = "text"
UNIT = "line"
INNER = None
SAMPLES = (
    "1795228753: Received PUBLISH from checkout-1 (d0, q1, r0, m1, 'orders/placed', ... (41 bytes))\n"
    "1795228753: Sending PUBLISH to billing-1 (d0, q1, r0, m7, 'orders/placed', ... (41 bytes))\n"
    "1795228753: Sending PUBACK to checkout-1 (m1, rc0)\n"
    "1795228753: Received PUBACK from billing-1 (Mid: 7, RC:0)\n"
    "1795228754: Received DISCONNECT from checkout-1\n",
    "2026-11-21T02:39:57: New client connected from 127.0.0.1:55190 as checkout-1 (p2, c1, k60).\n"
    "2026-11-21T02:39:57: Sending CONNACK to checkout-1 (0, 0)\n",
    "New connection from 127.0.0.1:55190 on port 1883.\nReceived SUBSCRIBE from billing-1\n",
)

_TIME = r"(?:\d{10}|\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)"
_HEAD = r"^(?:(?P<time>" + _TIME + r"): )?"
_AT = r"^(?:" + _TIME + r": )?"
_REST = r"R[^e]|Re[^c]|S[^e]|Se[^n]|(?:Received|Sending) (?:[^P]|P[^U]|PUBL)"
#: Every line begins a record but those that answer a message.
START = (
    r"^(?:" + _TIME + r": (?:[^RS]|" + _REST + r")|[^RS\d]|" + _REST + r"|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[^:])"
)
_PUBLISH = (
    _HEAD
    + r"(?P<verb>Received|Sending|Denied) PUBLISH (?:from|to) (?P<client>.+) \(d(?P<dup>\d), q(?P<qos>\d), r(?P<retain>\d), "
    r"m(?P<mid>\d+), '(?P<topic>.*)', \.\.\. \((?P<bytes>\d+) bytes\)\)"
)
_SINGLE = (
    _HEAD
    + r"(?P<verb>Received|Sending) (?P<packet>[A-Z]+) (?:from|to) (?P<client>[^ ]+)(?: \((?:Mid: |m)?(?P<mid>\d+))?(?P<rest>.*)"
)
_OTHER = _HEAD + r"(?P<note>.*)"
_REASON = r"(?:RC:|rc)(\d+)\)?$"
_SURE = (
    r"(?:Received|Sending) (?:CONN|PUB|SUB|UNSUB|PING|DISC|AUTH)[A-Z]* (?:from|to) |Denied PUBLISH|mosquitto version "
    r"|New client connected from|Connecting bridge"
)
_OWN = re.compile(_AT + "(?:" + _SURE + ")")
_KNOWN = re.compile(
    _AT
    + "(?:"
    + _SURE
    + r"|New connection from|Client .* (?:disconnected|closed its connection|has exceeded timeout)"
    r"|No will message specified|Opening (?:ipv[46]|websockets) listen|Config loaded from|\t\S+ \(QoS \d\)|\S+ [012] \S+$)"
)


def detect(sample: Sample) -> float:
    lines = sample.lines[:100]
    is_own = any(_OWN.match(line) for line in lines)
    return 0.96 * (is_own and sample.share(_KNOWN.match(line) is not None for line in lines) > 0.5)


def writer(text: str) -> str:
    """SQL: the message that the line is about: a client counts those it sends and those it gets apart."""
    side = f"CASE WHEN contains({text}, ' PUBLISH from ') OR contains({text}, ' PUBREL from ') OR regexp_matches({text}, ' PUB(ACK|REC|COMP) to ') THEN 'in ' ELSE 'out ' END"
    found = r"PUB[A-Z]+ (?:from|to) (.+) \((?:Mid: (\d+)|m(\d+)|d\d, q\d, r\d, m(\d+))"
    parts = f"regexp_extract({text}, {literal(found)}, ['c', 'a', 'b', 'd'])"
    return f"CASE WHEN regexp_matches({text}, {literal(found)}) THEN {side} || {let(parts, 'p', 'concat_ws(chr(32), p.c, p.a || p.b || p.d)')} WHEN {text} IS NOT NULL THEN '' END"


def doc(text: str) -> str:
    first = "split_part(w, chr(10), 1)"
    message = let(named_groups(first, _PUBLISH), "m", object_of(_message()))
    single = let(named_groups(first, _SINGLE), "m", object_of(_packet(first)))
    other = let(
        named_groups(first, _OTHER),
        "m",
        object_of(
            {"time": "nullif(m.time, '')", "broker": "'mqtt'", "operation": _event(), "note": "m.note"}
        ),
    )
    return let(
        text,
        "w",
        f"CASE WHEN regexp_matches({first}, {literal(_PUBLISH)}) THEN {message} "
        f"WHEN regexp_matches({first}, {literal(_SINGLE)}) THEN {single} WHEN regexp_matches(w, '\\S') THEN {other} END",
    )


def _message() -> dict[str, str]:
    """A message: its own line, and the line that ends it (PUBACK, or PUBCOMP of quality 2)."""
    end = r"(?m)^(?:(" + _TIME + r"): )?(?:Received|Sending) PUB(?:ACK|COMP) (?:from|to) .*$"
    answer = f"regexp_extract(w, {literal(end)}, 0)"
    refused = f"TRY_CAST(regexp_extract({answer}, {literal(_REASON)}, 1) AS INTEGER) >= 128"
    return {
        "time": "nullif(m.time, '')",
        "end_time": f"nullif(regexp_extract(w, {literal(end)}, 1), '')",
        "broker": "'mqtt'",
        "operation": "lower(m.verb)",
        "client": "CASE WHEN m.verb <> 'Sending' THEN m.client END",
        "subscriber": "CASE WHEN m.verb = 'Sending' THEN m.client END",
        "topic": "m.topic",
        "redelivered": "CASE WHEN m.verb = 'Sending' THEN m.dup = '1' END",
        "outcome": f"CASE WHEN m.verb = 'Denied' THEN 'rejected' WHEN {answer} = '' OR m.verb = 'Received' THEN NULL WHEN {refused} THEN 'error' ELSE 'ok' END",
        "dup": "m.dup = '1'",
        "qos": "CAST(m.qos AS INTEGER)",
        "retain": "m.retain = '1'",
        "mid": "CAST(m.mid AS INTEGER)",
        "bytes": "CAST(m.bytes AS BIGINT)",
        "answers": "nullif(substr(w, strpos(w, chr(10)) + 1), w)",
    }


def _packet(first: str) -> dict[str, str]:
    """Any other packet; an acknowledgement whose message stands before the beginning of the log."""
    ends = "m.verb = 'Received' AND (m.packet = 'PUBACK' OR m.packet = 'PUBCOMP')"
    refused = f"TRY_CAST(regexp_extract({first}, {literal(_REASON)}, 1) AS INTEGER) >= 128"
    return {
        "time": "nullif(m.time, '')",
        "broker": "'mqtt'",
        "operation": f"CASE WHEN {ends} THEN CASE WHEN {refused} THEN 'refused' ELSE 'acknowledged' END END",
        "client": f"CASE WHEN NOT ({ends}) THEN m.client END",
        "subscriber": f"CASE WHEN {ends} THEN m.client END",
        "mid": "CASE WHEN starts_with(m.packet, 'PUB') THEN TRY_CAST(m.mid AS INTEGER) END",
        "note": f"m.verb || ' ' || m.packet || ' ' || {let(f'regexp_extract({first}, {literal(_HEAD)}, 0)', 'h', f'substr({first}, length(h) + length(m.verb) + length(m.packet) + 3)')}",
        "answers": "nullif(substr(w, strpos(w, chr(10)) + 1), w)",
    }


def _event() -> str:
    return "CASE WHEN regexp_matches(m.note, 'messages are being dropped|Dropped message') THEN 'dropped' END"
