"""`evtrace similar` and `evtrace diff` on the sample logs, as people and programs meet them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import evtrace
from evtrace.cli.run import run

LOGS = Path(__file__).parents[2] / "sample_logs" / "kafka"

Golden = Callable[[str, str], None]
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = str(tmp_path_factory.mktemp("similar") / "sample.duckdb")
    here = Path.cwd()
    os.chdir(LOGS)  # so that the golden files hold the names of the files alone
    try:
        with evtrace.open(path) as logs:
            logs.ingest(".", at="name")
    finally:
        os.chdir(here)
    yield path


@pytest.fixture
def call(store: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Run a command on the sample logs; gives exit code, stdout and stderr."""
    monkeypatch.setenv("EVTRACE_STORE", store)

    def run_it(*args: str) -> tuple[int, str, str]:
        code = run(args)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run_it


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("similar-stopped.txt", ("similar", "order-8178")),
        ("similar-declined.txt", ("similar", "order-8118", "--limit", "2")),
        ("similar-declined.json", ("similar", "order-8118", "--limit", "1", "-o", "json")),
        ("similar-declined.md", ("similar", "order-8118", "-o", "markdown")),
        ("similar-healthy.txt", ("similar", "order-8101")),
        ("diff-two.txt", ("diff", "order-8118", "order-8101")),
        ("diff-two.md", ("diff", "order-8118", "order-8101", "-o", "markdown")),
        ("diff-two.json", ("diff", "order-8125", "order-8101", "-o", "json")),
        ("diff-contract.txt", ("diff", "order-8110", "--normal")),
        ("diff-stopped.txt", ("diff", "order-8178", "--normal")),
        ("diff-contract.json", ("diff", "order-8110", "--normal", "-o", "json")),
    ],
)
def test_golden_output(call: Call, golden: Golden, name: str, args: tuple[str, ...]) -> None:
    code, out, err = call(*args)
    assert (code, err) == (0, "")
    golden(name, out)


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("similar", "order-9"), 2, "unknown id"),
        (("similar",), 2, "see: evtrace similar --help"),
        (("diff", "order-8118"), 2, "name a second id or take --normal"),
        (("diff", "order-8118", "order-8101", "--normal"), 2, "name a second id or take --normal"),
        (("diff", "order-8118", "order-8118"), 2, "are the same flow"),
        (("diff", "order-8118", "order-9"), 2, "unknown id"),
        (("diff", "order-8118", "order-8101", "--exit-code"), 1, ""),
        (("similar", "order-8101", "--strict"), 0, ""),
        (("diff", "order-8118", "--normal", "-o", "xml"), 2, "neither a format"),
    ],
)
def test_problems_end_in_their_exit_code(call: Call, args: tuple[str, ...], code: int, said: str) -> None:
    got, _, err = call(*args)
    assert got == code
    assert said in err


def _data(call: Call, *args: str) -> Any:
    return json.loads(call(*args, "-o", "json")[1])["data"]


def test_orders_that_the_new_payment_service_broke_are_alike(call: Call) -> None:
    data = _data(call, "similar", "order-8110", "--limit", "0")
    names = {row["identity"]["value"] for row in data["rows"]}
    assert names == {"order-8110", "order-8169"}
    marks = {(one["what"], one["event_type"], one["name"], one["value"]) for one in data["separating"]}
    assert ("field", "PaymentProcessed", "amount", "string") in marks


def test_a_broken_contract_shows_as_a_field_of_another_type(call: Call) -> None:
    rows = _data(call, "diff", "order-8110", "--normal")["payload"]
    found = [row for row in rows if (row["event_type"], row["path"]) == ("PaymentProcessed", "amount")]
    assert [(row["what"], row["left"], row["right"]) for row in found] == [("type", "string", "number")]


def test_what_an_unfinished_flow_lacks_is_told(call: Call) -> None:
    rows = _data(call, "diff", "order-8178", "--normal")["structure"]
    lacking = {row["event_type"] for row in rows if row["what"] == "event" and row["left"] == 0}
    assert lacking == {"ShipmentCreated", "EmailDelivered"}


def test_the_other_way_round_the_sides_change(call: Call) -> None:
    one = _data(call, "diff", "order-8118", "order-8101")
    other = _data(call, "diff", "order-8101", "order-8118")
    counts = {
        (row["what"], row["event_type"], row["service"], row["place"]): (row["left"], row["right"])
        for row in one["structure"]
    }
    turned = {
        (row["what"], row["event_type"], row["service"], row["place"]): (row["right"], row["left"])
        for row in other["structure"]
    }
    assert counts == turned


def test_healthy_flows_differ_in_nothing_that_matters(call: Call) -> None:
    data = _data(call, "diff", "order-8101", "--normal")
    assert (data["structure"], data["order"]) == ([], [])


def test_the_python_door_has_both(store: str) -> None:
    with evtrace.open(store) as logs:
        assert logs.similar("order-8110").flows == 2
        assert logs.diff("order-8110").right.flow_id is None
        assert logs.diff("order-8118", "order-8101").right.name == "order-8101"
