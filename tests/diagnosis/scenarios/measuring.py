"""Runs a setting through the real path: logs on disk → ingest → a question per order."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import evtrace
from evtrace.errors import UsageError
from tests.diagnosis.scenarios.run import run
from tests.diagnosis.scenarios.scoring import Score, score
from tests.diagnosis.scenarios.settings import Setting
from tests.diagnosis.scenarios.truth import Truth


@dataclass(frozen=True)
class Measured:
    """A run, how it did, and how long it took."""

    setting: Setting
    score: Score
    lines: int
    ingest_s: float
    why_s: float  # per question


def measure(folder: Path, setting: Setting) -> Measured:
    """Generate, ingest, ask about every order, hold the answers against the truth."""
    truth = run(folder / "logs", setting, truth_path=folder / "truth.jsonl")
    with evtrace.open(str(folder / "store.duckdb")) as logs:
        summary = logs.ingest(str(folder / "logs"))
        began = time.monotonic()
        answers = {one.order_id: answer for one in truth if (answer := _ask(logs, one)) is not None}
        took = time.monotonic() - began
    return Measured(setting, score(truth, answers), summary.records, summary.seconds, took / len(truth))


def _ask(logs: evtrace.Answers, truth: Truth) -> Any:
    """None where the order has no flow, or several."""
    try:
        return logs.why(truth.order_id)
    except UsageError:
        return None
