"""Findings that were there before: a file of fingerprints, so that only new ones fail."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from evtrace.anomalies import Anomaly
from evtrace.errors import UnreadableError, UsageError

_FORMAT = "evtrace_baseline"


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


def read(path: str | None) -> frozenset[str]:
    """The fingerprints in a file; none where no file is asked for."""
    if path is None:
        return frozenset()
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as problem:
        raise UsageError(
            f"{path}: the baseline cannot be read ({problem.strerror}); make it with --write-baseline"
        ) from problem
    except ValueError as problem:
        raise UsageError(f"{path}: no baseline: {problem}") from problem
    if not isinstance(document, dict) or document.get(_FORMAT) != 1:
        raise UsageError(f"{path}: no baseline of this evtrace; make it with --write-baseline")
    return frozenset(document["findings"])


def write(path: str, fingerprints: Iterable[str]) -> None:
    """Write the fingerprints, sorted, one a line, so that a diff is read easily."""
    text = json.dumps({_FORMAT: 1, "findings": sorted(set(fingerprints))}, ensure_ascii=False, indent=1)
    try:
        Path(path).write_text(text + "\n", encoding="utf-8")
    except OSError as problem:
        raise UnreadableError(f"{path}: cannot be written: {problem.strerror}") from problem
