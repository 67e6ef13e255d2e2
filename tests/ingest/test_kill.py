"""A run that is killed at any moment leaves whole sources or none, and the next run makes all good."""

from __future__ import annotations

import gzip
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evtrace.store import Store

KILLS = 24
TABLES = (
    "meta",
    "sources",
    "records",
    "rejects",
    "events",
    "deliveries",
    "edges",
    "flows",
    "record_flows",
    "identities",
    "id_kinds",
    "gluing",
)


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
        for n in range(60_000)
    ]
    (folder / "a.jsonl").write_text("\n".join(events) + "\n")
    (folder / "b.jsonl.gz").write_bytes(
        gzip.compress("\n".join(events[:30_000]).replace('"e-', '"f-').encode())
    )
    text = "".join(
        f"2026-11-20 14:02:{n % 60:02},000 ERROR [main] c.s.Shop: order-{n} failed\njava.lang.Error: {n}\n"
        for n in range(4_000)
    )
    (folder / "c.log").write_text(text)
    return {"a.jsonl": 60_000, "b.jsonl.gz": 30_000, "c.log": 4_000}


def ingest(logs: Path, store: Path) -> list[str]:
    return [sys.executable, "-m", "evtrace", "ingest", str(logs), "--store", str(store), "--quiet"]


def tables(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with Store.open(path, read_only=True) as store:
        return {name: store.rows(f"SELECT * FROM {name} ORDER BY ALL") for name in TABLES}


@pytest.mark.slow
def test_an_ingest_may_be_killed_at_any_moment(tmp_path: Path) -> None:
    expected = write_logs(tmp_path / "logs")
    undisturbed = tmp_path / "undisturbed.duckdb"
    began = time.monotonic()
    subprocess.run(ingest(tmp_path / "logs", undisturbed), check=True)
    seconds = time.monotonic() - began
    dice, store, killed, seen = random.Random(8123), tmp_path / "killed.duckdb", 0, set()
    for _ in range(KILLS):
        process = subprocess.Popen(ingest(tmp_path / "logs", store))
        time.sleep(dice.uniform(0.1, 0.9 * seconds))
        process.send_signal(signal.SIGKILL)
        was_killed = process.wait() == -signal.SIGKILL
        killed += was_killed
        if store.exists():
            seen.add(whole_sources(store, expected))
        if not was_killed:  # it was done: begin anew
            for leftover in tmp_path.glob("killed.duckdb*"):
                leftover.unlink()
    assert killed > KILLS / 2
    assert len(seen) > 1, "the kills met one state only"
    subprocess.run(ingest(tmp_path / "logs", store), check=True)
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
