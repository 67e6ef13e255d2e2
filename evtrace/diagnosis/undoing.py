"""Compensation: which types undo which, and what of a flow is undone or still owed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from evtrace.diagnosis.frontier import FlowShape
from evtrace.store import Store

#: (type that was done, service) → types that undo it.
Undoing = dict[tuple[str, str | None], tuple[str, ...]]

#: The last word of a type that takes something back.
_BACK = ("cancelled", "canceled", "released", "refunded", "reversed", "returned", "voided", "revoked", "undone", "reverted",
         "rolledback", "compensated", "restocked", "withdrawn", "unreserved")  # fmt: skip

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

_PAIRS = """
SELECT event_type, service
FROM stored_events
WHERE kind = 'message' AND event_type IS NOT NULL
GROUP BY event_type, service
ORDER BY event_type, service
"""


@dataclass(frozen=True)
class Entry:
    """One line of the ledger: something that was done, and what undid it."""

    done_no: int
    undone_no: int | None  # None: still owed


def learn(store: Store) -> Undoing:
    """What undoes what, by names: InventoryReleased takes back what the same service announced of Inventory."""
    types = [(str(name), service) for name, service in store.rows(_PAIRS)]
    backs: dict[tuple[str, str | None], tuple[str, ...]] = {}
    for name, service in types:
        if is_back(name) and (stem := _stem(name)):
            backs[stem, service] = (*backs.get((stem, service), ()), name)
    known = {
        (name, service): backs[stem, service]
        for name, service in types
        if not is_back(name) and (stem := _stem(name)) and (stem, service) in backs
    }
    store.execute("DELETE FROM undoings")
    store.append("undoings", [(*done, back) for done, names in known.items() for back in names])
    return known


def recall(store: Store) -> Undoing:
    """What was learned."""
    rows = store.rows("SELECT event_type, service, back_type FROM undoings ORDER BY ALL")
    known: Undoing = {}
    for event_type, service, back in rows:
        known[event_type, service] = (*known.get((event_type, service), ()), back)
    return known


def is_back(event_type: str) -> bool:
    """True where the type takes something back."""
    words = _words(event_type)
    return bool(words) and words[-1] in _BACK


def _words(event_type: str) -> list[str]:
    """The words of a type, without the version and the word event behind them."""
    words = [word.lower() for word in _WORDS.findall(event_type)]
    while words and (words[-1].isdigit() or words[-1] == "v"):
        words.pop()
    return words[:-1] if words and words[-1] == "event" else words


def _stem(event_type: str) -> str:
    return " ".join(_words(event_type)[:-1])


def ledger(shape: FlowShape, known: Undoing) -> tuple[Entry, ...]:
    """What was done and what undid it. The entry of the flow is no work: its cancellation is only the end."""
    return tuple(_entries(shape, known))


def _entries(shape: FlowShape, known: Undoing) -> Iterator[Entry]:
    """One cancellation takes back every step of its entity that was taken before; of steps of one type one each."""
    spent: set[tuple[str | None, int]] = set()
    for number in shape.order[1:]:
        event = shape.events[number]
        names = known.get((event.event_type or "", event.service))
        if names:
            backs = (back for back in _after(shape, number, names) if (event.event_type, back) not in spent)
            undone = next(backs, None)
            if undone is not None:
                spent.add((event.event_type, undone))
            yield Entry(number, undone)


def _after(shape: FlowShape, done_no: int, names: tuple[str, ...]) -> Iterator[int]:
    """What the same service took back, by its clock not before that was done."""
    done = shape.events[done_no]
    for number in shape.order:
        event = shape.events[number]
        is_later = event.at is None or done.at is None or event.at >= done.at
        if event.event_type in names and event.service == done.service and is_later:
            yield number


def is_undone(shape: FlowShape, known: Undoing) -> bool | None:
    """True: all that was done is undone; False: some is still owed; None: nothing was undone."""
    entries = ledger(shape, known)
    if not any(entry.undone_no is not None for entry in entries):
        return None
    return all(entry.undone_no is not None for entry in entries)
