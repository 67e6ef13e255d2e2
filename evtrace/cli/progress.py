"""A progress bar on stderr, only where a terminal is."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePath

from evtrace.ingest import Progress
from evtrace.present.terminal import clean

_WIDTH, _EVERY_S = 24, 0.1
_ERASE = "\r\x1b[K"


@contextmanager
def progress_bar(*, is_quiet: bool) -> Iterator[Callable[[Progress], None] | None]:
    """Give what ingest reports to; None where nobody watches."""
    if is_quiet or not sys.stderr.isatty():
        yield None
        return
    bar = _Bar()
    try:
        yield bar.tell
    finally:
        sys.stderr.write(_ERASE)
        sys.stderr.flush()


class _Bar:
    def __init__(self) -> None:
        self._began = time.monotonic()
        self._told = 0.0

    def tell(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._told < _EVERY_S:
            return
        self._told = now
        sys.stderr.write(_ERASE + line(progress, now - self._began))
        sys.stderr.flush()


def line(progress: Progress, seconds: float) -> str:
    """'[######------] 48 %  812,000 records  405,000/s  3 s left  broker.json'."""
    share = min(progress.bytes_done / progress.bytes_total, 1.0) if progress.bytes_total else 0.0
    bar = "#" * round(share * _WIDTH)
    speed = progress.records / seconds if seconds > 0 else 0.0
    left = f"{seconds / share - seconds:.0f} s left" if share > 0 else ""
    name = clean(PurePath(progress.source).name)[:30]
    return f"[{bar:-<{_WIDTH}}] {share:4.0%}  {progress.records:,} records  {speed:,.0f}/s  {left}  {name}"
