"""The fast way: DuckDB reads the file itself while its bytes are hashed and checked on another thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from evtrace.ingest.blocks import Block
from evtrace.ingest.content import DIRECT_LINE_BYTES, Content, Scan, scan
from evtrace.ingest.insert import insert_block
from evtrace.ingest.job import Job
from evtrace.store import SqlError, Store

#: Smaller files are looked through first, larger ones while they are read.
_SMALL_BYTES = 16 << 20
_PATTERN_SIGNS = "*?[]{}"  # DuckDB would take a name with one of these for a pattern


def may_read_directly(job: Job) -> bool:
    """One line is one unit, and the file is plain UTF-8 as far as its head tells."""
    name = str(job.content.path)
    is_named_plainly = not any(sign in name for sign in _PATTERN_SIGNS) and name.isprintable()
    return (
        job.content.is_plain
        and is_named_plainly
        and job.plan.is_line_by_line
        and not job.plan.tells
        and not job.known.start.offset
    )


def read_directly(store: Store, job: Job) -> Scan | None:
    """Store the source; None, with nothing changed, where it holds what DuckDB cannot read as it stands.

    Runs inside a transaction, which it begins anew when an attempt fails.
    """
    size = job.content.path.stat().st_size
    if size < _SMALL_BYTES:
        found = scan(job.content)
        return _attempts(store, job, size, lambda: found) if found.is_clean else None
    with _scanning(job.content) as scanned:
        return _attempts(store, job, size, scanned)


def _attempts(store: Store, job: Job, size: int, scanned: Callable[[], Scan]) -> Scan | None:
    """First trusting every line to be good, where the format can, then checking each."""
    block = Block(job.content.path, first_line=1, lines=0, size_bytes=size, longest_bytes=DIRECT_LINE_BYTES)
    before = job.counts
    for trusting in (True, False) if hasattr(job.plan.outer.format, "trusting") else (False,):
        job.counts = replace(before)
        is_stored = _attempt(store, job, block, trusting=trusting)
        is_same = job.content.path.stat().st_size == size  # or somebody wrote on while it was read
        if is_stored and is_same and scanned().is_clean and scanned().size == size:
            return scanned()
        store.restart_transaction()
        if is_stored is None or not scanned().is_clean:
            break
    job.counts = before
    return None


def _attempt(store: Store, job: Job, block: Block, *, trusting: bool) -> bool | None:
    """Whether the file could be stored; None where the lines are too long for it and blocks are the way."""
    try:
        insert_block(store, job, block, trusting=trusting)
    except SqlError as problem:
        if store.is_about_space(problem):
            raise
        return None if store.is_about_memory(problem) else False
    return True


@contextmanager
def _scanning(content: Content) -> Iterator[Callable[[], Scan]]:
    """Scan on another thread; what is yielded waits for the result."""
    results: list[Scan | BaseException] = []
    cancelled = threading.Event()

    def work() -> None:
        try:
            results.append(scan(content, is_cancelled=cancelled.is_set))
        except BaseException as problem:
            results.append(problem)

    def wait() -> Scan:
        thread.join()
        if isinstance(results[0], BaseException):
            raise results[0]
        return results[0]

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield wait
    finally:
        cancelled.set()
        thread.join()
