"""The time that a user gives to records that have none."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from evtrace.errors import UsageError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_NS = 2**63 - 1


def parse_time_ns(text: str) -> int:
    """A time that a user typed, as nanoseconds; UTC where it names no zone. Raises UsageError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as problem:
        raise UsageError(
            f"--at {text}: no time; write it as 2026-11-20T14:02:11Z, or use --at mtime"
        ) from problem
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    finer = re.search(r"[.]\d{6}(\d{1,3})", text)  # Python keeps microseconds
    ns = (moment - _EPOCH) // timedelta(microseconds=1) * 1000 + int(
        (finer[1] if finer else "0").ljust(3, "0")
    )
    if abs(ns) > _LATEST_NS:
        raise UsageError(
            f"--at {text}: too far away; evtrace counts nanoseconds and reaches from 1678 to 2262"
        )
    return ns
