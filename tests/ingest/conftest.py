"""Reading logs into a store, and looking at what is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from evtrace.ingest import Options
from evtrace.ingest.run import read
from evtrace.results import SourceSummary
from evtrace.store import Store
from tests.stored import Tables, tables


class Reader:
    """A folder with logs beside a store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store_path = str(folder / "evtrace.duckdb")

    def write(self, name: str, data: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def read(self, *paths: Path | str, **options: Any) -> list[SourceSummary]:
        summaries = read(self.store_path, [str(path) for path in paths], Options(**options))
        for summary in summaries:
            assert summary.units == summary.records + summary.parts + summary.skipped + summary.rejects
        return summaries

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with Store.open(self.store_path, read_only=True) as store:
            return store.rows(sql, params)

    def tables(self) -> Tables:
        return tables(self.store_path)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    yield Reader(tmp_path)


@pytest.fixture
def messages(reader: Reader) -> Callable[[bytes], list[str]]:
    """The messages of the records in a log with these bytes, in order."""

    def read_messages(data: bytes, name: str = "app.log") -> list[str]:
        reader.read(reader.write(name, data))
        return [message for (message,) in reader.rows("SELECT message FROM records ORDER BY record_id")]

    return read_messages
