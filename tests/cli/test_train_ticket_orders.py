"""Of every order of Train Ticket with error lines the first error that explains the later ones is named."""

from __future__ import annotations

from pathlib import Path

import pytest

import evtrace
from benchmarks.train_ticket import expected, named

_LOGS = Path(__file__).parents[3] / "shared" / "real" / "train-ticket" / "2023-01-29"


@pytest.mark.slow
@pytest.mark.skipif(
    not _LOGS.is_dir(), reason="the real logs of Train Ticket lie beside the repository, and are not there"
)
def test_the_first_explaining_error_is_named_for_every_order(tmp_path: Path) -> None:
    assert len(expected(_LOGS)) >= 14
    with evtrace.open(str(tmp_path / "tickets.duckdb")) as logs:
        logs.ingest(str(_LOGS))
        wrong = [row for row in named(logs, _LOGS) if not row.is_right]
    assert wrong == []
