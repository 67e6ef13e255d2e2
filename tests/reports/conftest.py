"""An empty store that takes evtrace JSON lines and answers commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reports.cases import Logs


@pytest.fixture
def logs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Logs:
    return Logs(tmp_path, capsys.readouterr)
