"""The command line: one small file per command, loaded when it is called."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run evtrace as a process and leave with its exit code."""
    # imports make many objects and no garbage; looking for some costs 15 ms
    gc.set_threshold(100_000)
    from evtrace.cli.run import run

    code = run()
    sys.stdout.flush()
    sys.stderr.flush()
    # everything is written and closed; taking the interpreter apart would cost 30 ms of every answer
    os._exit(code)
