"""Obtain the brokers: jars through Maven, packages through apt."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress

from tests.shop import transport


def run(names: Iterable[str]) -> int:
    """Obtain each of them and say how it stands; the result is the exit code."""
    lacks = {name: _obtain(name) for name in names}
    for name, lack in lacks.items():
        print(f"{name}: {lack or 'ready'}")
    return int(any(lacks.values()))


def _obtain(name: str) -> str | None:
    if name not in transport.NAMES:
        return f"no such broker; there are {', '.join(transport.NAMES)}"
    with suppress(ImportError):  # the client is missing, and is told below
        transport.broker(name).install()
    return transport.missing(name)


def packages(*names: str) -> None:
    """Install Debian packages; only root can, others are told what to ask for."""
    if not shutil.which("apt-get"):
        return
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *names]
    if os.geteuid():
        print(f"not root, please run: sudo {' '.join(command)}", file=sys.stderr)
        return
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    if subprocess.run(command, env=quiet, stdout=sys.stderr, check=False).returncode:
        subprocess.run(["apt-get", "update"], env=quiet, stdout=sys.stderr, check=True)
        subprocess.run(command, env=quiet, stdout=sys.stderr, check=True)
