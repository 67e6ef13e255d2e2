"""The time that a user gives to records that have none."""

from __future__ import annotations

from datetime import UTC, datetime

from evtrace.errors import UsageError
from evtrace.model import NS_PER_S


def parse_time_ns(text: str) -> int:
    """A time that a user typed, as nanoseconds. Raises UsageError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as problem:
        raise UsageError(f"--at {text}: no time; write it as 2026-11-20T14:02:11Z, or use --at mtime") from problem
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * NS_PER_S + moment.microsecond * 1000
