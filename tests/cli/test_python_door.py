"""The same answers from Python."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import FrozenInstanceError

import pytest

import evtrace
from evtrace.errors import UsageError
from evtrace.results import WhyAnswer


def test_questions_are_answered_with_frozen_data(shop_path: str) -> None:
    with evtrace.open(shop_path) as logs:
        answer = logs.why("order-8123")
        assert isinstance(answer, WhyAnswer)
        assert (answer.verdict, answer.query) == ("failed", "order-8123")
        assert len(logs.why("c-7", all=True)) == 11
        assert logs.flows(verdicts=["stuck"]).total == 1
        assert logs.sources()[0].uri == "shop.log"
        assert logs.sql("SELECT 1 AS one").rows == ((1,),)
        assert logs.graph("8123").number_of_nodes() == 8
    with pytest.raises(FrozenInstanceError):
        answer.verdict = "completed"  # type: ignore[misc]  # that is the point


def test_a_store_that_is_not_there_is_said_when_asked() -> None:
    with pytest.raises(UsageError, match="no such store"):
        evtrace.open("nowhere.duckdb").flows()


def test_importing_costs_nothing() -> None:
    script = "import evtrace, sys; print(sorted(m for m in sys.modules if m.startswith(('evtrace.', 'duckdb', 'networkx', 'typer'))))"
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "[]"
