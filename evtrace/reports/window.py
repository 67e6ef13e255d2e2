"""From when until when: `30m` counts back from the end of the evidence, or a moment is named."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from evtrace.errors import UsageError
from evtrace.model import NS_PER_S
from evtrace.store import Store

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_AGO = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Window:
    """Times between two moments; None: open."""

    since: int | None = None
    until: int | None = None


def window(store: Store, since: str | None, until: str | None) -> Window:
    """Read --since and --until against the end of the evidence in the store."""
    asked = Window(moment(store, "--since", since), moment(store, "--until", until))
    if asked.since is not None and asked.until is not None and asked.since > asked.until:
        raise UsageError(f"--since {since} is later than --until {until}: no time lies between them")
    return asked


def moment(store: Store, option: str, text: str | None) -> int | None:
    """Read the time that an option names, against the end of the evidence."""
    if text is None:
        return None
    end = store.value("SELECT MAX(last_ts) FROM flows") or 0
    return _moment(option, text, end)


def _moment(option: str, text: str, end: int) -> int:
    ago = _AGO.fullmatch(text.strip())
    if ago:
        return end - int(float(ago[1]) * _SECONDS[ago[2]] * NS_PER_S)
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(
            f"{option} {text}: neither a time back from the end of the logs (30m, 2h, 1d) nor a moment "
            "(2026-03-01T12:00:00Z)"
        ) from None
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (zoned - _EPOCH) // timedelta(microseconds=1) * 1000
