"""The labelled cases of delivery reports as evtrace JSON lines, and the commands that judge them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from evtrace.cli.run import run

CASES = Path(__file__).parents[3] / "shared" / "cases" / "delivery"

START = datetime(2026, 3, 1, 12, tzinfo=UTC)

#: The words of the cases, and those of evtrace (design.md §6).
WORDS = {"topic": "channel", "producer": "service", "type": "event_type", "cause_id": "causation_id",
         "corr_id": "correlation_id", "key": "message_key", "host": "instance"}  # fmt: skip

COMMANDS = ("duplicates", "order", "lost")

Record = dict[str, Any]
Capture = Callable[[], Any]


def load(name: str, key: str) -> list[dict[str, Any]]:
    """The cases of a file; none where the shared cases are not beside this repository."""
    path = CASES / name
    return json.loads(path.read_text())[key] if path.exists() else []


def at(seconds: float) -> str:
    """A moment so many seconds after the start, to the nanosecond."""
    whole, part = divmod(round(seconds * 1_000_000_000), 1_000_000_000)
    return f"{START + timedelta(seconds=whole):%Y-%m-%dT%H:%M:%S}.{part:09d}Z"


def line(record: Record) -> Record:
    """A record of a case in the words of evtrace; `ts` and `event_ts` in seconds become moments."""
    named = {WORDS.get(name, name): value for name, value in record.items() if value is not None}
    return named | {name: at(named[name]) for name in ("ts", "event_ts", "publish_ts") if name in named}


class Logs:
    """A store made of evtrace JSON lines, asked through the command line."""

    def __init__(self, folder: Path, capture: Capture) -> None:
        self.folder, self.capture, self.files = folder, capture, 0
        self.store = str(folder / "logs.duckdb")

    def add(self, records: Iterable[Record]) -> Logs:
        """Write records as a file and ingest it."""
        self.files += 1
        path = self.folder / f"records-{self.files}.jsonl"
        path.write_text("".join(json.dumps(line(record)) + "\n" for record in records))
        assert run(["ingest", str(path), "--store", self.store, "--quiet"]) == 0
        self.capture()
        return self

    def ask(self, command: str, *args: str, code: int = 0) -> dict[str, Any]:
        """The envelope of a command."""
        assert run([command, "--store", self.store, "-o", "json", *args]) == code
        answer: dict[str, Any] = json.loads(self.capture().out)
        return answer

    def rows(self, command: str, *args: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.ask(command, *args)["data"]["rows"]
        return rows

    def text(self, command: str, *args: str) -> str:
        assert run([command, "--store", self.store, *args]) == 0
        return str(self.capture().out)

    def counts(self, *args: str, commands: Sequence[str] = COMMANDS) -> dict[str, int]:
        """How many rows each rule has, over all reports."""
        rows = [row for command in commands for row in self.rows(command, *_known(command, args))]
        return dict(Counter(row["rule"] for row in rows))


#: Which options each command takes.
_OPTIONS = {"duplicates": (), "order": ("--bound", "--skew"), "lost": ("--within",)}


def _known(command: str, args: Sequence[str]) -> list[str]:
    pairs = list(zip(args[::2], args[1::2], strict=True))
    return [word for name, value in pairs if name in _OPTIONS[command] for word in (name, value)]
