"""Obtain the brokers: jars through Maven, packages through apt."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable

from tests.shop import transport


def run(names: Iterable[str]) -> None:
    for name in names:
        transport.broker(name).install()
        print(f"{name}: {transport.missing(name) or 'ready'}")


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
