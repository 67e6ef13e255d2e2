"""Small logs of text read together: what a statement costs before it runs is paid once for many."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from evtrace.errors import UnreadableError
from evtrace.ingest.blocks import Block, BlockReader
from evtrace.ingest.content import HEAD_BYTES, Content, Scan
from evtrace.ingest.insert import count_placed, insert_rejects, place_records
from evtrace.ingest.job import Counts, Job
from evtrace.ingest.known import Acquaintance
from evtrace.ingest.plan import Plan
from evtrace.ingest.register import register
from evtrace.ingest.relation import EMPTY_UNITS
from evtrace.ingest.units import Units, joins_lines
from evtrace.results import SourceSummary
from evtrace.store import Store

_MOST_SOURCES = 64
#: Of more lines a sample is taken to learn from, which is better done for each source on its own.
_MOST_LINES = 2_000
#: What makes a line depend on lines far above it, or become several units.
_FAR_REACHING = ("ABOVE", "writer", "FANS_OUT")


@dataclass(frozen=True)
class Candidate:
    """A source that was looked at and is to be read."""

    content: Content
    plan: Plan
    known: Acquaintance
    zone: str | None
    at_ns: int | None


@dataclass
class Batch:
    """Sources that wait to be read together, in order."""

    waiting: list[Candidate] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        return len(self.waiting) >= _MOST_SOURCES

    def takes(self, candidate: Candidate) -> bool:
        """It is read as those that wait are."""
        return not self.waiting or self.waiting[0].plan.layers == candidate.plan.layers

    def begins_like(self, content: Content) -> bool:
        """One of those that wait may be the same, or the beginning of the other."""
        heads = (one.content.head[:HEAD_BYTES] for one in self.waiting)
        return any(content.head.startswith(head) or head.startswith(content.head) for head in heads)

    def taken(self) -> list[Candidate]:
        """What waited; nothing waits any more."""
        taken, self.waiting = self.waiting, []
        return taken


def may_wait(candidate: Candidate) -> bool:
    """It is new and small, and no line of it reaches farther than its record."""
    plan, known = candidate.plan, candidate.known
    is_new = known.status == "new" and not known.resembles
    is_small = plan.sample.whole and plan.sample.text.count("\n") < _MOST_LINES
    reaches_far = any(hasattr(layer.format, name) for layer in plan.layers for name in _FAR_REACHING)
    if not (is_new and is_small) or reaches_far or plan.tells:
        return False
    return _is_apart(plan) and _is_utf8(candidate.content.head)


def _is_apart(plan: Plan) -> bool:
    """What stands before it is never taken to go on in it."""
    if plan.outer.format.SHAPE == "line":
        return joins_lines(plan.layers)  # there the borders are known
    first = plan.sample.text.partition("\n")[0]
    is_text = plan.outer.format.SHAPE == "text" and len(plan.layers) == 1
    return is_text and re.search(str(plan.record_start), first) is not None


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def load_together(store: Store, folder: Path, jobs: Sequence[Job]) -> list[SourceSummary]:
    """Store all of them in one transaction. Raises SqlError or UnreadableError; then none of them is stored."""
    with store.transaction():
        scans = _staged(store, folder, jobs)
        _insert(store, jobs)
        return [register(store, job, found) for job, found in zip(jobs, scans, strict=True)]


def _staged(store: Store, folder: Path, jobs: Sequence[Job]) -> list[Scan]:
    """All units in the table stage_units, each source a piece by its id; what was learnt of the bytes on the way."""
    path, scans, borders, lines, longest = folder / "together.txt", [], list[int](), 0, 1
    with path.open("wb") as file:
        for job in jobs:
            reader = BlockReader(job.content, folder, record_start=job.plan.record_start)
            block, *more = reader.blocks()
            if more or reader.damage != type(reader.damage)():
                raise UnreadableError(f"{job.content.uri}: is better read alone")
            data = block.path.read_bytes()
            file.write(data if data.endswith(b"\n") else data + b"\n")
            borders.append(lines)
            lines, longest = lines + block.lines, max(longest, block.longest_bytes)
            job.counts.lines += block.lines
            scans.append(reader.scanner.result())
    whole = Block(path, 1, lines, path.stat().st_size, longest)
    places = [f"({job.source_id}, {passed})" for job, passed in zip(jobs, borders, strict=True)]
    plan = jobs[0].plan
    with Units(store, plan.layers, plan.sample, borders=borders).of(whole, is_only=True) as pieces:
        store.execute(
            f"""CREATE OR REPLACE TEMP TABLE stage_units AS
                SELECT p.source_id AS piece, u.* REPLACE (u.line - p.passed AS line)
                FROM ({next(pieces)}) AS u
                ASOF JOIN (VALUES {", ".join(places)}) AS p(source_id, passed) ON u.line > p.passed
                ORDER BY u.line"""
        )
    return scans


def _insert(store: Store, jobs: Sequence[Job]) -> None:
    """The units into rows: those of neighbours together where the same statement makes records of them."""
    docs = _docs(store)
    for job in jobs:
        job.learn(docs.get(job.source_id, []))
        store.ensure_record_columns(_statement(job)[0])
    for _, some in groupby(jobs, key=_statement):
        alike = list(some)
        place_records(store, alike[0], pieces=[job.source_id for job in alike], source="piece")
    insert_rejects(store, jobs[0], source="piece")
    counts = count_placed(store)
    for job in jobs:
        job.counts.add(counts.get(job.source_id, Counts()))
    store.execute("DROP TABLE stage_units")


def _docs(store: Store) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    wanted = "doc IS NOT NULL AND NOT skipped"
    for piece, doc in store.rows(f"SELECT piece, doc FROM stage_units WHERE {wanted} ORDER BY piece, line"):
        found.setdefault(piece, []).append(doc)
    return found


def _statement(job: Job) -> tuple[list[str], str]:
    """What makes records of the source, but for its number."""
    return job.statement(EMPTY_UNITS, {"line": "line", "item": "item"}, source="piece")
