"""Changes that were looked at and accepted, each with its reason and perhaps an end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

from evtrace import baseline_file
from evtrace.changes import FAILING, ContractChange
from evtrace.errors import UnreadableError, UsageError

_KEY = "accepted"


@dataclass(frozen=True)
class Entry:
    """One accepted change."""

    fingerprint: str
    contract: str
    rule: str
    path: str
    reason: str
    until: str | None = None  # the last day on which it is accepted


@dataclass(frozen=True)
class Accepted:
    """Changes with the reasons for which they are accepted, and what is odd about the baseline."""

    changes: tuple[ContractChange, ...]
    notes: tuple[str, ...]


def load(path: Path) -> tuple[Entry, ...]:
    """Read a baseline."""
    try:
        entries = tuple(Entry(**one) for one in baseline_file.read(path, _KEY))
        for entry in entries:
            date.fromisoformat(entry.until or "2000-01-01")
        return entries
    except (TypeError, ValueError) as problem:
        raise UnreadableError(f"{path}:1: no baseline: {problem}") from problem


def apply(changes: Sequence[ContractChange], entries: Sequence[Entry], today: date) -> Accepted:
    """Mark what is accepted; say which entries are over and which meet nothing any more."""
    live = {entry.fingerprint: entry for entry in entries if not _is_over(entry, today)}
    marked = tuple(
        replace(change, accepted=live[change.fingerprint].reason) if change.fingerprint in live else change
        for change in changes
    )
    met = {change.fingerprint for change in changes}
    notes = [f"baseline: {_told(entry)} was accepted until {entry.until}; that is over" for entry in entries if _is_over(entry, today) and entry.fingerprint in met]  # fmt: skip
    notes += [f"baseline: {_told(entry)} meets nothing any more; remove it" for entry in entries if entry.fingerprint not in met]  # fmt: skip
    return Accepted(marked, tuple(notes))


def write(path: Path, changes: Iterable[ContractChange], reason: str, until: str | None) -> int:
    """Accept every change that fails the gate; entries that are there and still met keep their reasons."""
    known = {entry.fingerprint: entry for entry in (load(path) if path.exists() else ())}
    entries = {
        change.fingerprint: known.get(change.fingerprint)
        or Entry(change.fingerprint, change.contract, change.rule, change.path, reason, until)
        for change in changes
        if change.severity in FAILING
    }
    listed = [
        asdict(entry)
        for entry in sorted(entries.values(), key=lambda one: (one.contract, one.path, one.rule))
    ]
    baseline_file.write(path, _KEY, listed)
    return len(listed)


def day(text: str) -> date:
    """A date as people type it."""
    try:
        return date.fromisoformat(text)
    except ValueError as problem:
        raise UsageError(f"--until {text}: no date; write it as 2027-01-31") from problem


def _is_over(entry: Entry, today: date) -> bool:
    return entry.until is not None and date.fromisoformat(entry.until) < today


def _told(entry: Entry) -> str:
    return f"{entry.rule} at {entry.path or '/'} of {entry.contract}"
