"""Compare ingest with DuckDB's own reading of the same file, in one run, and time `why` and `--help`.

    python benchmarks/ingest.py [--millions 2] [--repeat 3]

Prints a Markdown table of medians, and the ratios that the project promises.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

COLUMNS = {
    "timestamp": "VARCHAR", "level": "VARCHAR", "service": "VARCHAR", "instance": "VARCHAR", "kind": "VARCHAR",
    "channel": "VARCHAR", "partition": "INTEGER", "offset": "BIGINT", "group": "VARCHAR", "event_id": "VARCHAR",
    "event_type": "VARCHAR", "correlation_id": "VARCHAR", "causation_id": "VARCHAR", "key": "VARCHAR", "payload": "JSON",
}  # fmt: skip

DUCKDB = """
import duckdb, sys
con = duckdb.connect(sys.argv[2])
con.execute("SET enable_progress_bar = FALSE")
con.execute("CREATE TABLE t AS SELECT * FROM read_json(?, format = 'newline_delimited', columns = {columns})", [sys.argv[1]])
con.close()
"""
STORE_ONLY = """
import sys
from evtrace.cli import tune
tune()
from evtrace.ingest.run import Options, read
read(sys.argv[2], [sys.argv[1]], Options())
"""


@dataclass(frozen=True)
class Cost:
    """What one process took: seconds on the wall, seconds of both cores, peak MiB."""

    seconds: float
    cpu_seconds: float
    peak_mib: float


def timed(command: list[str]) -> Cost:
    # an installed package is compiled; a checkout is, once Python may keep what it compiled
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"failed: {' '.join(command)}")
    return Cost(time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def measure(folder: Path, *, millions: float, repeat: int) -> dict[str, Cost]:
    log, store, plain = folder / "shop.jsonl", folder / "evtrace.duckdb", folder / "plain.duckdb"
    # A process of its own: a child's peak memory counts what its parent held when it was made.
    generator = Path(__file__).with_name("generate.py")
    subprocess.run(
        [sys.executable, str(generator), str(log), "--millions", str(millions)], check=True, stdout=sys.stderr
    )
    evtrace = str(Path(sys.executable).parent / "evtrace")
    duckdb_script = DUCKDB.format(columns="{" + ", ".join(f"'{k}': '{v}'" for k, v in COLUMNS.items()) + "}")
    rows: dict[str, list[Cost]] = {}

    def run(name: str, command: list[str], *, fresh: Path | None = None) -> None:
        if fresh:
            fresh.unlink(missing_ok=True)
        rows.setdefault(name, []).append(timed(command))

    for _ in range(repeat):  # interleaved, so that a slow spell of the machine meets all of them
        run("DuckDB read_json", [sys.executable, "-c", duckdb_script, str(log), str(plain)], fresh=plain)
        run("parse and store", [sys.executable, "-c", STORE_ONLY, str(log), str(store)], fresh=store)
        run("ingest with links", [evtrace, "ingest", str(log), "--store", str(store), "--quiet"], fresh=store)
        order = f"order-{round(millions * 50_000)}"
        run("why", [evtrace, "why", order, "--store", str(store)])
        run("--help", [evtrace, "--help"])
    return {name: _middle(runs) for name, runs in rows.items()}


def _middle(runs: list[Cost]) -> Cost:
    return Cost(
        statistics.median(run.seconds for run in runs),
        statistics.median(run.cpu_seconds for run in runs),
        max(run.peak_mib for run in runs),
    )


def _ratio(cost: float, base: float) -> str:
    return f"{cost / base:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--millions", type=float, default=2.0)
    parser.add_argument("--repeat", type=int, default=3)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(Path(folder), millions=chosen.millions, repeat=chosen.repeat)
    base = rows["DuckDB read_json"]
    print("| step | seconds | ratio | CPU seconds | ratio | peak memory (MiB) |\n|---|---|---|---|---|---|")
    for name, cost in rows.items():
        is_compared = name in ("parse and store", "ingest with links")
        wall = _ratio(cost.seconds, base.seconds) if is_compared else ""
        cpu = _ratio(cost.cpu_seconds, base.cpu_seconds) if is_compared else ""
        print(
            f"| {name} | {cost.seconds:.2f} | {wall} | {cost.cpu_seconds:.2f} | {cpu} | {cost.peak_mib:.0f} |"
        )


if __name__ == "__main__":
    main()
