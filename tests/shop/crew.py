"""The services' processes: started, asked, started again after a crash as an orchestrator would, ended."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from tests.shop.transport import Reader

_RESTART_AFTER_S = 1.5
_PATIENCE_S = 30


@dataclass
class Crew:
    """All instances of all services."""

    command: list[str]  # after which the name of the instance stands
    readers: Sequence[Reader]
    folder: Path  # for what debugging client libraries print
    mortal: str  # the service that nobody starts again
    _running: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    _died: dict[str, float] = field(default_factory=dict)

    def __enter__(self) -> Crew:
        return self

    def start(self) -> None:
        """Start all of them, and wait until each is ready to be given messages."""
        for reader in self.readers:
            self._start(reader)
        for name in tuple(self._running):
            self._await_ready(name)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._running.values():
            if kind and process.poll() is None:
                process.kill()
            assert process.stdin
            process.stdin.close()
        for process in self._running.values():
            _end(process)

    def ask(self, service: str, words: str) -> None:
        process = self._running[f"{service}-0"]
        assert process.stdin
        process.stdin.write(words + "\n")
        process.stdin.flush()

    def look_after(self) -> None:
        """Start again who was killed; a service that fell by itself ends the run."""
        for reader in self.readers:
            process = self._running.get(reader.instance)
            if process and (code := process.poll()) is not None:
                if code != -signal.SIGKILL:
                    raise SystemExit(f"{reader.instance} ended with {code}:\n{_tail(self._errors(reader))}")
                del self._running[reader.instance]
                self._died[reader.instance] = time.monotonic()
            died = self._died.get(reader.instance)
            if died and reader.group != self.mortal and time.monotonic() - died > _RESTART_AFTER_S:
                del self._died[reader.instance]
                self._start(reader)

    @property
    def is_stopped(self) -> bool:
        """Whether the mortal service is gone."""
        return any(name.startswith(f"{self.mortal}-") for name in self._died)

    def _start(self, reader: Reader) -> None:
        with self._errors(reader).open("ab") as errors:
            self._running[reader.instance] = subprocess.Popen(
                [*self.command[:3], reader.instance, *self.command[3:]],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def _await_ready(self, name: str) -> None:
        process = self._running[name]
        assert process.stdout
        if process.stdout.readline() != "ready\n":
            reader = next(reader for reader in self.readers if reader.instance == name)
            raise SystemExit(f"{name} does not start:\n{_tail(self._errors(reader))}")

    def _errors(self, reader: Reader) -> Path:
        return self.folder / f"{reader.instance}.stderr.log"


def command(*words: str) -> list[str]:
    """Give the command that runs a service; its instance goes to the fourth place."""
    return [sys.executable, "-m", "tests.shop.service", *words]


def _end(process: subprocess.Popen[str]) -> None:
    try:
        process.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _tail(file: Path) -> str:
    return "\n".join(file.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
