"""Lets Ctrl-C end any query."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb


@contextmanager
def ended_by_signals(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Inside, a signal interrupts the query at once.

    Python handles signals in the main thread only, between its own steps; DuckDB may hold that thread with one long
    task. But the number of each signal is written into a pipe right away, and another thread can wait for that.
    """
    if threading.current_thread() is not threading.main_thread():  # it gets no signals
        yield
        return
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    before = signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    watcher = threading.Thread(target=_watch, args=(told, con), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.close(tell)
        watcher.join()
        os.close(told)


def _watch(told: int, con: duckdb.DuckDBPyConnection) -> None:
    while signals := os.read(told, 16):
        if signal.SIGINT in signals:
            con.interrupt()
