"""Stores that are exported: the shop written by hand, and real logs of a shop on Kafka."""

from __future__ import annotations

from pathlib import Path

import pytest

import evtrace

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def kafka_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store that holds the sample logs of Kafka."""
    path = str(tmp_path_factory.mktemp("bridges") / "kafka.duckdb")
    with evtrace.open(path) as logs:
        logs.ingest(str(ROOT / "sample_logs" / "kafka"))
    return path


@pytest.fixture(params=["shop", "kafka"])
def store_path(request: pytest.FixtureRequest, shop_path: str) -> str:
    """Each of them."""
    return shop_path if request.param == "shop" else str(request.getfixturevalue("kafka_path"))
