"""Access logs of web servers: common and combined, with fields behind them; deliveries of webhooks among them."""

from __future__ import annotations

import re

from evtrace.formats import Sample, headers
from evtrace.formats.sql import let, literal, named_groups, object_of

NAME = "access"
SHAPE = "line"
UNIT = "line"
INNER = None
SAMPLES = (
    '10.0.0.7 - - [20/Nov/2026:14:02:11 +0000] "POST /events/orders HTTP/1.1" 202 0 "-" "shop-webhooks/1.4" '
    "ce-id=e-17 ce-type=OrderPlaced ce-source=/shop/order rt=0.012\n"
    '10.0.0.7 - - [20/Nov/2026:14:02:12 +0000] "GET /health HTTP/1.1" 200 2 "-" "kube-probe/1.30"\n',
    '10.0.0.7 - anna [20/Nov/2026:14:02:11 +0000] "GET /orders/order-8123 HTTP/2.0" 404 -\n',
)

_REQUEST = (
    r"^(?P<remote>[^ ]+) [^ ]+ (?P<user>[^ ]+) \[(?P<time>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d(?: [+-]\d{4})?)\] "
    r'"(?P<method>[A-Z]+) (?P<path>[^ "]*)(?: (?P<protocol>HTTP/[\d.]+))?" (?P<status>\d{3}) (?P<bytes>\d+|-)'
    r'(?: "(?P<referrer>(?:[^"\\]|\\.)*)" "(?P<agent>(?:[^"\\]|\\.)*)")?(?P<rest>.*)$'
)
#: Names of an event's id behind a request, without case and separators.
_EVENT_IDS = (
    "ceid",
    "webhookid",
    "xgithubdelivery",
    "eventid",
    "xeventid",
    "messageid",
    "xmessageid",
    "svixid",
)


def detect(sample: Sample) -> float:
    return 0.96 * sample.share(re.match(_REQUEST, line) is not None for line in sample.lines[:100])


def doc(text: str) -> str:
    values = {
        name: f"nullif(nullif(m.{name}, ''), '-')"
        for name in ("remote", "user", "time", "method", "path", "protocol", "referrer", "agent")
    }
    values |= {
        "status": "CAST(m.status AS INTEGER)",
        "bytes": "TRY_CAST(m.bytes AS BIGINT)",
        "delivery": f"CASE WHEN m.method IN ('POST', 'PUT') AND {_names_event('f')} THEN 'delivered' ELSE 'request' END",
        "fields": "CAST(f AS JSON)",
        "rest": "CASE WHEN f IS NULL THEN nullif(trim(m.rest), '') END",
    }
    told = let(headers.fields("m.rest"), "f", object_of(values))
    read = let(named_groups(text, _REQUEST), "m", told)
    return f"CASE WHEN regexp_matches({text}, {literal(_REQUEST)}) THEN {read} WHEN {skip(text)} THEN NULL ELSE {object_of({'note': text})} END"


def skip(text: str) -> str:
    return f"NOT regexp_matches({text}, '\\S')"


def _names_event(fields: str) -> str:
    plain = f"list_transform(json_keys({fields}), lambda k: regexp_replace(lower(k), '[^a-z]', '', 'g'))"
    return f"COALESCE(list_has_any({plain}, [{', '.join(map(literal, _EVENT_IDS))}]), FALSE)"
