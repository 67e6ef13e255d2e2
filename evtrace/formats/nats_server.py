"""nats-server's log and trace: what each connection sent and got, with JetStream's acknowledgements."""

from __future__ import annotations

from evtrace.formats import Sample, golog, headers
from evtrace.formats.sql import let, literal, named_groups, object_from_pairs, object_of

NAME = "nats_server"
SHAPE = "text"
UNIT = "line"
INNER = None
SAMPLES = (
    "[4711] 2026/11/20 14:02:11.513204 [INF] Server is ready\n",
    '[7307] 2026/11/21 02:40:00.725375 [TRC] 127.0.0.1:51332 - cid:4 - "v2.16.0:python3:shop" - <<- '
    "[HPUB orders.placed _INBOX.OCrU.OCrU93a4 30 74]\n"
    '[7307] 2026/11/21 02:40:00.725381 [TRC] 127.0.0.1:51332 - cid:4 - "v2.16.0:python3:shop" - <<- '
    'MSG_PAYLOAD: ["NATS/1.0\\r\\nNats-Msg-Id: e-1\\r\\n\\r\\n{\\"order_id\\": \\"order-8123\\"}"]\n'
    '[7307] 2026/11/21 02:40:00.730654 [TRC] 127.0.0.1:51340 - cid:5 - "v2.16.0:python3:billing" - ->> '
    "[HMSG orders.placed 3 $JS.ACK.ORDERS.billing.1.1.1.1795228800725394317.3 30 74]\n"
    '[7307] 2026/11/21 02:40:00.731000 [TRC] 127.0.0.1:51340 - cid:5 - "v2.16.0:python3:billing" - <<- '
    "[PUB $JS.ACK.ORDERS.billing.1.1.1.1795228800725394317.3  0]\n",
)

_HEAD = r"\[(?P<pid>\d+)\] (?P<time>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})?)(?: UTC)? "
_STAMP = r"\[\d+\] \d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})?(?: UTC)? "
_ANY = r"^" + _STAMP + r"\[(?:INF|DBG|TRC|WRN|ERR|FTL)\] "
#: A payload is the second line of its message.
START = "^(?:" + "|".join((
    _STAMP + r"\[(?:INF|DBG|WRN|ERR|FTL)\] ",
    _STAMP + r"\[TRC\] .*(?:<<-|->>|<->) \[",
    _STAMP + r"\[TRC\] [^<>]*$",
    r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d",
    *(start for start in headers.STARTS if not start.startswith(r"(?:\[\d+\] )?")),
)) + ")"  # fmt: skip

_OPERATION = (
    r"^"
    + _HEAD
    + r'\[TRC\] (?:(?P<address>[^ ]+)(?: - (?P<cid>[a-z]+:\d+))?(?: - "(?P<version>[^":]*):(?P<language>[^":]*)'
    r'(?::(?P<client>[^"]*))?")?.* - )?(?P<direction><<-|->>|<->) \[(?P<verb>[A-Z]+[+-]?|[+-][A-Z]+)(?: (?P<arguments>.*))?\]$'
)
_DELIVERIES = r"\.(\d+)\.\d+\.\d+\.\d{16,}\.\d+"
_PAYLOAD = r'(?:<<-|->>) MSG_PAYLOAD: \[(".*")(?:\.\.\.)?\]'


def detect(sample: Sample) -> float:
    return 0.95 * headers.share(sample, _ANY, start="^(?:" + "|".join(headers.STARTS) + ")")


def doc(text: str) -> str:
    first = "split_part(w, chr(10), 1)"
    read = let(named_groups(first, _OPERATION), "m", _operation())
    matches = f"regexp_matches({first}, {literal(_OPERATION)})"
    other = headers.doc("w", golog.PATTERN, also={"broker": "'nats'"})
    return let(text, "w", f"CASE WHEN {matches} THEN {read} ELSE {other} END")


def writer(text: str) -> str:
    """SQL: the connection; lines of several come mixed."""
    told = r"\[(?:TRC|DBG)\] ([^ ]+(?: - [a-z]+:\d+)?) - "
    return f"CASE WHEN regexp_matches({text}, {literal('^' + _STAMP)}) THEN regexp_extract({text}, {literal(told)}, 1) END"


def _operation() -> str:
    """SQL over `w` (the record) and `m` (the groups of its first line)."""
    arguments = "CASE WHEN m.arguments <> '' THEN regexp_split_to_array(m.arguments, ' +') END"
    told = let(_payload(), "b", let(_what(), "o", object_of(_members())))
    return let(arguments, "a", let(_reply(), "r", told))


def _members() -> dict[str, str]:
    """What is told, over the arguments `a`, the reply subject `r`, the payload `b` and what it is, `o`."""
    deliveries = f"TRY_CAST(regexp_extract(r, {literal(_DELIVERIES)}, 1) AS INTEGER)"
    return {
        "time": "m.time",
        "level": "'TRC'",
        "operation": "o",
        "subject": "a[1]",
        "reply": "r",
        "ack": f"CASE WHEN {_IS_DELIVERY} THEN r WHEN starts_with(a[1], '$JS.ACK.') THEN a[1] END",
        "redelivered": f"CASE WHEN {_IS_DELIVERY} THEN {deliveries} > 1 END",
        "channel": f"CASE WHEN {_IS_CORE_DELIVERY} OR o = 'publish' THEN a[1] END",
        "subscriber": f"CASE WHEN {_IS_CORE_DELIVERY} THEN COALESCE(nullif(m.client, ''), m.cid) END",
        **{
            name: f"nullif(m.{name}, '')"
            for name in ("client", "cid", "address", "language", "direction", "verb", "pid")
        },
        "bytes": "TRY_CAST(a[-1] AS BIGINT)",
        "headers": f"CASE WHEN starts_with(b, 'NATS/1.0') THEN CAST({_headers('b')} AS JSON) END",
        "data": _data("b"),
        "message": "CASE WHEN o IS NULL THEN m.direction || ' [' || concat_ws(' ', m.verb, nullif(m.arguments, '')) || ']' END",
        "outcome": "CASE WHEN o = 'term' THEN 'rejected' END",
        "rest": "CASE WHEN b IS NULL THEN nullif(substr(w, strpos(w, chr(10)) + 1), w) END",
        "broker": "'nats'",
    }


_SENT = "m.verb IN ('PUB', 'HPUB')"
_GOT = "m.verb IN ('MSG', 'HMSG')"
_IS_INTERNAL = "(starts_with(a[1], '$') OR starts_with(a[1], '_'))"
_IS_DELIVERY = f"({_GOT} AND starts_with(r, '$JS.ACK.'))"
_IS_CORE_DELIVERY = f"({_GOT} AND NOT {_IS_INTERNAL} AND COALESCE(NOT starts_with(r, '$JS.ACK.'), TRUE))"


def _reply() -> str:
    """SQL: the reply subject stands behind the subject (and the subscription), before one or two sizes."""
    place = f"(CASE WHEN {_GOT} THEN 3 WHEN {_SENT} THEN 2 END)"
    sizes = "CASE WHEN starts_with(m.verb, 'H') THEN 2 ELSE 1 END"
    return f"CASE WHEN len(a) = {place} + {sizes} THEN a[{place}] END"


def _what() -> str:
    """SQL: publish, deliver, how a delivery was answered, or which advisory it is; NULL for all else."""
    advisory = r"regexp_extract(a[1], '^[$]JS[.]EVENT[.](?:ADVISORY|METRIC)[.][A-Z]+[.]([A-Z_]+)', 1)"
    return (
        f"CASE WHEN {_SENT} AND starts_with(a[1], '$JS.ACK.') THEN {_answer()} "
        f"WHEN ({_SENT} OR {_GOT}) AND starts_with(a[1], '$JS.EVENT.') THEN nullif({advisory}, '') "
        f"WHEN {_IS_DELIVERY} OR {_IS_CORE_DELIVERY} THEN 'deliver' "
        f"WHEN {_SENT} AND m.cid <> '' AND NOT {_IS_INTERNAL} THEN 'publish' END"
    )


def _answer() -> str:
    """SQL. Without the payload its length tells: only Python's client acknowledges by an empty message."""
    body, size = "trim(b)", "TRY_CAST(a[-1] AS BIGINT)"
    return (
        f"CASE WHEN {body} = '' OR starts_with({body}, '+ACK') OR starts_with({body}, '+NXT') THEN 'ack' "
        f"WHEN starts_with({body}, '-NAK') THEN 'nak' WHEN starts_with({body}, '+TERM') THEN 'term' "
        f"WHEN starts_with({body}, '+WPI') THEN 'progress' "
        f"WHEN {size} = 0 OR ({size} = 4 AND NOT starts_with(m.language, 'python')) THEN 'ack' "
        f"WHEN {size} = 5 THEN 'term' ELSE 'nak' END"
    )


def _payload() -> str:
    """SQL: the payload in the second line; of another message when its length is not the one announced."""
    quoted = f"regexp_extract(w, {literal(_PAYLOAD)}, 1)"
    fits = "strlen(s) = TRY_CAST(a[-1] AS BIGINT) OR contains(w, '\"...') OR contains(w, '...\"') OR contains(w, '\\x')"
    return let(_unquoted(quoted), "s", f"CASE WHEN {fits} THEN s END")


def _unquoted(quoted: str) -> str:
    """SQL: Go's quoted text as it is; NULL where there is none."""
    safe = f"replace({quoted}, '\\\\', '\ue004')"
    known = f"replace(replace(regexp_replace({safe}, '\\\\x([0-9a-f]{{2}})', '\\\\u00\\1', 'g'), '\\a', '\\u0007'), '\\v', '\\u000b')"
    spelt = f"replace({known}, '\ue004', '\\\\')"
    return let(
        spelt,
        "q",
        "CASE WHEN q <> '' THEN CASE WHEN json_valid(q) THEN json_extract_string(q, '$') ELSE q END END",
    )


def _headers(payload: str) -> str:
    lines = f"string_split(split_part({payload}, chr(13) || chr(10) || chr(13) || chr(10), 1), chr(13) || chr(10))[2:]"
    pair = "{'k': trim(split_part(l, ':', 1)), 'v': trim(substr(l, strpos(l, ':') + 1))}"
    pairs = f"list_transform(list_filter({lines}, lambda l: contains(l, ':')), lambda l: {pair})"
    return let(pairs, "ps", object_from_pairs("ps"))


def _data(payload: str) -> str:
    behind = f"substr({payload}, strpos({payload}, chr(13) || chr(10) || chr(13) || chr(10)) + 4)"
    return f"nullif(CASE WHEN starts_with({payload}, 'NATS/1.0') THEN {behind} ELSE {payload} END, '')"
