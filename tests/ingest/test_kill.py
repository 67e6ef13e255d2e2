"""A run that is killed at any moment leaves whole sources or none, and the next run makes all good."""

from __future__ import annotations

import gzip
import json
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from evtrace.store import Store
from tests.stored import tables

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Moment:
    """When to kill: so long after a statement has begun; 0 is never."""

    statement: int = 0
    delay_ms: float = 0.0
    is_anew: bool = False  # from an empty store; else from what the kill before has left


NEVER = Moment()


def write_logs(folder: Path) -> dict[str, int]:
    """Three sources that are read in three ways; their records by name."""
    folder.mkdir()
    events = [
        json.dumps(
            {
                "ts": f"2026-11-20T14:{n // 60 % 60:02}:{n % 60:02}.{n % 1000:03}Z",
                "kind": ("publish", "receive")[n % 2],
                "service": ("order", "payment")[n % 2],
                "event_id": f"e-{n // 2}",
                "event_type": "OrderPlaced",
                "topic": "orders",
                "partition": 0,
                "offset": n // 2,
                "correlation_id": f"c-{n // 2}",
                "payload": {"order_id": f"order-{n // 2}"},
            }
        )
        for n in range(20_000)
    ]
    (folder / "a.jsonl").write_text("\n".join(events) + "\n")
    (folder / "b.jsonl.gz").write_bytes(
        gzip.compress("\n".join(events[:10_000]).replace('"e-', '"f-').encode())
    )
    text = "".join(
        f"2026-11-20 14:02:{n % 60:02},000 ERROR [main] c.s.Shop: order-{n} failed\njava.lang.Error: {n}\n"
        for n in range(2_000)
    )
    (folder / "c.log").write_text(text)
    return {"a.jsonl": 20_000, "b.jsonl.gz": 10_000, "c.log": 2_000}


def ingest(logs: Path, store: Path, moment: Moment = NEVER) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.ingest.killed", str(moment.statement), str(moment.delay_ms)]
    command += ["ingest", str(logs), "--store", str(store), "--quiet"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def moments(commits: list[int]) -> Iterator[Moment]:
    """Moments between every two commits, and in every commit."""
    dice = random.Random(8123)
    for before, commit in zip([0, *commits], commits, strict=False):
        yield Moment(dice.randint(before + 1, commit), is_anew=True)
        for _ in range(2):
            yield Moment(dice.randint(before + 1, commit), dice.uniform(0, 30))
        yield Moment(commit, dice.uniform(0, 3), is_anew=True)


@pytest.mark.slow
def test_an_ingest_may_be_killed_at_any_moment(tmp_path: Path) -> None:
    expected = write_logs(tmp_path / "logs")
    undisturbed, store = tmp_path / "undisturbed.duckdb", tmp_path / "killed.duckdb"
    commits = json.loads(ingest(tmp_path / "logs", undisturbed).stdout)["commits"]
    assert len(commits) > len(expected)
    kills, killed, seen = list(moments(commits)), 0, set()
    for moment in kills:
        if moment.is_anew:
            for leftover in tmp_path.glob("killed.duckdb*"):
                leftover.unlink()
        code = ingest(tmp_path / "logs", store, moment).returncode
        assert code in (0, -signal.SIGKILL)
        killed += code != 0
        if store.exists():
            seen.add(whole_sources(store, expected))
    assert killed > len(kills) / 2
    assert seen == {0, 1, 2, 3}
    assert ingest(tmp_path / "logs", store).returncode == 0
    assert tables(store) == tables(undisturbed)


def whole_sources(path: Path, expected: dict[str, int]) -> int:
    """How many sources the store holds, each checked to be whole."""
    with Store.open(path) as store:
        held = dict(store.rows("SELECT uri, records FROM sources"))
        stored = dict(
            store.rows(
                "SELECT s.uri, count(*) FROM records AS r JOIN sources AS s USING (source_id) GROUP BY s.uri"
            )
        )
        assert (
            store.value("SELECT count(*) FROM records WHERE source_id NOT IN (SELECT source_id FROM sources)")
            == 0
        )
    assert held == stored
    for uri, records in held.items():
        assert records == expected[Path(uri).name]
    return len(held)
