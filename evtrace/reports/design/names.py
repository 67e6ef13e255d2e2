"""Which events are named like commands?"""

from __future__ import annotations

import re
from dataclasses import dataclass

from evtrace.anomalies import Anomaly
from evtrace.reports.delivery.analysis import Analysis, Found, Need, find
from evtrace.reports.delivery.asked import Asked
from evtrace.store import Store

_SQL = """
WITH named AS (
    SELECT event_type AS event_type, MIN(channel) AS any_channel, COUNT(DISTINCT event) AS events, MIN(record_id) AS first_id,
           MIN(ts) AS first_ts
    FROM announced
    GROUP BY event_type
)
SELECT 'command_name' AS rule, '' AS grp, any_channel AS channel, -1 AS part, CAST(NULL AS BIGINT) AS pos, first_ts AS seen_at,
       first_id AS record_id, event_type AS event_type, CAST(events AS BIGINT) AS events
FROM named
"""

#: Verbs that ask somebody to do something. A name that ends in a participle tells what happened instead.
_VERBS = frozenset(
    [
        "accept",
        "activate",
        "add",
        "allocate",
        "approve",
        "archive",
        "assign",
        "authorize",
        "book",
        "bill",
        "calculate",
        "cancel",
        "capture",
        "change",
        "charge",
        "check",
        "close",
        "collect",
        "complete",
        "compute",
        "confirm",
        "copy",
        "create",
        "deactivate",
        "debit",
        "delete",
        "deliver",
        "disable",
        "dispatch",
        "do",
        "enable",
        "execute",
        "export",
        "fetch",
        "fulfil",
        "fulfill",
        "generate",
        "get",
        "handle",
        "import",
        "initiate",
        "insert",
        "invoice",
        "issue",
        "load",
        "lock",
        "make",
        "mark",
        "merge",
        "move",
        "notify",
        "open",
        "order",
        "pay",
        "perform",
        "place",
        "prepare",
        "print",
        "process",
        "provision",
        "publish",
        "reconcile",
        "refund",
        "register",
        "reject",
        "release",
        "remove",
        "rename",
        "replace",
        "reserve",
        "reset",
        "resolve",
        "restore",
        "retrieve",
        "retry",
        "run",
        "save",
        "schedule",
        "send",
        "set",
        "ship",
        "start",
        "stop",
        "store",
        "submit",
        "subscribe",
        "suspend",
        "sync",
        "synchronize",
        "trigger",
        "unlock",
        "unsubscribe",
        "update",
        "upload",
        "validate",
        "verify",
        "withdraw",
        "write",
    ]  # a list is easier read so
)
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_VERSION = re.compile(r"v\d+", re.I)


@dataclass(frozen=True, kw_only=True)
class CommandName(Anomaly):
    """A type whose name asks for something."""

    events: int  # published under that name

    def told(self) -> str:
        return f"{self.event_type} ({self.events:,} published) tells what to do; an event tells what happened, such as {_past(self.event_type or '')}"


NAMES = Analysis(
    rules=("command_name",),
    row=CommandName,
    sql=_SQL,
    needs=(Need("kind = 'publish' AND event_type IS NOT NULL", "no publish names its type"),),
)


def commands(store: Store, asked: Asked) -> Found:
    """The types that are named like commands."""
    found = find(store, NAMES, asked)
    rows = tuple(row for row in found.rows if is_command(row.event_type or ""))
    totals = {("command_name", "info"): len(rows)} if rows else {}
    return Found(rows, totals, {}, found.missing)


def is_command(name: str) -> bool:
    """'CreateOrder', 'order.create' and 'ShipOrderCommand' are; 'OrderCreated' and 'order.created.v1' are not."""
    words = _words(name)
    if not words or words[-1] == "event" or any(word.endswith("ed") for word in words):
        return False
    return (
        words[-1] == "command"
        or words[0] in _VERBS
        or (len(words) > 1 and "." in name and words[-1] in _VERBS)
    )


def _words(name: str) -> list[str]:
    """The words of a name; where its last part is a name of several words, what stands before is a namespace."""
    leaf = name.rpartition(":")[2].rpartition("/")[2].rpartition("+")[2]
    parts = [part for part in re.split(r"[._\-\s]", leaf) if part and not _VERSION.fullmatch(part)]
    last = _WORD.findall(parts[-1]) if parts else []
    return [word.lower() for word in (last if len(last) > 1 else _WORD.findall(" ".join(parts)))]


def _past(name: str) -> str:
    """A guess at a better name: 'CreateOrder' → 'OrderCreated'."""
    words = [word for word in _words(name) if word != "command"]
    verb = next((word for word in words if word in _VERBS), "")
    rest = "".join(word.capitalize() for word in words if word != verb)
    return f"{rest}{_participle(verb).capitalize()}"


def _participle(verb: str) -> str:
    irregular = {
        "send": "sent",
        "pay": "paid",
        "do": "done",
        "make": "made",
        "get": "got",
        "set": "set",
        "run": "run",
        "write": "written",
    }
    if verb in irregular:
        return irregular[verb]
    if verb.endswith("y") and verb[-2:-1] not in "aeiou":
        return verb[:-1] + "ied"
    doubled = verb[-1:] if verb in ("ship", "stop", "cancel", "submit") else ""
    return verb + doubled + ("d" if verb.endswith("e") else "ed")
