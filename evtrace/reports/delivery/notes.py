"""What about the evidence is odd, in sentences: said once, so that no number misleads."""

from __future__ import annotations

from collections.abc import Iterator

from evtrace.reports.delivery.evidence import EVENT_TIME, POSITION, TIME, VERSION, Oddities
from evtrace.store import Store


def of(store: Store, odd: Oddities) -> list[str]:
    """A sentence for each oddity."""
    return [
        *_wild(store, odd),
        *_odd_places(store, odd),
        *_clusters(store, odd),
        *_unnamed(store, odd),
        *_undated(store),
    ]


_WHAT = {POSITION: "a position", TIME: "a time", EVENT_TIME: "an event time", VERSION: "a version"}


def _wild(store: Store, odd: Oddities) -> Iterator[str]:
    for span, what in _WHAT.items():
        if span.column in odd.wild:
            example = f"SELECT COUNT(*) AS n, MIN({span.column}) AS example FROM records WHERE {span.wild()}"
            count, value = store.row(example)
            yield f"{_records(count)} {what} that cannot be, such as {value}: taken as not known"


def _odd_places(store: Store, odd: Oddities) -> Iterator[str]:
    parts, part, places, place = store.row(_ODD_PLACES) if odd.odd_places else (0, None, 0, None)
    long, example = store.row(_LONG_POSITIONS)
    if parts:
        yield f"{_records(parts)} a partition that is no number, such as {part}: kept apart as channel[{part}]"
    if places or long:
        shown = place or example
        yield f"{_records(places + long)} a position that is kept as text, such as {shown}: told apart, without order"


_ODD_PLACES = """
SELECT COUNT(part_text) AS parts, MIN(part_text) AS part, COUNT(pos_text) AS places, MIN(pos_text) AS place FROM odd_places
"""

# Where a broker's positions are texts by nature ('1526919030474-55'), nothing is odd.
_LONG_POSITIONS = """
SELECT COUNT(*) AS n, MIN(pos_text) AS example FROM records WHERE pos IS NULL AND pos_text IS NOT NULL AND REPLACE(pos_text, '-', '') = pos_text
"""


def _clusters(store: Store, odd: Oddities) -> Iterator[str]:
    if odd.mixed:
        rows = store.rows("SELECT channel FROM mixed_channels ORDER BY channel")
        names = ", ".join(name for (name,) in rows[:3]) + (" …" if len(rows) > 3 else "")
        lie = "1 channel lies" if len(rows) == 1 else f"{len(rows):,} channels lie"
        yield f"{lie} in several clusters ({names}): told apart as channel@cluster"


def _unnamed(store: Store, odd: Oddities) -> Iterator[str]:
    if odd.unnamed:
        count = store.value("SELECT COUNT(*) AS n FROM unnamed_places WHERE channel IS NULL")
        if count:
            yield f"{_records(count)} a place and no channel, and no other record tells it: such places are left out"


def _undated(store: Store) -> Iterator[str]:
    if store.rows("SELECT 1 AS one FROM evidence WHERE ts IS NULL LIMIT 1"):
        count = store.value("SELECT COUNT(*) AS n FROM evidence WHERE ts IS NULL")
        does = "it proves deliveries and says" if count == 1 else "they prove deliveries and say"
        yield f"{_records(count)} no time: {does} nothing about order or lag"


def _records(count: int) -> str:
    return f"{count:,} record{' has' if count == 1 else 's have'}"
