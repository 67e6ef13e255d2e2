"""What a record says, in one line: kind, place, >reader, event, #attempt, and what else is known."""

from __future__ import annotations

from typing import Any

from evtrace.store import Store

_COLUMNS = (
    "kind", "channel", "part", "pos", "pos_text", "grp", "consumer", "event_id", "event_type", "correlation_id", "causation_id",
    "message_key", "attempt", "redelivered", "hop", "outcome", "routed", "origin", "producer", "payload",
)  # fmt: skip


def facts(store: Store, source_id: int) -> list[str]:
    """One line for each record of a source that is more than a line of log, in order."""
    held = set(store.record_columns())
    columns = ", ".join(name if name in held else f"NULL AS {name}" for name in _COLUMNS)
    rows = store.rows(
        f"SELECT {columns} FROM records WHERE source_id = ? AND kind <> 'log' ORDER BY line, item",
        [source_id],
    )
    return [fact(dict(zip(_COLUMNS, row, strict=True))) for row in rows]


def fact(record: dict[str, Any]) -> str:
    """The line; what is not known is left out."""
    place = "/".join(str(record[name]) for name in ("channel", "part", "pos") if record[name] is not None)
    words = [record["kind"], place if not record["pos_text"] else _named(record)]
    words += [f"{mark}{record[name]}" for name, mark in _MARKS.items() if record[name] is not None]
    words += ["again" if record["redelivered"] else ""]
    return " ".join(word for word in words if word)


def _named(record: dict[str, Any]) -> str:
    """A place that no number tells."""
    return "/".join(filter(None, (record["channel"], record["pos_text"])))


_MARKS = {
    "grp": ">", "event_id": "", "event_type": ":", "correlation_id": "~", "causation_id": "by:", "message_key": "key:",
    "attempt": "#", "hop": "hop:", "outcome": "", "routed": "to:", "origin": "from:",
}  # fmt: skip
