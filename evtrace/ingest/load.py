"""One source into the store: in one transaction, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from evtrace.errors import UnreadableError
from evtrace.ingest.batch import Candidate, load_together
from evtrace.ingest.blocks import SMALLER, SMALLEST, USUAL, Block, BlockReader, Damage, Sizes
from evtrace.ingest.content import Scan
from evtrace.ingest.direct import may_read_directly, read_directly
from evtrace.ingest.growth import prepare
from evtrace.ingest.insert import insert_block
from evtrace.ingest.job import Counts, Job
from evtrace.ingest.known import same_beginning
from evtrace.ingest.pieces import is_a_document_a_line
from evtrace.ingest.plan import Planner
from evtrace.ingest.register import register, unread
from evtrace.ingest.relation import EMPTY_UNITS
from evtrace.results import SourceSummary
from evtrace.store import SqlError, Store

#: A single document is held in memory, as text.
LARGEST_DOCUMENT_BYTES = 32 << 20


class Loader:
    """Writes sources into a store. `progress` is told how many bytes of the source are done."""

    def __init__(
        self, store: Store, folder: Path, planner: Planner, *, progress: Callable[[int], None]
    ) -> None:
        self._store = store
        self._planner = planner
        self._folder = folder
        self._progress = progress

    def load(self, candidate: Candidate) -> SourceSummary:
        """Store what is new in it. Raises UnreadableError; then nothing of it is in the store."""
        content, plan, known = candidate.content, candidate.plan, candidate.known
        zone, at_ns = candidate.zone, candidate.at_ns
        source_id = known.source_id or 1 + (self._store.value("SELECT max(source_id) FROM sources") or 0)
        if known.source_id and not zone:  # a source has one zone, the one it was first read with
            zone = self._store.value("SELECT zone FROM sources WHERE source_id = ?", [known.source_id])
        zone, planner = zone or plan.mapping.zone, self._planner
        job = Job(content, plan, known, source_id, zone, at_ns, planner.refined, planner.messages)
        job.is_refined = plan.is_line_by_line  # its fields were learnt from all over the source
        columns, _ = job.statement(EMPTY_UNITS, {"line_shift": "0", "line": "0", "item": "0"})
        try:
            self._store.ensure_record_columns(columns)
            with self._store.transaction():
                found = (
                    read_directly(self._store, job) if may_read_directly(job) else None
                ) or self._in_blocks(job)
                summary = register(self._store, job, found)
                longer = same_beginning(self._store, source_id, known.resembles, is_open=found.open_bytes > 0)
                if longer:
                    self._store.restart_transaction()
                    return unread(content.uri, "known", f"already in the store; the beginning of {longer}")
                return summary
        except SqlError as problem:
            raise UnreadableError(
                f"{content.uri}: nothing of it was kept: {self._store.explain(problem)}"
            ) from problem

    def load_together(self, candidates: Sequence[Candidate]) -> list[SourceSummary]:
        """Store all of them. Raises SqlError or UnreadableError; then nothing of any is in the store."""
        first_id = 1 + (self._store.value("SELECT max(source_id) FROM sources") or 0)
        jobs = [
            Job(one.content, one.plan, one.known, source_id, one.zone, one.at_ns, self._planner.refined)
            for source_id, one in enumerate(candidates, first_id)
        ]
        return load_together(self._store, self._folder, jobs)

    def _in_blocks(self, job: Job) -> Scan:
        """Read in blocks; in ever smaller ones where memory does not suffice, at last without the longest units."""
        before, known = job.counts, job.known
        before, known, plan = replace(job.counts), job.known, job.plan
        *tries, last = (SMALLEST,) if plan.outer.format.SHAPE == "table" else (USUAL, SMALLER, SMALLEST)
        for sizes in tries:
            try:
                return self._in_blocks_of(sizes, job)
            except SqlError as problem:
                if not self._store.is_about_memory(problem):
                    raise
            self._store.restart_transaction()
            job.counts, job.taken_back, job.known, job.plan = replace(before), Counts(), known, plan
            job.above, job.told, job.is_refined = (), set(), plan.is_line_by_line
        return self._in_blocks_of(last, job)

    def _in_blocks_of(self, sizes: Sizes, job: Job) -> Scan:
        job.sizes = sizes
        prepare(self._store, job)
        reader = BlockReader(
            job.content,
            self._folder,
            record_start=job.plan.record_start,
            block_bytes=self._block_bytes(job),
            longest_bytes=self._longest_bytes(job),
        )
        done = 0
        for number, block in enumerate(reader.blocks(job.known.start)):
            is_only = number == 0 and reader.is_at_end
            if number == 0 and self._is_document_too_large(job, block, is_only=is_only):
                raise UnreadableError(
                    f"{job.content.uri}: a single JSON document above {LARGEST_DOCUMENT_BYTES >> 20} MiB is not read; "
                    "write one element a line (jq -c '.[]' does it) and ingest that"
                )
            insert_block(self._store, job, block, is_only=is_only)
            done += block.size_bytes
            self._progress(done)
        self._report(job, reader.damage)
        return reader.scanner.result()

    def _block_bytes(self, job: Job) -> int | None:
        whole = {"table": None, "document": LARGEST_DOCUMENT_BYTES}
        return whole.get(job.plan.outer.format.SHAPE, job.sizes.block_bytes)

    def _longest_bytes(self, job: Job) -> int:
        """A document may stand on one line."""
        is_document = job.plan.outer.format.SHAPE == "document"
        return LARGEST_DOCUMENT_BYTES if is_document else job.sizes.longest_bytes

    def _is_document_too_large(self, job: Job, block: Block, *, is_only: bool) -> bool:
        """The first block is not all there is, and yet one document begins with it."""
        if job.plan.outer.format.SHAPE != "document" or job.known.start.offset:
            return False
        text = block.path.read_bytes()
        return not text.strip() if is_only else not is_a_document_a_line(text)

    def _report(self, job: Job, damage: Damage) -> None:
        if damage.repaired_lines:
            lines = "1 line is" if damage.repaired_lines == 1 else f"{damage.repaired_lines:,} lines are"
            job.notes.append(f"{lines} no UTF-8 and read as Windows-1252")
        for line, size, head in damage.long_lines:
            job.counts.rejects += 1
            if job.plan.is_line_by_line:
                job.counts.skipped -= 1  # its place in the block was left empty, and counted as such
            limit = self._longest_bytes(job) >> 20
            reason = (
                f"line of {size:,} bytes; lines of up to {limit} MiB are read; its first 64 KiB are kept here"
            )
            self._store.execute(
                "INSERT INTO rejects VALUES (?, ?, NULL, ?, ?)", [job.source_id, line, reason, head]
            )
