"""One source into the store: in one transaction, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from evtrace.errors import UnreadableError
from evtrace.ingest.blocks import BLOCK_BYTES, Block, BlockReader, Damage
from evtrace.ingest.content import Content, Scan
from evtrace.ingest.direct import may_read_directly, read_directly
from evtrace.ingest.growth import prepare
from evtrace.ingest.insert import insert_block
from evtrace.ingest.job import Counts, Job
from evtrace.ingest.known import Acquaintance
from evtrace.ingest.plan import Plan, Planner
from evtrace.ingest.register import register
from evtrace.ingest.relation import EMPTY_UNITS
from evtrace.results import SourceSummary
from evtrace.store import SqlError, Store

#: A single document is held in memory, parsed, at several times its size.
LARGEST_DOCUMENT_BYTES = 32 << 20
_SMALL_BLOCK_BYTES = 1 << 20


class Loader:
    """Writes sources into a store. `progress` is told how many bytes of the source are done."""

    def __init__(
        self, store: Store, folder: Path, planner: Planner, *, progress: Callable[[int], None]
    ) -> None:
        self._store = store
        self._planner = planner
        self._folder = folder
        self._progress = progress

    def load(
        self, content: Content, plan: Plan, known: Acquaintance, *, zone: str | None, at_ns: int | None
    ) -> SourceSummary:
        """Store what is new in `content`. Raises UnreadableError; then nothing of it is in the store."""
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
                return register(self._store, job, found)
        except SqlError as problem:
            raise UnreadableError(
                f"{content.uri}: nothing of it was kept: {self._store.explain(problem)}"
            ) from problem

    def _in_blocks(self, job: Job) -> Scan:
        """Read in blocks; in small ones where the lines are so long that memory does not suffice for usual ones."""
        usual = {"table": None, "document": LARGEST_DOCUMENT_BYTES}.get(
            job.plan.outer.format.SHAPE, BLOCK_BYTES
        )
        before, known = job.counts, job.known
        try:
            job.counts = replace(before)
            return self._in_blocks_of(usual, job)
        except SqlError as problem:
            if not self._store.is_about_memory(problem) or job.plan.outer.format.SHAPE not in (
                "line",
                "text",
            ):
                raise
        self._store.restart_transaction()
        job.counts, job.known, job.taken_back, job.above, job.told = before, known, Counts(), (), set()
        job.is_refined = job.plan.is_line_by_line
        return self._in_blocks_of(_SMALL_BLOCK_BYTES, job)

    def _in_blocks_of(self, block_bytes: int | None, job: Job) -> Scan:
        prepare(self._store, job)
        start = job.known.start
        reader = BlockReader(
            job.content, self._folder, record_start=job.plan.record_start, block_bytes=block_bytes
        )
        done = 0
        for number, block in enumerate(reader.blocks(start)):
            self._insert(job, block, is_only=number == 0 and reader.is_at_end)
            done += block.size_bytes
            self._progress(done)
        self._report(job, reader.damage)
        return reader.scanner.result()

    def _insert(self, job: Job, block: Block, *, is_only: bool) -> None:
        insert_block(self._store, job, block, is_only=is_only)
        is_first = block.first_line == 1
        if job.plan.outer.format.SHAPE == "document" and is_first and not is_only and not job.counts.records:
            limit = LARGEST_DOCUMENT_BYTES >> 20
            raise UnreadableError(
                f"{job.content.uri}: a single JSON document above {limit} MiB is not read; "
                "write one element a line (jq -c '.[]' does it) and ingest that"
            )

    def _report(self, job: Job, damage: Damage) -> None:
        if damage.repaired_lines:
            lines = "1 line is" if damage.repaired_lines == 1 else f"{damage.repaired_lines:,} lines are"
            job.notes.append(f"{lines} no UTF-8 and read as Windows-1252")
        for line, size, head in damage.long_lines:
            job.counts.rejects += 1
            if job.plan.is_line_by_line:
                job.counts.skipped -= 1  # its place in the block was left empty, and counted as such
            reason = f"line of {size:,} bytes; lines of up to 8 MiB are read; its first 64 KiB are kept here"
            self._store.execute(
                "INSERT INTO rejects VALUES (?, ?, NULL, ?, ?)", [job.source_id, line, reason, head]
            )
