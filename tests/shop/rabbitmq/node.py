"""A RabbitMQ of one's own: on free ports of the loopback, in a folder of its own, gone afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from base64 import b64encode
from contextlib import suppress
from pathlib import Path
from typing import Any

#: Debian's wrappers in /usr/sbin insist on the users root and rabbitmq; the scripts themselves do not.
_SCRIPTS = Path("/usr/lib/rabbitmq/bin")
_PROGRAMS = ("rabbitmq-server", "rabbitmqctl", "epmd")
_PLUGINS = "[rabbitmq_management,rabbitmq_tracing]."
_CONF = """\
listeners.tcp.1 = 127.0.0.1:{amqp}
management.tcp.ip = 127.0.0.1
management.tcp.port = {management}
collect_statistics_interval = 100
log.file = shop.log
log.file.level = info
vm_memory_high_watermark.absolute = 512MB
disk_free_limit.absolute = 10MB
"""
#: The tracer's folder is told from where the node runs, so that its log names no machine.
#: A quorum queue tells its figures once per tick only, by default every five seconds.
_ADVANCED = """\
[{rabbitmq_tracing, [{directory, "tracing"}]},
 {rabbit, [{quorum_tick_interval, 100}]}].
"""
_ARGUMENTS = "-noinput -kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none"
_READY = "Server startup complete"
_PATIENCE_S = 90
_FAREWELL_S = 20


class Node:
    """A broker with its own name service, cookie, data, settings and log: nothing of an installed node is used."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.amqp, self._management, self._distribution, self._names = _free_ports(4)
        self._env = self._environment()
        self._running: list[subprocess.Popen[Any]] = []

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.amqp}/"

    @property
    def log(self) -> Path:
        return self.folder / "log/shop.log"

    def logged(self) -> str:
        """What it logged since it was ready; before that it tells of this machine."""
        text = self.log.read_text(encoding="utf-8")
        return text[text.rindex("\n", 0, text.index(_READY)) + 1 :]

    @property
    def traces(self) -> Path:
        return self.folder / "tracing"

    def start(self) -> None:
        self._configure()
        self._run("epmd", "-port", str(self._names), "-address", "127.0.0.1")
        server = self._run("rabbitmq-server")
        deadline = time.monotonic() + _PATIENCE_S
        while server.poll() is None and time.monotonic() < deadline:
            if self.log.exists() and _READY in self.log.read_text():
                return
            time.sleep(0.1)
        told = (self.folder / "rabbitmq-server.out").read_text()
        self.stop()
        raise SystemExit(f"rabbitmq-server does not start:\n{told[-2000:]}")

    def stop(self) -> None:
        """End the broker before its name service, each with the group of processes that it leads."""
        while self._running:
            _end(self._running.pop())

    def ctl(self, *words: str) -> str:
        """Give what `rabbitmqctl` prints."""
        command = [_script("rabbitmqctl"), *words]
        told = subprocess.run(
            command,
            env=self._env,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
        return told.stdout

    def api(self, verb: str, path: str, body: str | None = None) -> bytes:
        """Ask the management plugin."""
        url = f"http://127.0.0.1:{self._management}/api/{path}"
        request = urllib.request.Request(url, body.encode() if body else None, method=verb)
        request.add_header("Authorization", f"Basic {b64encode(b'guest:guest').decode()}")
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=_PATIENCE_S) as answer:
            return bytes(answer.read())

    def _configure(self) -> None:
        conf = _CONF.format(amqp=self.amqp, management=self._management)
        (self.folder / "rabbitmq.conf").write_text(conf)
        (self.folder / "advanced.config").write_text(_ADVANCED)
        (self.folder / "plugins").write_text(_PLUGINS)
        (self.folder / "env.conf").touch()

    def _environment(self) -> dict[str, str]:
        foreign = ("RABBITMQ_", "ERL_")
        return {name: value for name, value in os.environ.items() if not name.startswith(foreign)} | {
            "HOME": str(self.folder),  # the cookie lies there
            "LC_ALL": "C.UTF-8",
            "ERL_EPMD_PORT": str(self._names),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": "shop@localhost",
            "RABBITMQ_DIST_PORT": str(self._distribution),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "env.conf"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.folder / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": _ARGUMENTS,
            # the script then becomes the node instead of watching over it: one process to end
            "RABBITMQ_ALLOW_INPUT": "true",
        }

    def _run(self, program: str, *words: str) -> subprocess.Popen[Any]:
        with (self.folder / f"{program}.out").open("wb") as out:
            process = subprocess.Popen(
                [_script(program), *words],
                env=self._env,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._running.append(process)
        return process


def missing() -> list[str]:
    return [name for name in _PROGRAMS if not _find(name)]


def _end(process: subprocess.Popen[Any]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_FAREWELL_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _free_ports(count: int) -> list[int]:
    """All are held until the last is found, so that no two are the same."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    return ports


def _script(name: str) -> str:
    if found := _find(name):
        return found
    raise SystemExit(f"{name} is missing: apt-get install rabbitmq-server")


def _find(name: str) -> str | None:
    return shutil.which(name, path=_SCRIPTS) or shutil.which(name)
