"""A file that has grown: what of its known part has to be read again with the tail."""

from __future__ import annotations

import re
from dataclasses import replace

from evtrace.ingest.blocks import Start
from evtrace.ingest.job import Counts, Job
from evtrace.ingest.relation import patterns_above
from evtrace.store import Store


def prepare(store: Store, job: Job) -> None:
    """Make the store ready for the tail: hide what is read again, and count it as taken back.

    Rows are never deleted (a record's id is its row number), they are hidden; everything is linked anew,
    as flows may have hung on them.
    """
    if job.known.status != "grown":
        return
    if _stands_alone(job):
        _hide(store, job, job.known.start.line if job.known.ended_open else None)
    else:
        _hide(store, job, 1)
        job.known = replace(job.known, start=Start(), ended_open=False)


def _stands_alone(job: Job) -> bool:
    """The tail can be read without what precedes it: line by line, or from the beginning of a record."""
    content, plan = job.content, job.plan
    if content.encoding != "utf-8" or b"\n" not in content.head:
        return False
    if plan.is_line_by_line:
        return True
    if job.known.ended_open or plan.outer.format.SHAPE == "table" or patterns_above(plan.outer):
        return False
    if plan.outer.format.SHAPE == "document":
        return True
    return plan.record_start is not None and re.search(plan.record_start, _line_at(job)) is not None


def _line_at(job: Job) -> str:
    """The first line of the tail."""
    passed, line = 0, b""
    for chunk in job.content.chunks():
        if passed + len(chunk) > job.known.start.offset:
            line += chunk[max(0, job.known.start.offset - passed) :]
            if b"\n" in line:
                break
        passed += len(chunk)
    return line.split(b"\n", 1)[0].decode("utf-8", "replace")


def _hide(store: Store, job: Job, first_line: int | None) -> None:
    """Hide the records and drop the rejects from this line on; None: nothing."""
    if first_line is None:
        return
    place = [job.source_id, first_line]
    hidden = store.value("SELECT count(*) FROM records WHERE source_id = ? AND line >= ?", place)
    rejects = store.value("SELECT count(*) FROM rejects WHERE source_id = ? AND line >= ?", place)
    store.execute(
        f"UPDATE record_rows SET kind = 'part' WHERE source_id = ? AND {store.line_of_row()} >= ?", place
    )
    store.execute("DELETE FROM rejects WHERE source_id = ? AND line >= ?", place)
    if first_line == 1:
        old = store.row(
            "SELECT records, parts, skipped, rejects, lines FROM sources WHERE source_id = ?", [job.source_id]
        )
        job.taken_back = Counts(*old)
    else:
        job.taken_back = Counts(
            records=hidden, rejects=rejects, skipped=int(not hidden and not rejects), lines=1
        )
    if hidden:
        store.set_meta("linked_rows", "0")
