"""The command line: one small file per command, loaded when it is called."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run evtrace as a process and leave with its exit code."""
    tune()
    from evtrace.cli.run import run

    code = run()
    sys.stdout.flush()
    sys.stderr.flush()
    # everything is written and closed; taking the interpreter apart would cost 30 ms of every answer
    os._exit(code)


def tune() -> None:
    """Set what only a whole process may set, before DuckDB is loaded."""
    # imports make many objects and no garbage; looking for some costs 15 ms
    gc.set_threshold(100_000)
    # DuckDB's allocator gives memory back after a second, and asks for it anew in the next statement
    os.environ.setdefault("DUCKDB_JE_MALLOC_CONF", "dirty_decay_ms:60000,muzzy_decay_ms:60000")
