"""Case files of stores, and the browser that opens them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import evtrace
from evtrace.cli.run import run
from tests.browser.chromium import Browser, found
from tests.hostile_logs import hostile_store

ROOT = Path(__file__).parents[2]

Case = Callable[..., Path]


@pytest.fixture(scope="session")
def kafka_store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store that holds the sample logs of Kafka."""
    path = str(tmp_path_factory.mktemp("pages") / "kafka.duckdb")
    with evtrace.open(path) as logs:
        logs.ingest(str(ROOT / "sample_logs" / "kafka"))
    return path


@pytest.fixture(scope="session")
def hostile_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store whose every text is hostile."""
    return hostile_store(tmp_path_factory.mktemp("hostile"))


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """Write a case file of a store; the command must succeed."""

    def write(store: str, query: str, *args: str) -> Path:
        path = tmp_path / f"case-{len(list(tmp_path.iterdir()))}.html"
        assert run(["case", query, "--store", store, "-o", str(path), *args]) == 0
        return path

    return write


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium, where it is here; where CI runs it must be."""
    if not found() and not os.environ.get("EVTRACE_CI"):
        pytest.skip("no Chromium here; get it with: python -m tests.browser install")
    with Browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="session")
def shots() -> Path:
    """Where screenshots are kept, to be looked at."""
    return Path(os.environ.get("EVTRACE_ARTEFACTS", str(ROOT / "artefacts"))) / "pages"
