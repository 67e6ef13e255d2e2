"""A file that has grown: what its known part left open."""

from __future__ import annotations

from evtrace.ingest.job import Job
from evtrace.store import Store


def reopen_last_line(store: Store, job: Job) -> None:
    """Take back the last line of the known part where it was not complete: it is read again, whole.

    Its record stays as a hidden row, because rows are never deleted (a record's id is its row number);
    everything is linked anew, as its flow may have hung on it.
    """
    if not job.known.ended_open:
        return
    line = job.known.start.line
    place = [job.source_id, line]
    hidden = store.value("SELECT count(*) FROM records WHERE source_id = ? AND line = ?", place)
    rejected = store.value("SELECT count(*) FROM rejects WHERE source_id = ? AND line = ?", place)
    store.execute(
        "UPDATE record_rows SET kind = 'part' WHERE source_id = ? AND COALESCE(line, rowid + line_shift) = ?", place
    )
    store.execute("DELETE FROM rejects WHERE source_id = ? AND line = ?", place)
    job.counts.records -= hidden
    job.counts.rejects -= rejected
    job.counts.lines -= 1
    if hidden:
        store.set_meta("linked_rows", "0")
