"""Time the diagnosis on a large store: verdicts of all flows, then `why`, `similar`, `diff` and `flows` as whole processes.

    python -m benchmarks.diagnosis_speed [--millions 10] [--repeat 5] [--store FILE] [--memory 3GB]

Ten records a flow, so that 10 million records are a million flows (delivery_store.py writes them as linking leaves them, with
known faults). Prints a table of Markdown: seconds on the wall, processor seconds, peak memory; medians of the questions.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

#: Ids of events find their flow, as linking leaves them.
_FINDABLE = """
UPDATE stored_events AS e SET h = CAST(hash(r.event_id, 'event') >> 1 AS BIGINT)
FROM records AS r
WHERE r.record_id = e.record_id
"""
_UNJUDGED = """
UPDATE flows SET verdict = NULL, normal = NULL;
DELETE FROM flow_problems;
DELETE FROM flow_causes;
DELETE FROM meta WHERE name LIKE 'judged_%'
"""
_JUDGE = """
import sys
from evtrace.diagnosis.judge import judge
from evtrace.store import Store
with Store.open(sys.argv[1]) as store:
    judge(store)
"""
_EXECUTE = """
import sys
from evtrace.store import Store
with Store.open(sys.argv[1]) as store:
    store.execute(sys.argv[2])
"""
_VALUE = """
import sys
from evtrace.store import Store
with Store.open(sys.argv[1], read_only=True) as store:
    print(store.value(sys.argv[2]))
"""
_SICK = """
SELECT r.event_id AS event_id
FROM flow_causes AS c
JOIN stored_events AS e ON e.flow_id = c.flow_id
JOIN records AS r ON r.record_id = e.record_id
ORDER BY c.flow_id, r.record_id
LIMIT 1 OFFSET 100
"""


@dataclass(frozen=True)
class Taken:
    """What one process took."""

    wall_s: float
    cpu_s: float
    mib: float


def timed(command: Sequence[str], memory: str | None = None) -> Taken:
    """Run a process and say what it took."""
    environment = os.environ | ({"EVTRACE_MEMORY": memory} if memory else {})
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"failed: {' '.join(command)[:200]}")
    return Taken(time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def middle(command: Sequence[str], repeat: int) -> Taken:
    """The medians of several runs, and the highest memory."""
    runs = [timed(command) for _ in range(repeat)]
    return Taken(
        statistics.median(run.wall_s for run in runs),
        statistics.median(run.cpu_s for run in runs),
        max(run.mib for run in runs),
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--millions", type=float, default=10.0)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--store", type=Path, help="keep the store here, and use it where it is there")
    parser.add_argument("--memory", default="3GB", help="what DuckDB may take for the verdicts")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        path = chosen.store or Path(scratch) / "speed.duckdb"
        if not path.exists():
            _run("-m", "benchmarks.delivery_store", str(path), "--millions", str(chosen.millions))
            _run("-c", _EXECUTE, str(path), _FINDABLE)
        _run("-c", _EXECUTE, str(path), _UNJUDGED)
        _measure(path, chosen.memory, chosen.repeat)


def _run(*words: str) -> str:
    """Run Python as a process of its own: a process counts the memory of the one that started it as its own."""
    return subprocess.run([sys.executable, *words], check=True, capture_output=True, text=True).stdout.strip()


def _measure(path: Path, memory: str, repeat: int) -> None:
    print("| step | wall s | CPU s | peak MiB |\n|---|---|---|---|")
    flows = int(_run("-c", _VALUE, str(path), "SELECT COUNT(*) FROM flows"))
    _told(f"verdicts and causes of {flows:,} flows", timed([sys.executable, "-c", _JUDGE, str(path)], memory))
    event_id = _run("-c", _VALUE, str(path), _SICK)
    questions = {
        "why": ("why", event_id),
        "similar": ("similar", event_id),
        "diff --normal": ("diff", event_id, "--normal"),
        "flows": ("flows",),
    }
    for name, words in questions.items():
        command = [sys.executable, "-m", "evtrace", *words, "--store", str(path)]
        _told(f"`evtrace {name}`, whole process", middle(command, repeat))


def _told(what: str, taken: Taken) -> None:
    print(f"| {what} | {taken.wall_s:.2f} | {taken.cpu_s:.2f} | {taken.mib:.0f} |", flush=True)


if __name__ == "__main__":
    main()
