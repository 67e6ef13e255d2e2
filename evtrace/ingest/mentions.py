"""Business ids inside message text: 'OrderId: 593565fd-…', 'order=8123', 'order-8123'."""

from __future__ import annotations

from evtrace.ingest.readings.texts import one_of

_NOUNS = (
    "order|payment|shipment|invoice|booking|reservation|transaction|transfer|refund|cart|basket|ticket|claim|"
    "delivery|parcel|subscription|customer|user|account|tenant|member"
)
_SEPARATOR = r"[\"']?\s*[:=：#]\s*[\"'\[(]?"
_ID = r"([A-Za-z0-9][A-Za-z0-9_.-]{0,63})"
#: 'OrderId: x', 'Order Id: x', 'order_id=x', 'invoice no: x'
_LABELLED = (
    r"([A-Za-z]{2,30}?)(?:Id|ID|UUID|No|Nr|Number|[ _.-](?:[Ii][Dd]|UUID|uuid|[Nn]o|[Nn]r|[Nn]umber))"
    + _SEPARATOR
    + _ID
)
#: 'order=x', 'orderid=x'
_NAMED = rf"(?i)\b({_NOUNS})(?:id)?[\"']?\s*=\s*[\"'\[(]?" + _ID
#: 'Order: x', where a clause begins: in 'total valid order: 388' the number counts orders
_CLAUSE = rf"(?i)(?:^|[\[({{,;|\"'])\s*({_NOUNS})(?:id)?[\"']?\s*[:：#]\s*[\"'\[(]?" + _ID
#: 'order-8123'
_SPOKEN = rf"(?i)\b({_NOUNS})[-_#]([A-Za-z0-9-]*[0-9][A-Za-z0-9-]*)"
#: Labels of technical ids; they are roles of their own or name nothing in the business.
_TECHNICAL = (
    "trace", "span", "parent", "thread", "process", "request", "message", "event", "correlation", "causation", "p", "pid",
    "client", "session", "node", "broker", "member", "group", "partition", "producer", "port", "line", "version", "error",
    "status",
)  # fmt: skip


def mentioned_ids(message: str, consumer: str | None = None) -> str:
    """SQL over a message: lines of 'kind=value', NULL where there are none. Values hold a digit.

    What names the client that speaks is no id of the business: in the words of `order-0#consumer-2`, `order-0` is no order.
    Only the first 4,096 characters are searched: behind them stand dumps, and the patterns are slow on those.
    """
    message = f"left({message}, 4096)"
    found = " || ".join(_pairs(message, pattern) for pattern in (_LABELLED, _NAMED, _CLAUSE))
    spoken = f"list_transform(regexp_extract_all({message}, '{_quoted(_SPOKEN)}', 0), lambda s: lower(regexp_extract(s, '^[A-Za-z]+')) || '=' || s)"
    technical = one_of("split_part(s, '=', 1)", *_TECHNICAL)
    useful = f"list_filter({found}, lambda s: regexp_matches(s, '=.*[0-9]') AND NOT {technical})"
    found = f"{useful} || {spoken}"
    if consumer:
        found = f"list_filter({found}, lambda s: NOT {_names_client('substr(s, strpos(s, chr(61)) + 1)', consumer)})"
    # NULLIF would be a CASE with all of this in it twice: list_aggregate gives NULL where there is nothing.
    lines = f"list_aggregate(list_sort(list_distinct({found})), 'string_agg', chr(10))"
    # Most messages hold no id: one cheap look spares them the rest.
    return f"CASE WHEN regexp_matches({message}, '(?i)(id|no|nr|number|{_NOUNS})[^a-z]') THEN {lines} END"


def _names_client(value: str, consumer: str) -> str:
    """The value is the client's name, or that of one of its members: the name with more behind a hyphen."""
    client = f"split_part(COALESCE({consumer}, ''), '#', 1)"  # librdkafka says name#type-number
    return f"({client} <> '' AND ({value} = {client} OR starts_with({value}, {client} || '-')))"


def _pairs(message: str, pattern: str) -> str:
    text = _quoted(pattern)
    return (
        f"list_transform(list_zip(regexp_extract_all({message}, '{text}', 1), regexp_extract_all({message}, '{text}', 2)), "
        "lambda p: lower(p[1]) || '=' || rtrim(p[2], '.-_'))"
    )


def _quoted(pattern: str) -> str:
    return pattern.replace("'", "''")
