"""What the reports look like, and what no log text can do to them."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evtrace.cli.run import run
from tests.reports.cases import Logs, line
from tests.reports.own_cases import did, effect, got, pub

Golden = Callable[[str, str], None]

HOSTILE = "b\x1b[31m\u202e=cmd"

#: A bit of everything, in two files.
BROKER = [
    *(pub(n, n, key=f"o{n % 3}", version=n // 3 + 1, event_ts=n) for n in range(8)),
    pub(8, 8, "e7", key="o1", version=3, event_ts=2),
    effect(4, 0, "p1", "e1", payload={"order": "o1", "amount": 12.5}),
    effect(5, 1, "p2", "e1", payload={"order": "o1", "amount": 12.5}),
]
SERVICE = [
    *(got(n + 0.5, n, "billing") for n in (0, 1, 2, 4, 5)),
    got(6.5, 5, "billing"),
    *(did("commit", n + 0.6, n + 1, "billing") for n in (0, 1, 2, 4, 5)),
    *(got(1 + n, 0, "mail", outcome="error") for n in range(3)),
    did("dead_letter", 4.5, 0, "mail", error="no such address", event_id="e0"),
]


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both files and a store that holds them."""
    folder = tmp_path_factory.mktemp("told")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, records in (("broker.jsonl", BROKER), ("service.jsonl", SERVICE)):
            Path(name).write_text("".join(json.dumps(line(record)) + "\n" for record in records))
        assert run(["ingest", "broker.jsonl", "service.jsonl", "--quiet"]) == 0
    return folder


@pytest.fixture
def told(
    read: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., str]:
    """Run a command on both files in a folder of its own; gives what it prints."""
    shutil.copytree(read, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    capsys.readouterr()

    def call(*args: str, code: int = 0) -> str:
        assert run(args) == code
        captured = capsys.readouterr()
        assert captured.err == ""
        return captured.out

    return call


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("lag.txt", ("lag", "--over", "2s")),
        ("lag.md", ("lag", "-o", "markdown")),
        ("lag-over.csv", ("lag", "--over", "4s", "-o", "csv")),
        ("duplicates.txt", ("duplicates",)),
        ("duplicates.json", ("duplicates", "--effects", "-o", "json")),
        ("duplicates.md", ("duplicates", "-o", "markdown")),
        ("order.txt", ("order",)),
        ("lost.txt", ("lost",)),
        ("lost.csv", ("lost", "-o", "csv")),
        ("lost.jsonl", ("lost", "--group", "billing", "-o", "jsonl")),
    ],
)  # fmt: skip
def test_golden_output(told: Callable[..., str], golden: Golden, name: str, args: tuple[str, ...]) -> None:
    golden(name, told(*args))


def test_golden_check(told: Callable[..., str], golden: Golden) -> None:
    golden("check.txt", told("check", "--design", code=1))


@pytest.mark.parametrize("command", ["lag", "duplicates", "order", "lost"])
def test_the_same_store_gives_the_same_bytes(told: Callable[..., str], command: str) -> None:
    assert told(command, "-o", "json") == told(command, "-o", "json")


@pytest.mark.parametrize("command", ["lag", "duplicates", "order", "lost"])
def test_the_envelope_has_its_shape(told: Callable[..., str], command: str) -> None:
    envelope = json.loads(told(command, "-o", "json"))
    assert list(envelope) == ["evtrace", "command", "status", "data", "diagnostics"]
    assert (envelope["evtrace"], envelope["command"]) == (1, command)
    assert all(
        {"rule", "severity", "grp", "channel", "part", "pos", "sentence", "evidence"} <= row.keys()
        for row in envelope["data"]["rows"]
    )


def test_rows_can_be_filtered(told: Callable[..., str]) -> None:
    def rules(*args: str) -> set[str]:
        return {row["rule"] for row in json.loads(told(*args, "-o", "json"))["data"]["rows"]}

    assert rules("duplicates", "--group", "mail") == {"redelivery_retry"}
    assert rules("duplicates", "--channel", "payments") == {"duplicate_effect"}
    assert rules("duplicates", "--since", "2026-03-01T12:00:06Z") == {
        "redelivery_unexplained",
        "duplicate_publish",
    }
    assert rules("duplicates", "--until", "2026-03-01T12:00:05Z") == {"redelivery_retry", "duplicate_effect"}
    assert rules("duplicates", "--flow", "e5") == {"redelivery_unexplained"}


def test_the_limit_cuts_rows_and_says_so(told: Callable[..., str]) -> None:
    whole = json.loads(told("lost", "-o", "json"))["data"]
    short = json.loads(told("lost", "--limit", "1", "-o", "json"))
    assert short["data"]["totals"] == whole["totals"]
    assert len(short["data"]["rows"]) < len(whole["rows"])
    assert any(said.startswith("unseen: 1 of ") for said in short["diagnostics"])


def test_fail_on_ends_in_one(told: Callable[..., str]) -> None:
    told("duplicates", "--fail-on", "error", code=1)
    told("order", "--fail-on", "error", code=0)


def test_findings_are_kept_for_why(told: Callable[..., str]) -> None:
    for command in ("duplicates", "order", "lost"):
        told(command)
    rows = json.loads(told("sql", "SELECT DISTINCT rule FROM findings ORDER BY rule", "-o", "json"))["data"][
        "rows"
    ]
    assert {"duplicate_effect", "dead_letter", "lost", "poison"} <= {rule for (rule,) in rows}
    assert "duplicate_effect" in told("why", "e1")


def test_a_filtered_report_keeps_nothing(told: Callable[..., str]) -> None:
    told("duplicates", "--group", "mail")
    assert json.loads(told("sql", "SELECT COUNT(*) AS n FROM findings", "-o", "json"))["data"]["rows"] == [
        [0]
    ]


def test_new_records_make_findings_void(told: Callable[..., str]) -> None:
    told("duplicates")
    Path("more.jsonl").write_text(json.dumps(line(got(30, 7, "billing"))) + "\n")
    told("ingest", "more.jsonl", "--quiet")
    assert json.loads(told("sql", "SELECT COUNT(*) AS n FROM findings", "-o", "json"))["data"]["rows"] == [
        [0]
    ]


def _hostile(logs: Logs) -> Logs:
    return logs.add(
        [
            pub(0, 0, HOSTILE, topic=HOSTILE),
            *(got(1 + n, 0, HOSTILE, HOSTILE, topic=HOSTILE) for n in range(3)),
        ]
    )


@pytest.mark.parametrize(
    "args", [("lag",), ("duplicates",), ("order",), ("lost",), ("check", "--fail-on", "error")]
)
@pytest.mark.parametrize("form", ["text", "markdown"])
def test_hostile_names_cannot_reach_the_terminal(logs: Logs, args: tuple[str, ...], form: str) -> None:
    _hostile(logs)
    if args[0] == "check" and form == "markdown":
        form = "github"
    run([*args, "--store", logs.store, "-o", form])
    out = logs.capture().out
    assert not [char for char in out if (char < " " and char != "\n") or char in "\x7f\x9b\u202e"]


def test_csv_defuses_formulas(logs: Logs) -> None:
    logs.add([pub(0, 0, "=1+1"), *(got(1 + n, 0, "=cmd|' /C calc'!A0", "=1+1") for n in range(2))])
    assert run(["duplicates", "--store", logs.store, "-o", "csv"]) == 0
    (row,) = csv.DictReader(io.StringIO(logs.capture().out))
    assert row["grp"].startswith("'=") and row["event_id"] == "'=1+1"


def test_the_python_door_gives_the_same_rows(logs: Logs) -> None:
    import evtrace

    logs.add([*(pub(n, n) for n in range(3)), got(3, 0), got(4, 2)])
    with evtrace.open(logs.store) as answers:
        found: list[Any] = [*answers.lost().rows, *answers.duplicates().rows, *answers.order(bound=1).rows]
        assert [row.rule for row in found] == ["lost"]
        assert answers.lag(over=1).rows[0].series[-1].lag_messages == 0
