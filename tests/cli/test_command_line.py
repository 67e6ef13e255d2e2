"""The commands as people and programs meet them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evtrace.cli.commands import COMMANDS
from evtrace.cli.output import output
from evtrace.cli.run import run

Golden = Callable[[str, str], None]


@pytest.fixture
def evtrace(
    shop_path: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """Run a command on the shop; gives exit code, stdout and stderr."""
    monkeypatch.setenv("EVTRACE_STORE", shop_path)
    monkeypatch.setenv("COLUMNS", "80")

    def call(*args: str) -> tuple[int, str, str]:
        code = run(args)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.mark.parametrize("order", ["8105", "8123", "8126", "593"])
def test_why_as_text(evtrace: Callable[..., Any], golden: Golden, order: str) -> None:
    code, out, err = evtrace("why", order)
    assert (code, err) == (0, "")
    golden(f"why-{order}.txt", out)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("why-8123.json", ("why", "8123", "-o", "JSON")),
        ("why-8123.md", ("why", "8123", "-o", "markdown")),
        ("why-8128-evidence.txt", ("why", "8128", "--evidence")),
        ("flows.txt", ("flows",)),
        ("flows-failed.json", ("flows", "--verdict", "failed", "--limit", "1", "-o", "json")),
        ("flows.md", ("flows", "--type", "OrderPlaced", "-o", "markdown")),
        ("sources.txt", ("sources", "--explain")),
        ("sources.md", ("sources", "-o", "markdown")),
        ("rejects.txt", ("sources", "--rejects")),
        ("sql.txt", ("sql", "SELECT verdict, COUNT(*) AS n FROM flows GROUP BY verdict ORDER BY verdict")),
        ("sql.json", ("sql", "SELECT 1 AS one, NULL AS none, 'a' AS text, 1.5 AS half", "-o", "json")),
    ],
)
def test_golden_output(evtrace: Callable[..., Any], golden: Golden, name: str, args: tuple[str, ...]) -> None:
    code, out, err = evtrace(*args)
    assert (code, err) == (0, "")
    golden(name, out)


@pytest.mark.parametrize("command", [None, *COMMANDS])
def test_help_is_as_written(evtrace: Callable[..., Any], golden: Golden, command: str | None) -> None:
    code, out, _ = evtrace(*([command] if command else []), "--help")
    assert code == 0
    golden(f"help-{command or 'evtrace'}.txt", out)


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("why", "corr-812"), 2, "unknown id; nearest ids:"),
        (("why", "c-7"), 2, "found as customer in 11 flows"),
        (("why",), 2, "see: evtrace why --help"),
        (("wy", "1"), 2, "Did you mean 'why'?"),
        (("flows", "--verdict", "bad"), 2, "no such verdict; there are completed,"),
        (("flows", "--since", "soon"), 2, "neither a time back"),
        (("flows", "-o", "xml"), 2, "neither a format (text, json, markdown) nor a file"),
        (("flows", "--store", "nowhere.duckdb"), 2, "no such store; make one with: evtrace ingest"),
        (("flows", "--store", __file__), 3, "not an evtrace store"),
        (("flows", "-o", "/no/such/folder/flows.md"), 3, "cannot be written"),
        (("sql", "SELECT"), 2, "the SQL does not run"),
        (("sql", "DELETE FROM flows"), 2, "read-only"),
        (("why", "8126", "--strict"), 4, ""),
        ((), 2, "Usage: evtrace"),
    ],
)
def test_problems_end_in_their_exit_code(
    evtrace: Callable[..., Any], args: tuple[str, ...], code: int, said: str
) -> None:
    got, _, err = evtrace(*args)
    assert got == code
    assert said in err


def test_problems_leave_stdout_empty_and_json_gets_an_envelope(evtrace: Callable[..., Any]) -> None:
    assert evtrace("why", "corr-812")[1] == ""
    code, out, err = evtrace("why", "corr-812", "-o", "json")
    envelope = json.loads(out)
    assert (code, envelope["status"], envelope["command"]) == (2, "not_evaluated", "why")
    assert envelope["data"]["nearest"][0] == {"kind": "correlation", "value": "corr-8123"}
    assert "unknown id" in err


def test_several_flows_are_listed_for_machines_too(evtrace: Callable[..., Any]) -> None:
    data = json.loads(evtrace("why", "c-7", "--output=json")[1])["data"]
    assert (data["total"], len(data["flows"]), data["flows"][0]["identity"]["value"]) == (11, 11, "8126")
    answers = json.loads(evtrace("why", "c-7", "--all", "-o", "json")[1])["data"]["answers"]
    assert len(answers) == 11


def test_the_envelope_has_its_shape(evtrace: Callable[..., Any]) -> None:
    envelope = json.loads(evtrace("why", "8123", "-o", "json")[1])
    assert list(envelope) == ["evtrace", "command", "status", "data", "diagnostics"]
    assert (envelope["evtrace"], envelope["status"]) == (1, "findings")
    data = envelope["data"]
    assert {"query", "flow", "verdict", "cause", "expected", "chain", "time", "findings", "ruled_out", "same_cause",
            "not_seen", "next"} <= data.keys()  # fmt: skip
    assert data["flow"]["started_at"] == "2026-03-01T12:00:10.000000000Z"
    assert data["chain"][1]["parents"][0]["confidence"] == 0.6


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_hostile_text_cannot_reach_the_terminal(evtrace: Callable[..., Any], form: str) -> None:
    out = evtrace("why", "8128", "--evidence", "-o", form)[1]
    assert not [
        char for char in out if (char < " " and char != "\n") or char in "\x7f\x9b" or char in "\u202e\u202c"
    ] or (form == "json" and "\x1b" not in out)


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_the_same_input_gives_the_same_bytes(evtrace: Callable[..., Any], form: str) -> None:
    assert evtrace("why", "593", "-o", form) == evtrace("why", "593", "-o", form)


def test_an_answer_goes_to_a_file(evtrace: Callable[..., Any], tmp_path: Path) -> None:
    ticket = tmp_path / "ticket.MD"
    assert evtrace("why", "8123", "-o", str(ticket)) == (0, "", "")
    assert ticket.read_text(encoding="utf-8").startswith("## 8123: failed\n")


def test_csv_defuses_formulas(evtrace: Callable[..., Any]) -> None:
    out = evtrace("sql", "SELECT '=1+1' AS a, -1 AS b, '-x' AS c, NULL AS d", "-o", "csv")[1]
    assert out == "a,b,c,d\n'=1+1,-1,'-x,\n"


def test_since_counts_back_from_the_end_of_the_logs(evtrace: Callable[..., Any]) -> None:
    rows = json.loads(evtrace("flows", "--since", "30m", "-o", "json")[1])["data"]["rows"]
    assert [row["identity"]["value"] for row in rows] == ["8126"]
    early = ("--since", "2026-03-01T12:00:00Z", "--until", "2026-03-01 12:00:01.5")
    rows = json.loads(evtrace("flows", *early, "-o", "json")[1])["data"]["rows"]
    assert [row["identity"]["value"] for row in rows] == ["8102", "8101"]


def _process(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "evtrace", *args],
        capture_output=True, text=True, encoding="utf-8", env=os.environ | environment, check=False,
    )  # fmt: skip


def test_a_process_ends_with_the_exit_code(shop_path: str) -> None:
    assert _process("why", "nothing-like-it", EVTRACE_STORE=shop_path).returncode == 2
    done = _process("why", "8123", EVTRACE_STORE=shop_path, PYTHONIOENCODING="ascii")
    assert done.returncode == 0 and "✗" in done.stdout


def test_a_closed_pipe_is_no_error(shop_path: str) -> None:
    command = f"{sys.executable} -m evtrace flows --limit 0 -o json --store {shop_path} | head -c 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("{", "")


@pytest.mark.parametrize("args", [("--help",), ("why", "--help"), ("--version",)])
def test_help_loads_nothing_heavy(args: tuple[str, ...]) -> None:
    script = (
        "import sys; from evtrace.cli.run import run; run(sys.argv[1:]); "
        "print([m for m in ('networkx', 'rich', 'asyncio', *(['duckdb'] if len(sys.argv) == 2 else [])) if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script, *args], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("[]")


@pytest.mark.parametrize(
    ("is_terminal", "environment", "expected"),
    [
        (False, {}, (None, False)),
        (True, {"COLUMNS": "60", "TERM": "xterm"}, (60, True)),
        (True, {"COLUMNS": "60", "TERM": "dumb"}, (60, False)),
        (True, {"COLUMNS": "60", "TERM": "xterm", "NO_COLOR": "1"}, (60, False)),
        (True, {"COLUMNS": "5", "TERM": "xterm", "NO_COLOR": ""}, (40, True)),
    ],
)
def test_colour_and_width_only_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch,
    is_terminal: bool,
    environment: dict[str, str],
    expected: tuple[int | None, bool],
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: is_terminal, raising=False)
    screen = output("text").screen
    assert (screen.width, screen.colour) == expected
