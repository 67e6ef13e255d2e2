"""What an interrupted ingest left undone, so that no answer rests on half of the links in silence."""

from __future__ import annotations

from evtrace.store import Store


def pending(store: Store) -> tuple[str, ...]:
    """Sentences about records without links and flows without a verdict; none where all is done."""
    rows = store.next_row() - int(store.meta("linked_rows") or 0)
    unjudged = store.value("SELECT COUNT(*) AS n FROM flows WHERE verdict IS NULL")
    if rows > 0:
        return (f"records not linked yet: {rows:,}; the last ingest was interrupted, run it again",)
    return (f"flows without a verdict yet: {unjudged:,}; run the last ingest again",) if unjudged else ()
