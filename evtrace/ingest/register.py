"""What the store remembers of a source, and what is told about it."""

from __future__ import annotations

import json
from typing import Any

from evtrace.ingest.at import time_in_name_ns
from evtrace.ingest.content import Scan
from evtrace.ingest.job import Counts, Job
from evtrace.results import SourceSummary
from evtrace.store import Store

_COLUMNS = (
    "source_id", "uri", "format", "dialect", "fingerprint", "head", "bytes", "open_bytes", "lines", "units", "records",
    "parts", "skipped", "rejects", "first_ts", "last_ts", "undated", "zone", "mapping", "notes", "steps",
)  # fmt: skip


def register(store: Store, job: Job, found: Scan) -> SourceSummary:
    """Write the row of `sources`; the summary speaks of what this reading added."""
    first, last, undated = store.row(
        "SELECT min(ts), max(ts), count(*) FILTER (ts IS NULL) FROM records WHERE source_id = ?",
        [job.source_id],
    )
    if undated:
        job.notes.append(_undated(job, undated))
    if job.counts.rejects > job.counts.records:
        job.notes.append(
            f"most of it is not readable as {job.plan.format_name}: look at evtrace sources --rejects, or name its --format"
        )
    if job.plan.lacks_zone and not job.zone:
        job.notes.append(
            "its times name no zone and are read as UTC; if they are not, use a new store and --tz ZONE"
        )
    uri, dialect, mapping = (
        job.known.uri or job.content.uri,
        "+".join(job.plan.mapping.dialects),
        _mapping(store, job),
    )
    total, new = _with_known(store, job), job.counts
    row = (
        job.source_id, uri, job.plan.format_name, dialect or None, found.fingerprint, found.head, found.size,
        found.open_bytes, total.lines, total.units, total.records, total.parts, total.skipped, total.rejects,
        first, last, undated, job.zone, json.dumps(mapping, ensure_ascii=False), json.dumps(job.notes, ensure_ascii=False),
        found.steps,
    )  # fmt: skip
    if job.known.source_id:
        store.execute("DELETE FROM sources WHERE source_id = ?", [job.source_id])
    store.execute(f"INSERT INTO sources ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(row))})", row)
    return SourceSummary(
        job.content.uri, job.plan.format_name, dialect or None, new.units, new.records, new.parts, new.skipped,
        new.rejects, first, last, undated, job.known.status, tuple(job.notes), mapping, job.source_id,
    )  # fmt: skip


def _undated(job: Job, undated: int) -> str:
    """What can be done about records without a time."""
    records = "1 record has" if undated == 1 else f"{undated:,} records have"
    in_name = time_in_name_ns(job.content.path.name) is not None
    ways = (
        "--at TIME, --at mtime or, as its name tells one, --at name" if in_name else "--at TIME or --at mtime"
    )
    return f"{records} no time; give one with {ways}"


def unread(uri: str, status: str, note: str) -> SourceSummary:
    """The summary of what added nothing."""
    return SourceSummary(uri, None, None, 0, 0, 0, 0, 0, None, None, 0, status, (note,))


def _with_known(store: Store, job: Job) -> Counts:
    new = job.counts
    if not job.known.source_id:
        return new
    old = Counts(
        *store.row(
            "SELECT records, parts, skipped, rejects, lines FROM sources WHERE source_id = ?", [job.source_id]
        )
    )
    back = job.taken_back
    return Counts(
        old.records - back.records + new.records,
        old.parts - back.parts + new.parts,
        old.skipped - back.skipped + new.skipped,
        old.rejects - back.rejects + new.rejects,
        old.lines - back.lines + new.lines,
    )


def _mapping(store: Store, job: Job) -> dict[str, Any]:
    """Which field fills which role, and in what share of the records the role has a value."""
    mapping = job.plan.mapping
    columns = sorted({use.role for use in mapping.uses} & set(store.record_columns()))
    shares: dict[str, float] = {}
    if columns and job.counts.records:
        filled = ", ".join(f"count({name}) / count(*)" for name in columns)
        row = store.row(f"SELECT {filled} FROM records WHERE source_id = ?", [job.source_id])
        shares = {name: round(share, 4) for name, share in zip(columns, row, strict=True)}
    return {
        "roles": [
            {
                "role": use.role,
                "field": ".".join(use.path),
                "reading": use.reading,
                "dialect": use.dialect,
                "share": shares.get(use.role, round(use.share, 4)),
            }
            for use in mapping.uses
        ],
        "constants": dict(mapping.constants),
        "ids": [{"kind": kind, "field": ".".join(path)} for kind, path in mapping.ids],
        "unmapped": [".".join(path) for path in mapping.unmapped],
    }
