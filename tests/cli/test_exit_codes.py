"""One rule for what is wrong with a named file: not there or a word off is 2, not to be read is 3."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from evtrace.cli.run import run

#: Option or command that reads a file → the ending of such a file, and whether words in it can be off.
READERS: dict[str, tuple[str, bool]] = {
    "ingest {logs} --store new.duckdb --map {file}": ("toml", True),
    "check --store {store} --config {file}": ("toml", True),
    "check --store {store} --baseline {file}": ("json", False),
    "case 8123 --store {store} --redact --config {file} -o case.html": ("toml", True),
    "schema check --config {file}": ("toml", True),
    "schema check {schema} --against {folder} --baseline {file}": ("json", False),
    "schema check {schema} --against {folder} --history {file}": ("duckdb", False),
    "schema diff {file} {schema}": ("json", False),
    "schema diff {schema} {file}": ("json", False),
    "schema validate {file} --store {store}": ("json", False),
    "schema validate {schema} --registry {file} --store {store} --type OrderPlaced": ("json", False),
    "why 8123 --store {file}": ("duckdb", False),
    "lag --store {file}": ("duckdb", False),
    "sql SELECT --store {file}": ("duckdb", False),
}

Call = Callable[[str, str], tuple[int, str]]


@pytest.fixture
def call(
    shop_path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Call:
    """Run a command on a file; gives the exit code and what is said."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas/Ok.json").write_text('{"type": "object"}')
    (tmp_path / "logs.jsonl").write_text('{"ts": "2026-03-01T12:00:00Z", "message": "hello"}\n')

    def asked(command: str, file: str) -> tuple[int, str]:
        words = command.format(
            file=file, store=shop_path, schema="schemas/Ok.json", folder="schemas", logs="logs.jsonl"
        )
        code = run(words.split())
        return code, capsys.readouterr().err

    return asked


@pytest.mark.parametrize("command", READERS)
def test_a_file_that_is_not_there_is_a_wrong_word(call: Call, command: str) -> None:
    code, said = call(command, f"none.{READERS[command][0]}")
    assert code == 2 and "none." in said and "no such" in said


@pytest.mark.parametrize("command", READERS)
def test_a_broken_file_is_unreadable(call: Call, command: str) -> None:
    file = Path(f"bad.{READERS[command][0]}")
    file.write_bytes(b"{ = broken")
    code, said = call(command, str(file))
    assert code == 3 and f"bad.{READERS[command][0]}" in said


@pytest.mark.parametrize("command", [one for one, (ending, _) in READERS.items() if ending != "duckdb"])
def test_a_file_that_is_no_text_is_unreadable(call: Call, command: str) -> None:
    file = Path(f"binary.{READERS[command][0]}")
    file.write_bytes(b"\xff\xfe\x00\x01")
    code, said = call(command, str(file))
    assert code == 3 and "binary." in said


@pytest.mark.parametrize("command", [one for one, (_, has_words) in READERS.items() if has_words])
def test_a_word_that_means_nothing_is_a_wrong_word(call: Call, command: str) -> None:
    file = Path("odd.toml")
    file.write_text("[chek]\nsevere = 1\n")
    code, said = call(command, str(file))
    assert code == 2 and "odd.toml" in said and "chek" in said


def test_a_typo_in_the_settings_beside_the_logs_is_told(call: Call) -> None:
    """A gate whose table is misspelt would pass everything."""
    Path("evtrace.toml").write_text("[chek]\nthresholds = []\n")
    code, said = call("check --store {store}", "")
    assert (
        code == 2 and "evtrace.toml:1: evtrace knows no chek; it knows check, flows, redact, schema" in said
    )


@pytest.mark.parametrize(
    "command",
    ["why nobody --store {store} -o {file}", "why nobody --store {store} -ojson={file}", "lag --store none.duckdb --output={file}",
     "flows --no-such-option -o {file}"],
)  # fmt: skip
def test_a_file_gets_what_stdout_would_get(call: Call, command: str) -> None:
    """An older answer in the file would be read as this one."""
    Path("answer.json").write_text('{"evtrace": 1, "status": "ok"}')
    code, said = call(command, "answer.json")
    answer = json.loads(Path("answer.json").read_text())
    assert (code, answer["status"], answer["command"]) == (2, "not_evaluated", command.split(maxsplit=1)[0])
    assert answer["diagnostics"][0] in said


def test_what_is_no_envelope_is_left_alone(call: Call) -> None:
    Path("flow.json").write_text("[]")
    assert call("export nobody --to otlp --store {store} -o {file}", "flow.json")[0] == 2
    assert Path("flow.json").read_text() == "[]"
