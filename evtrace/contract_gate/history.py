"""A change of a contract against the events that were really sent: what a theoretical break comes to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from evtrace.contract_gate.validate import judged
from evtrace.contracts.found import Problem
from evtrace.contracts.languages import shared
from evtrace.contracts.source import Source
from evtrace.errors import UsageError
from evtrace.observed import Replay
from evtrace.reports import events
from evtrace.reports.shapes import lay_out
from evtrace.store import Store


class History:
    """The events of a store."""

    def __init__(self, path: Path) -> None:
        self._store = Store.open(path, read_only=True)
        try:
            lay_out(self._store)
            self._counts = events.types(self._store)
        except UsageError:
            self._counts = {}  # no payloads: nothing was sent that could be refused

    @property
    def event_types(self) -> Sequence[str]:
        """The types of events with payloads."""
        return list(self._counts)

    def close(self) -> None:
        """Leave the store."""
        self._store.close()

    def replay(self, event_type: str, old: Source, new: Source, language: str | None) -> Replay:
        """Judge the stored events of a type by both versions."""
        count, by_new = self._judged(event_type, new, language)
        _, by_old = self._judged(event_type, old, language)
        refused_new, refused_old = _numbers(by_new), _numbers(by_old)
        only_new = sorted(set(refused_new) - set(refused_old))
        only_old = sorted(set(refused_old) - set(refused_new))
        first_new, first_old = (self._first(numbers) for numbers in (only_new, only_old))
        told = [
            *_told(count, len(only_new), first_new, "the new schema"),
            *_told(count, len(only_old), first_old, "old readers"),
        ]
        both = len(set(refused_new) & set(refused_old))
        told += [f"{both:,} are refused by both"] if both else []
        return Replay(event_type, count, len(only_new), first_new, len(only_old), first_old, "; ".join(told))

    def _judged(
        self, event_type: str, source: Source, language: str | None
    ) -> tuple[int, dict[Problem, list[int]]]:
        known = shared([source], language)
        return judged(self._store, event_type, known.judge(known.parse(source), {}))

    def _first(self, numbers: Sequence[int]) -> str | None:
        return events.known(self._store, numbers).first_id if numbers else None


def _numbers(broken: dict[Problem, list[int]]) -> list[int]:
    return [number for numbers in broken.values() for number in numbers]


def _told(count: int, refused: int, first: str | None, who: str) -> Iterator[str]:
    where = f" (first: {first})" if first else ""
    yield f"{who} would have refused {refused:,} of {count:,} stored events{where}"
