"""One ingest: every source, then the links between their records."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from evtrace import dialects, formats
from evtrace.errors import UnreadableError, UsageError
from evtrace.formats.prose import is_prose
from evtrace.ingest.at import MTIME, NAME, parse_time_ns, time_in_name_ns
from evtrace.ingest.batch import Batch, Candidate, may_wait
from evtrace.ingest.clocks import clock_notes
from evtrace.ingest.content import CHUNK_BYTES, Content, open_content
from evtrace.ingest.declared import declared
from evtrace.ingest.find import STDIN, Found, find
from evtrace.ingest.known import Acquaintance, acquaint
from evtrace.ingest.load import Loader
from evtrace.ingest.plan import Planner
from evtrace.ingest.register import unread
from evtrace.links import link
from evtrace.results import IngestSummary, SourceSummary
from evtrace.store import SqlError, Store


@dataclass(frozen=True)
class Progress:
    """How far an ingest is."""

    source: str
    bytes_done: int
    bytes_total: int
    records: int


@dataclass(frozen=True)
class Options:
    """How to read."""

    maps: tuple[Path, ...] = ()  # the user's own dialects
    zone: str | None = None  # for times that name none
    format: str | None = None  # a format's name, instead of looking at the content
    at: str | None = None  # a time for records that have none, or 'mtime' or 'name': the file's
    progress: Callable[[Progress], None] | None = None


_DEFAULT = Options()


def ingest(store_path: str, paths: Sequence[str], options: Options = _DEFAULT) -> IngestSummary:
    """Read `paths` (files, folders, patterns, '-') into the store at `store_path` and link what is new.

    Raises UsageError for paths or options that cannot be, UnreadableError where the store cannot be
    written or where no source at all could be read.
    """
    began = time.monotonic()
    _check(options)
    found, known = find(paths), dialects.load(options.maps)
    with Store.open(store_path) as store:
        summaries = _read(store, found, options, known)
        _link(store, known)
        summaries = clock_notes(store, summaries)
        flows = store.value("SELECT count(*) FROM flows")
    records, rejects = sum(s.records for s in summaries), sum(s.rejects for s in summaries)
    return IngestSummary(tuple(summaries), records, rejects, time.monotonic() - began, flows)


def read(store_path: str, paths: Sequence[str], options: Options = _DEFAULT) -> list[SourceSummary]:
    """As `ingest`, without the links: the next ingest makes them."""
    with Store.open(store_path) as store:
        return _read(store, find(paths), options, dialects.load(options.maps))


def _check(options: Options) -> None:
    """What can be refused before anything is read."""
    if options.at and options.at not in (MTIME, NAME):
        parse_time_ns(options.at)
    if options.zone:
        try:
            ZoneInfo(options.zone)
        except (ZoneInfoNotFoundError, ValueError) as problem:
            raise UsageError(
                f"--tz {options.zone}: no such time zone; write it as Europe/Berlin or UTC"
            ) from problem


def _read(
    store: Store, found: Sequence[Found], options: Options, known: Sequence[dialects.Dialect]
) -> list[SourceSummary]:
    with tempfile.TemporaryDirectory(prefix="evtrace-") as folder:
        return _Run(store, Path(folder), options, known, found).sources()


def _link(store: Store, known: Sequence[dialects.Dialect]) -> None:
    try:
        link(store, declared=declared(store, known))
    except SqlError as problem:
        reason = store.explain(problem)
        raise UnreadableError(
            f"{store.path}: the records are kept, linking them failed: {reason}"
        ) from problem


class _Run:
    def __init__(
        self,
        store: Store,
        folder: Path,
        options: Options,
        known: Sequence[dialects.Dialect],
        found: Sequence[Found],
    ) -> None:
        self._store = store
        self._folder = folder
        self._options = options
        self._found = found
        self._planner = Planner(formats.load(), known, store, folder)
        self._total = sum(file.path.stat().st_size for file in found if file.path.exists())
        self._done = 0
        self._records = 0
        self._summaries: list[SourceSummary] = []
        self._batch = Batch()

    def sources(self) -> list[SourceSummary]:
        """One summary a file; what cannot be read is said in its summary and stops nothing else."""
        for file in self._found:
            self._source(file)
            self._done += file.path.stat().st_size if file.path.exists() else 0
            self._tell(file.uri, 0)
        self._load_waiting()
        failed = [summary for summary in self._summaries if summary.status == "failed"]
        if failed and len(failed) == len(self._summaries):
            raise UnreadableError("\n".join(note for summary in failed for note in summary.notes))
        return self._summaries

    def _source(self, file: Found) -> None:
        """Read it, or let it wait for others that are read in the same way. Sources keep their order."""
        try:
            wanted = self._looked_at(file)
        except UnreadableError as problem:
            wanted = unread(file.uri, "failed", str(problem))
        may_join = isinstance(wanted, Candidate) and may_wait(wanted) and self._batch.takes(wanted)
        if not may_join or self._batch.is_full:
            self._load_waiting()
        if isinstance(wanted, SourceSummary):
            self._summaries.append(wanted)
        elif may_wait(wanted):
            self._batch.waiting.append(wanted)
        else:
            self._load(wanted)

    def _looked_at(self, file: Found) -> Candidate | SourceSummary:
        """What is to be read; or the summary of what is not, and why."""
        path = self._spooled() if file.uri == STDIN else file.path
        content = open_content("stdin" if file.uri == STDIN else file.uri, path)
        plan_of = self._options.format
        skip = _why_skipped(content, is_chosen=bool(plan_of))
        if skip:
            return unread(content.uri, "skipped", skip)
        if self._batch.begins_like(content):
            self._load_waiting()
        known = acquaint(self._store, content)
        if known.status == "known":
            return self._known(content.uri, known)
        plan = self._planner.plan(content, format_name=plan_of)
        prose = None if plan_of else is_prose(path.name, plan.sample)
        if prose:
            return unread(content.uri, "skipped", prose)
        return Candidate(content, plan, known, self._options.zone, self._at_ns(path))

    def _load_waiting(self) -> None:
        """Store what waits; each on its own where that fails."""
        waiting = self._batch.taken()
        if len(waiting) < 2:
            for candidate in waiting:
                self._load(candidate)
            return
        try:
            summaries = self._loader(waiting[-1].content.uri).load_together(waiting)
        except (SqlError, UnreadableError):
            for candidate in waiting:
                self._load(candidate)
            return
        self._summaries += summaries
        self._records += sum(summary.records for summary in summaries)

    def _load(self, candidate: Candidate) -> None:
        try:
            summary = self._loader(candidate.content.uri).load(candidate)
        except UnreadableError as problem:
            summary = unread(candidate.content.uri, "failed", str(problem))
        self._summaries.append(summary)
        self._records += summary.records

    def _loader(self, uri: str) -> Loader:
        return Loader(self._store, self._folder, self._planner, progress=lambda done: self._tell(uri, done))

    def _known(self, uri: str, known: Acquaintance) -> SourceSummary:
        is_same = known.uri == uri and not known.is_beginning
        what = "the beginning of" if known.is_beginning else "the same content as"
        options = self._options.maps or self._options.zone or self._options.at or self._options.format
        again = "; to read it in another way use a new store (--store)" if options else ""
        return unread(
            uri, "known", f"already in the store{'' if is_same else f'; {what} {known.uri}'}{again}"
        )

    def _spooled(self) -> Path:
        """Standard input as a file, because a source is looked at before it is read."""
        path = self._folder / "stdin"
        with path.open("wb") as spool:
            while chunk := sys.stdin.buffer.read(CHUNK_BYTES):
                spool.write(chunk)
        return path

    def _at_ns(self, path: Path) -> int | None:
        if self._options.at == MTIME:
            return path.stat().st_mtime_ns
        if self._options.at == NAME:
            return time_in_name_ns(path.name, self._options.zone)
        return parse_time_ns(self._options.at) if self._options.at else None

    def _tell(self, uri: str, done: int) -> None:
        if self._options.progress:
            self._options.progress(Progress(uri, self._done + done, self._total, self._records))


def _why_skipped(content: Content, *, is_chosen: bool) -> str | None:
    if not content.head:
        return "empty"
    if content.head.startswith(b"DUCK", 8):
        return "a DuckDB file"
    if content.is_binary and not is_chosen:
        return "binary, no log"
    return None
