"""The audit group: two Java consumers that come and go, for the sake of what a Java client logs."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.shop.kafka import jars

_CONSOLE = "org.apache.kafka.tools.consumer.ConsoleConsumer"
_GROUP = "audit"


class Audit:
    """Its first member reads from the start; a second one joins, then the first one leaves."""

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._is_over = False

    def join(self, name: str, address: str, folder: Path) -> None:
        if name in self._running or self._is_over:
            return
        settings = {"client.id": name, "session.timeout.ms": "6000", "heartbeat.interval.ms": "1000"}
        settings |= {"auto.commit.interval.ms": "2000"}
        words = [word for pair in settings.items() for word in ("--consumer-property", "=".join(pair))]
        asked = ("--bootstrap-server", address, "--group", _GROUP, "--from-beginning")
        which = ("--include", r"shop\.(orders|payments|inventory|shipments|emails)")
        with (folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                jars.program(_CONSOLE, *asked, *which, *words, level="INFO"),
                stdout=subprocess.DEVNULL,
                stderr=log,
            )

    def leave(self, name: str) -> None:
        """Ask it to end: it commits and leaves the group."""
        process = self._running.pop(name, None)
        if process is None:
            return
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def end(self) -> None:
        self._is_over = True
        for name in tuple(self._running):
            self.leave(name)
