"""The progress bar tells how far, how fast and how long."""

from __future__ import annotations

import pytest

from evtrace.cli.progress import line, progress_bar
from evtrace.ingest import Progress


def test_a_line_has_share_speed_and_time_left() -> None:
    shown = line(Progress("logs/bro\x1bker.json", 50, 100, 812_000), 2.0)
    assert shown == "[############------------]  50%  812,000 records  406,000/s  2 s left  bro\\x1bker.json"


def test_nothing_divides_by_zero() -> None:
    assert line(Progress("a", 0, 0, 0), 0.0).startswith("[------------------------]   0%  0 records  0/s")


def test_nobody_is_told_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(is_quiet=False) as progress:
        assert progress is None
    assert capsys.readouterr().err == ""
