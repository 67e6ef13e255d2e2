"""Findings that were there before: a file of fingerprints, so that only new ones fail."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from evtrace import baseline_file
from evtrace.anomalies import Anomaly
from evtrace.errors import UsageError

_KEY = "findings"


def fingerprint(row: Anomaly) -> str:
    """The same for the same finding in the next run: what it is about, without times and record numbers."""
    facts: tuple[object, ...] = (
        row.grp,
        row.channel,
        row.part,
        row.pos,
        row.event_id,
        row.event_type,
        row.message_key,
    )
    if row.rule.startswith("clock_"):
        facts = tuple(getattr(row, name, None) for name in ("host", "other_host"))
    return "|".join([row.rule, *("" if fact is None else str(fact) for fact in facts)])


def read(path: Path | None) -> frozenset[str]:
    """The fingerprints in a file; none where no file is asked for."""
    if path is None:
        return frozenset()
    if not path.exists():
        raise UsageError(f"{path}: no such baseline; make it with --write-baseline")
    return frozenset(map(str, baseline_file.read(path, _KEY)))


def write(path: Path, fingerprints: Iterable[str]) -> None:
    """Write the fingerprints, sorted, one a line, so that a diff is read easily."""
    baseline_file.write(path, _KEY, sorted(set(fingerprints)))
