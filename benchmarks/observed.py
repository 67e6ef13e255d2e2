"""How fast stored events are judged and described: `python benchmarks/observed.py` prints a table.

Events carry four properties in 85 bytes of JSON (`generate.py`); the store is made first and not measured. CPU seconds
stand beside the wall's, because the machine may be shared.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from evtrace.contract_gate.validate import Wanted, validate
from evtrace.reports import drift, observed
from evtrace.store import Store

TYPES = ("OrderPlaced", "PaymentProcessed", "InventoryReserved", "ShipmentCreated", "EmailDelivered")
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "order_id": {"type": "string"},
        "customer_id": {"type": "string"},
        "amount": {"type": "number", "minimum": 0},
        "currency": {"enum": ["EUR"]},
    },
    "required": ["order_id", "amount"],
}


def store_of(folder: Path, millions: float) -> Path:
    """Half of the records are publishes, and carry a payload."""
    log, store = folder / "shop.jsonl", folder / "evtrace.duckdb"
    generator = Path(__file__).with_name("generate.py")
    subprocess.run(
        [sys.executable, str(generator), str(log), "--millions", str(2 * millions)],
        check=True,
        stdout=sys.stderr,
    )
    words = [sys.executable, "-m", "evtrace", "ingest", str(log), "--store", str(store), "--quiet"]
    subprocess.run(words, check=True)
    return store


def timed(name: str, events: int, promise: str, work: Callable[[], object]) -> str:
    """One row."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return f"| {name} | {events:,} | {promise} | {wall:.1f} s | {cpu:.1f} s | {events / wall:,.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--millions", type=float, default=1.0)
    parser.add_argument("--store", type=Path, help="a store that is there already")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = (chosen.store or store_of(folder, chosen.millions)).resolve()
        (folder / "schemas").mkdir()
        for event_type in TYPES:
            (folder / "schemas" / f"{event_type}.json").write_text(json.dumps(SCHEMA))
        os.chdir(folder)
        with Store.open(path, read_only=True) as store:
            events = store.value("SELECT COUNT(*) FROM events WHERE kind = 'message'")
            print(
                "| what | events | promise | wall | CPU | events per second of wall |\n|---|---|---|---|---|---|"
            )
            print(timed("validate", events, "> 100,000/s", lambda: validate(store, Wanted(("schemas",)))))
            print(timed("infer", events, "< 10 s a million", lambda: observed.run(store, observed.Wanted())))
            print(timed("drift", events, "", lambda: drift.run(store)))
    print(f"\nload: {os.getloadavg()[0]:.1f}", file=sys.stderr)


if __name__ == "__main__":
    main()
