"""Ctrl-C ends a question."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from evtrace.cli.run import run
from evtrace.errors import INTERRUPTED

#: One long task after the other, for many minutes.
_LONG = "SELECT count(*) FROM range(100000000) AS a(n), range(1000) AS b(n) WHERE a.n % 7 = b.n % 5"


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent in another way there")
def test_a_long_query_ends_at_once(tmp_path: Path) -> None:
    log, store = tmp_path / "a.jsonl", tmp_path / "evtrace.duckdb"
    log.write_text('{"event_id": "e-1"}\n')
    assert run(["ingest", str(log), "--store", str(store), "--quiet"]) == 0
    program = "import sys; from evtrace.cli.run import run; sys.exit(run(sys.argv[1:]))"
    words = [sys.executable, "-c", program, "sql", _LONG, "--store", str(store)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as asked:
        for _ in range(20):  # on a busy machine it may take a while to begin
            time.sleep(2)
            asked.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                out, err = asked.communicate(timeout=2)
                break
        else:
            asked.kill()
            pytest.fail("it goes on for all signals")
    assert (asked.returncode, out, err) == (INTERRUPTED, "", "evtrace: interrupted\n")
