"""Syslog of RFC 5424 (with structured data), of RFC 3164 and as rsyslog writes it to files."""

from __future__ import annotations

from evtrace.formats import Sample, headers
from evtrace.formats.sql import let, literal, object_from_pairs

NAME = "syslog"
SHAPE = "text"
UNIT = "line"
INNER = None
SAMPLES = (
    '<165>1 2026-11-20T14:02:11.513Z node-1 billing 4711 ID47 [order@32473 id="order-8123" note="a \\"b\\""][seq@1 n="2"] '
    "charged\n<165>1 2026-11-20T14:02:11.600Z node-1 billing - - - plain\n",
    "<34>Nov 20 14:02:11 node-1 billing[4711]: declined order_id=order-8123\n",
    "Nov  2 14:02:11 node-1 systemd[1]: Started Billing.\n",
    "2026-11-20T14:02:11.513204+01:00 node-1 billing[4711]: charged\n",
)
START = headers.START

_ELEMENT = r'\[[^\s"\]]+(?: [^\s"=\]]+="(?:[^"\\]|\\.)*")*\]'
RFC5424 = (
    r"^<(?P<priority>\d{1,3})>1 (?:-|(?P<time>\S+)) (?:-|(?P<host>\S+)) (?:-|(?P<service>\S+)) (?:-|(?P<pid>\S+)) "
    r"(?:-|(?P<message_id>\S+)) (?:-|(?P<structured_data>(?:"
    + _ELEMENT
    + r")+))(?: "
    + "\ufeff?"
    + r"(?P<message>.*))?$"
)
_PROCESS = r" (?P<host>[^\s:\[]+) (?P<service>[^\s:\[\]]+)(?:\[(?P<pid>\d+)\])?: (?P<message>.*)"
RFC3164 = r"^(?:<(?P<priority>\d{1,3})>)?(?P<time_of_year>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)" + _PROCESS
RSYSLOG = (
    r"^(?:<(?P<priority>\d{1,3})>)?(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))"
    + _PROCESS
)

_LEVELS = "['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug']"
_ALSO = {
    "level": f"{_LEVELS}[TRY_CAST(nullif(m.priority, '') AS INTEGER) % 8 + 1]",
    "facility": "TRY_CAST(nullif(m.priority, '') AS INTEGER) // 8",
    "priority": "NULL",
}


def detect(sample: Sample) -> float:
    return 0.95 * headers.share(sample, RFC5424, RFC3164, RSYSLOG)


def doc(text: str) -> str:
    return headers.doc(
        text, RFC5424, RFC3164, RSYSLOG, also=_ALSO | {"structured_data": _structured("m.structured_data")}
    )


def _structured(data: str) -> str:
    """SQL: `[id name="value" …]…` as an object of objects."""
    elements = f"regexp_extract_all({data}, {literal(_ELEMENT)})"
    name = r"regexp_extract(e, '^\[([^\s\]]+)', 1)"
    value = r"regexp_replace(p.quoted, '\\(.)', '\1', 'g')"
    found = r"""regexp_extract_all(e, ' ([^\s"=\]]+)="((?:[^"\\]|\\.)*)"', ['k', 'quoted'])"""
    pairs = f"list_transform({found}, lambda p: {{'k': p.k, 'v': {value}}})"
    params = f"CAST(COALESCE({let(pairs, 'ps', object_from_pairs('ps'))}, '{{}}') AS JSON)"
    each = f"list_transform({elements}, lambda e: {{'k': {name}, 'v': {params}}})"
    return f"CAST({let(each, 'es', object_from_pairs('es'))} AS JSON)"
