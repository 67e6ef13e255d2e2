"""An evtrace that ends in the middle: `python -m tests.ingest.killed STATEMENT DELAY_MS WORDS`.

It kills itself so long after it has begun its n-th SQL statement; with statement 0 it lives, and in the end
prints how many statements there were and which of them were commits. So the moment does not depend on how busy
the machine is.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from typing import Any

from evtrace.cli.run import run
from evtrace.store import engine


class Counted:
    """A connection that knows when to die."""

    def __init__(self, con: Any, deadly: int, delay_ms: float) -> None:
        self.con, self.deadly, self.delay_ms = con, deadly, delay_ms
        self.statements, self.commits = 0, list[int]()

    def execute(self, sql: str, *params: Any) -> Any:
        self.statements += 1
        if sql == "COMMIT":
            self.commits.append(self.statements)
        if self.statements == self.deadly:
            self._die()
        return self.con.execute(sql, *params)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.con, name)

    def _die(self) -> None:
        if self.delay_ms:
            threading.Thread(target=self._die_later, daemon=True).start()
        else:
            os.kill(os.getpid(), signal.SIGKILL)

    def _die_later(self) -> None:
        time.sleep(self.delay_ms / 1000)
        os.kill(os.getpid(), signal.SIGKILL)


def main() -> int:
    deadly, delay_ms, *words = sys.argv[1:]
    opened: list[Counted] = []
    connect = engine._connect

    def counted(path: str, read_only: bool) -> Counted:
        opened.append(Counted(connect(path, read_only), int(deadly), float(delay_ms)))
        return opened[-1]

    engine._connect = counted  # type: ignore[assignment]  # it has all that a connection is asked for
    code = run(words)
    if deadly == "0":
        print(json.dumps({"statements": opened[0].statements, "commits": opened[0].commits}))
    return code


if __name__ == "__main__":
    sys.exit(main())
