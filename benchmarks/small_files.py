"""Ingest many small logs of one kind; print time and peak memory of the process.

python benchmarks/small_files.py [--files 300] [--lines 20]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from ingest import timed


def logback(file: int, line: int) -> str:
    trace = "java.lang.IllegalStateException: closed\n\tat c.e.shop.A.b(A.java:1)\n" if line % 5 == 0 else ""
    time = f"2026-11-20 14:{file % 60:02}:{line % 60:02},{line % 1000:03}"
    return f"{time} INFO  [main] c.e.shop.Service{file % 7} - handled orderId=order-{file}-{line} in 3 ms\n{trace}"


def jsonl(file: int, line: int) -> str:
    time = f"2026-11-20T14:{file % 60:02}:{line % 60:02}Z"
    return (
        json.dumps({"timestamp": time, "level": "info", "msg": f"handled order-{file}-{line}", "n": line})
        + "\n"
    )


def docker(file: int, line: int) -> str:
    lines = logback(file, line).splitlines(keepends=True)
    rows = ({"log": text, "stream": "stdout", "time": f"2026-11-20T14:02:{line % 60:02}Z"} for text in lines)
    return "".join(json.dumps(row) + "\n" for row in rows)


def fields(file: int, line: int) -> str:
    """As logback, but no two services name their fields alike."""
    return logback(file, line).replace("orderId=", f"field{file}=")


KINDS: dict[str, Callable[[int, int], str]] = {
    "logback": logback, "logback, fields of many names": fields, "JSON lines": jsonl, "docker around logback": docker
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--lines", type=int, default=20)
    chosen = parser.parse_args()
    print(f"| {chosen.files} files of {chosen.lines} records | seconds | peak memory (MiB) |\n|---|---|---|")
    for name, make in KINDS.items():
        with tempfile.TemporaryDirectory() as folder:
            logs = Path(folder) / "logs"
            logs.mkdir()
            for file in range(chosen.files):
                (logs / f"svc-{file:04}.log").write_text("".join(make(file, n) for n in range(chosen.lines)))
            command = [sys.executable, "-m", "evtrace", "ingest", str(logs), "--quiet"]
            seconds, memory = timed([*command, "--store", str(Path(folder) / "evtrace.duckdb")])
        print(f"| {name} | {seconds:.1f} | {memory:.0f} |", flush=True)


if __name__ == "__main__":
    main()
