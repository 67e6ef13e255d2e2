"""The time that a user gives to records that have none: told, of the file, or in its name."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from evtrace.errors import UsageError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_NS = 2**63 - 1


MTIME, NAME = "mtime", "name"
#: A date and a time of day, with or without signs between their parts: `2026-11-20T14-02-11Z`, `20261120-140211`.
_IN_NAME = re.compile(
    r"(?<!\d)(\d{4})-?(\d\d)-?(\d\d)[T_ .-]?(\d\d)[-:._]?(\d\d)(?:[-:._]?(\d\d)(?!\d))?(?:[.,]\d+)?(Z|[+-]\d\d:?\d\d)?(?!\d)"
)


def time_in_name_ns(name: str, zone: str | None = None) -> int | None:
    """The time that a file's name tells, as nanoseconds; in `zone`, else UTC, where it names none."""
    found = _IN_NAME.search(name)
    if found is None:
        return None
    *parts, offset = found.groups(default="")
    try:
        moment = datetime(*(int(part or 0) for part in parts))  # type: ignore[arg-type]  # six whole numbers
        place = datetime.strptime(offset.replace(":", ""), "%z").tzinfo if offset else ZoneInfo(zone or "UTC")
    except ValueError:
        return None
    return (moment.replace(tzinfo=place) - _EPOCH) // timedelta(microseconds=1) * 1000


def parse_time_ns(text: str) -> int:
    """A time that a user typed, as nanoseconds; UTC where it names no zone. Raises UsageError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as problem:
        raise UsageError(
            f"--at {text}: no time; write it as 2026-11-20T14:02:11Z, or use --at mtime (when the file was written) "
            "or --at name (the time in its name)"
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
