"""The pictures in the documentation are what the documented commands draw from the sample logs."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

import evtrace
from evtrace.cli.run import run
from tests.pictures.drawn_svg import overlaps, texts

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"

#: Picture → the command that draws it.
COMMANDS = {
    "order-8123.svg": "graph order-8123",
    "order-8123-sequence.svg": "graph order-8123 --sequence",
    "topology.svg": "graph",
}


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("docs") / "kafka.duckdb")
    with evtrace.open(path) as logs:
        logs.ingest(str(ROOT / "sample_logs" / "kafka"))
    return path


def test_every_picture_has_its_command() -> None:
    assert {path.name for path in PICTURES.glob("*.svg")} == COMMANDS.keys()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_picture_says_what_its_command_says(
    kafka: str, graphviz: None, tmp_path: Path, request: pytest.FixtureRequest, name: str
) -> None:
    drawn = PICTURES / name if request.config.getoption("--update-golden") else tmp_path / name
    assert run([*shlex.split(COMMANDS[name]), "--store", kafka, "-o", str(drawn)]) == 0
    kept = (PICTURES / name).read_text()
    # places depend on the fonts that are here, words do not
    assert sorted(text.words for text in texts(drawn.read_text())) == sorted(
        text.words for text in texts(kept)
    )
    assert overlaps(kept) == []
    assert len(kept) < 60_000
