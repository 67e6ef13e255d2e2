"""Readings: how a field's text becomes a value, one SQL expression each. Their list: evtrace.dialects.READINGS."""

from __future__ import annotations

from collections.abc import Callable

from evtrace.ingest.readings import contexts, delivery, levels, texts, times

Reading = Callable[[str], str]  # SQL expression of a text → SQL expression of the value

_ALL: dict[str, Reading] = {
    **texts.READINGS,
    **levels.READINGS,
    **contexts.READINGS,
    **delivery.READINGS,
    **times.READINGS,
}
NAMES = frozenset(_ALL) | times.ZONED


def read(text: str, reading: str, *, zone: str | None, year: int) -> str:
    """The SQL expression that reads the VARCHAR expression `text`."""
    if reading in times.ZONED:
        return times.zoned(text, reading, zone=zone, year=year)
    return _ALL[reading](text)
