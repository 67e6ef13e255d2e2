"""The demo runs anywhere, on the logs that come with evtrace, and shows what they have to tell."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from evtrace.cli.run import run

TRUTH = Path(__file__).parent.parent / "shop" / "truth" / "kafka.jsonl"


def _demo(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert run(["demo", *words]) == 0
    return capsys.readouterr().out


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_shows_commands_and_answers_and_leaves_nothing(
    capsys: pytest.CaptureFixture[str], elsewhere: Path
) -> None:
    shown = _demo(capsys)
    told = re.findall(r"^\$ evtrace (\w+)", shown, re.M)
    assert told == ["ingest", "flows", "why", "why"]
    assert re.findall(r"^Cause +(.+)", shown, re.M) and "of 80 flows" in shown
    assert "no time; give one" not in shown.replace("kcat.stderr.txt: 17 records have no time", "")
    assert list(elsewhere.iterdir()) == []


def test_its_answers_are_true_and_differ(capsys: pytest.CaptureFixture[str]) -> None:
    truth = {
        row["order_id"]: row for row in map(json.loads, TRUTH.read_text().splitlines()) if "fault" in row
    }
    answers: list[dict[str, Any]] = json.loads(_demo(capsys, "-o", "json"))["data"]["answers"]
    causes = [(one["query"], one["cause"]["kind"], one["cause"]["event_id"]) for one in answers]
    assert causes == [(order, truth[order]["cause"], truth[order]["event_id"]) for order, *_ in causes]
    assert len({kind for _, kind, _ in causes}) == len(causes) == 2
