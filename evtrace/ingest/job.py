"""One source on its way into the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from evtrace.dialects import Messages
from evtrace.ingest import own
from evtrace.ingest.blocks import USUAL, Sizes
from evtrace.ingest.content import Content
from evtrace.ingest.extract import Context, records_sql
from evtrace.ingest.known import Acquaintance
from evtrace.ingest.plan import Plan
from evtrace.model import NS_PER_S


@dataclass
class Counts:
    """Units of a source by what became of them, and its lines."""

    records: int = 0
    parts: int = 0
    skipped: int = 0
    rejects: int = 0
    lines: int = 0

    @property
    def units(self) -> int:
        return self.records + self.parts + self.skipped + self.rejects

    def add(self, more: Counts) -> None:
        for name, count in vars(more).items():
            setattr(self, name, getattr(self, name) + count)


@dataclass
class Job:
    """What is read, how, and what came of it so far."""

    content: Content
    plan: Plan
    known: Acquaintance
    source_id: int
    zone: str | None
    at_ns: int | None
    refine: Callable[[Plan, Iterable[str]], Plan]  # learns what fields mean from documents of the source
    messages: tuple[Messages, ...] = ()  # what dialects know that log lines say
    told: set[str] = field(default_factory=set)  # the dialects of which lines have told something
    is_refined: bool = False
    above: tuple[str | None, ...] = ()  # lines before the block in hand that say something about those below
    sizes: Sizes = USUAL
    counts: Counts = field(default_factory=Counts)
    taken_back: Counts = field(default_factory=Counts)  # units of the known part that are read again
    notes: list[str] = field(default_factory=list)

    def learn(self, docs: Sequence[str]) -> None:
        """Let the plan say what the fields of these documents mean."""
        self.plan = self.refine(self.plan, docs)
        self.zone = self.zone or self.plan.mapping.zone
        self.is_refined = True

    def statement(
        self, units: str, place: dict[str, str], *, source: str | None = None
    ) -> tuple[list[str], str]:
        """Columns of record_rows and the SELECT that fills them from `units`; `source` is SQL for the source's id."""
        if self.plan.mapping.columns:
            return own.records_sql(self.plan.mapping.columns, self.source_id, units, place=place)
        at = str(self.at_ns) if self.at_ns is not None else None
        context = Context(
            source or str(self.source_id),
            self.zone,
            self._year(),
            at,
            self.plan.used_up,
            self.plan.known_keys,
        )
        return records_sql(self.plan.mapping, context, units, place=place)

    def _year(self) -> int:
        """For times that name none: the year of --at, else the one in which the file was last written."""
        path = self.content.path
        written_ns = path.stat().st_mtime_ns if path.exists() else 0
        return datetime.fromtimestamp((self.at_ns or written_ns) / NS_PER_S, UTC).year
