"""Fixtures that several rooms share, and the flag that renews golden files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from evtrace.store import Store
from tests.shop_store import fill_shop

#: CI says the same of the same code, again and again; a developer's run looks for something new each time.
hypothesis.settings.register_profile("ci", derandomize=True, database=None, print_blob=True)
if "EVTRACE_CI" in os.environ:
    hypothesis.settings.load_profile("ci")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write the golden files anew; read the diff"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long come first, so that no worker has to wait for another's at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    waiting = {item.path for item in items if item.get_closest_marker("brokers")}
    items.sort(key=lambda item: (item.path not in waiting, item.path not in slow))


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare text with the bytes of tests/<room>/golden/<name>."""
    folder = Path(request.path).parent / "golden"

    def check(name: str, text: str) -> None:
        path = folder / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(text.encode())
        assert path.exists(), f"{path} is missing; make it with --update-golden"
        assert text.encode() == path.read_bytes()

    return check


@pytest.fixture(scope="session")
def shop_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store on disk that holds the shop's flows, linked and judged."""
    path = str(tmp_path_factory.mktemp("shop") / "shop.duckdb")
    with Store.open(path) as store:
        fill_shop(store)
    return path


@pytest.fixture
def shop(shop_path: str) -> Iterator[Store]:
    """That store, open for questions."""
    with Store.open(shop_path, read_only=True) as store:
        yield store
