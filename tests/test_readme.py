"""The README's commands run, and print what it shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from evtrace.cli.run import run

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
CONSOLE = re.findall(r"```console\n(.*?)```", README, re.S)
COMMANDS = [
    line.split("  #")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", README, re.S)
    for line in block.splitlines()
]


def sessions() -> list[tuple[str, str]]:
    """Each command of the console blocks with the output shown under it."""
    parts = [part for block in CONSOLE for part in re.split(r"^\$ ", block, flags=re.M) if part]
    return [(command.strip(), shown) for command, _, shown in (part.partition("\n") for part in parts)]


@pytest.fixture(scope="module")
def in_checkout(tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        patch.setenv("EVTRACE_STORE", str(tmp_path_factory.mktemp("readme") / "evtrace.duckdb"))
        assert run(["ingest", "sample_logs/kafka", "--quiet"]) == 0
        yield


@pytest.mark.parametrize(("command", "shown"), sessions(), ids=[command for command, _ in sessions()])
def test_a_session_prints_what_the_readme_shows(
    in_checkout, capsys, request, command: str, shown: str
) -> None:
    assert run(shlex.split(command)[1:]) == 0
    printed = capsys.readouterr().out
    if request.config.getoption("--update-golden") and printed != shown:
        text = README.replace(f"$ {command}\n{shown}", f"$ {command}\n{printed}")
        (ROOT / "README.md").write_text(text)
        return
    assert printed == shown


@pytest.mark.parametrize("command", [c for c in COMMANDS if re.match(r"evtrace (why|flows|sources|sql)", c)])
def test_a_command_of_the_readme_runs(in_checkout, capsys, command: str) -> None:
    assert run(shlex.split(command)[1:]) == 0, capsys.readouterr().err


def test_the_python_of_the_readme_runs(in_checkout, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    (code,) = re.findall(r"```python\n(.*?)```", README, re.S)
    exec(
        compile(code.replace('"evtrace.duckdb"', repr(os.environ["EVTRACE_STORE"])), "README.md", "exec"), {}
    )
    assert capsys.readouterr().out.startswith(
        "failed PaymentProcessed at shop.payments/0/6 ended as a dead letter"
    )


def test_the_first_screen_has_the_two_commands() -> None:
    first = README.splitlines()[:20]
    assert any("evtrace demo" in line for line in first)
    assert any("-m pytest" in line for line in first)
