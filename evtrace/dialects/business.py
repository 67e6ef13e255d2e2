"""Finds business ids: order_id, customer-id, payment.id, shipmentNumber …"""

from __future__ import annotations

import re

from evtrace.dialects.kinds_of_ids import JOINS, NEVER, TECHNICAL
from evtrace.dialects.mapping import Path
from evtrace.dialects.names import JSON, words
from evtrace.dialects.survey import Seen, Survey

MAX_DEPTH = 5  # keys, not counting opened JSON
_SURE = {"id", "uuid", "guid"}
_WEAK = {"no", "nr", "num", "number", "ref", "reference"}  # only of words that name a business thing
_ID = re.compile(r"\S{1,128}")
_TELLING = re.compile(r"(?=.*\d)\S{4,128}")
_ENTERPRISE = re.compile(r"@\d+")  # syslog: [order@32473 id="8123"]
_SAME = {"req": "request", "usr": "user", "cust": "customer", "acct": "account", "txn": "transaction"}


def business_ids(survey: Survey, taken: set[Path], named: dict[Path, str]) -> tuple[tuple[str, Path], ...]:
    """Kind and path of every business id, in the order of their paths."""
    found = []
    for path, seen in sorted(survey.seen.items()):
        kind = named.get(path) or _kind(path, seen, taken)
        if kind:
            found.append((kind, path))
    return tuple(found)


def kind_of(name: str) -> str | None:
    """The entity that a name with an id suffix names: 'parentOrderId' is 'order'."""
    parts = words(name)
    if len(parts) == 1:
        parts = _split(parts[0])
    if not parts[1:] or parts[-1] not in _SURE | _WEAK:
        return None
    entity = _SAME.get(parts[-2], parts[-2])
    if entity in TECHNICAL or entity.isdigit():
        return None
    if parts[-1] in _WEAK and entity not in JOINS | NEVER:
        return None
    return entity


def _kind(path: Path, seen: Seen, taken: set[Path]) -> str | None:
    keys = [key for key in path if key != JSON]
    if path in taken or len(keys) > MAX_DEPTH or seen.is_list or not _are_ids(seen):
        return None
    if keys[-1].startswith("_") and words(keys[-1]) == ["id"]:
        return None  # the store's own: Elasticsearch, MongoDB
    # {"order": {"id": "8123"}} and SQS's {"order_id": {"stringValue": "8123"}} say it one key above.
    if keys[-1] in {"stringValue", "StringValue", "Value"}:
        keys = keys[:-1]
    name = ".".join(keys[-2:]) if keys and words(keys[-1]) in [[part] for part in _SURE | _WEAK] else keys[-1]
    return kind_of(_ENTERPRISE.sub("", name)) or _bare(name, seen)


def _bare(name: str, seen: Seen) -> str | None:
    """'order=order-8123' is an id too, 'order=1' and 'order=asc' are not."""
    entity = name.lower()
    return entity if entity in JOINS and all(_TELLING.fullmatch(text) for text in seen.texts) else None


def _are_ids(seen: Seen) -> bool:
    values = list(seen.values)
    good = [
        value
        for value in values
        if not isinstance(value, bool | float) and _ID.fullmatch(str(value)) is not None
    ]
    return bool(values) and len(good) * 2 > len(values)


def _split(word: str) -> list[str]:
    """'orderid' is one word; it is an id when what stands before the suffix is known."""
    for suffix in ("uuid", "guid", "id", "number", "no", "nr"):
        stem = word.removesuffix(suffix)
        if stem != word and stem in JOINS | NEVER:
            return [stem, suffix]
    return [word]
