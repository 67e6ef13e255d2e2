"""Kafka's own tools: what they print of groups, topics, segments and commits, kept as files."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from tests.shop import packed
from tests.shop.kafka import jars

_PRINT = ("timestamp", "partition", "offset", "headers", "key")
_OFFSETS = "org.apache.kafka.tools.consumer.OffsetsMessageFormatter"
_CONSOLE = "org.apache.kafka.tools.consumer.ConsoleConsumer"
_GROUPS = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"
_LONGEST_S = 60
_WAIT_MS = "6000"  # a group's first member is given its partitions after 3 s
_AT_ONCE = 3


def describe(address: str, folder: Path) -> None:
    """Keep how all groups stand, warnings among it; the output has no time, so the file's name tells it."""
    shown = _run(
        jars.program(_GROUPS, "--bootstrap-server", address, "--describe", "--all-groups"), all_words=True
    )
    (folder / f"kafka-consumer-groups.{_now()}.txt").write_text(shown, encoding="utf-8")


def members(address: str, folder: Path) -> None:
    shown = [
        _run(jars.program(_GROUPS, "--bootstrap-server", address, "--describe", "--all-groups", view))
        for view in ("--state", "--members")
    ]
    (folder / f"kafka-consumer-groups-members.{_now()}.txt").write_text("".join(shown), encoding="utf-8")


def kcat(address: str, folder: Path, topics: list[str]) -> None:
    """Dump every topic as JSON lines, if the machine has kcat."""
    if not shutil.which("kcat"):
        (folder / "kcat.absent").write_text(
            "kcat is not installed here: apt-get install kcat\n", encoding="utf-8"
        )
        return
    commands = [["kcat", "-b", address, "-C", "-t", topic, "-o", "beginning", "-e", "-J"] for topic in topics]
    done = [
        subprocess.run(command, capture_output=True, check=True, timeout=_LONGEST_S) for command in commands
    ]
    packed.keep(folder, "kcat.jsonl", b"".join(each.stdout for each in done))
    (folder / "kcat.stderr.txt").write_bytes(b"".join(each.stderr for each in done))


def console(address: str, folder: Path, counts: Mapping[str, int]) -> None:
    """Print topics with kafka-console-consumer: its lines do not name the topic, the file does."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(partial(_console, address, folder), *zip(*counts.items(), strict=True)))


def _console(address: str, folder: Path, topic: str, count: int) -> None:
    shown = [word for name in _PRINT for word in ("--property", f"print.{name}=true")]
    text = _consume(address, topic, "--from-beginning", "--max-messages", str(count), *shown)
    (folder / f"kafka-console-consumer.{topic}.txt").write_text(text, encoding="utf-8")


def commits(address: str, folder: Path) -> None:
    """Print what the groups committed; by partition, so that the reader itself commits nothing."""
    shown = _consume(
        address, "__consumer_offsets", "--partition", "0", "--offset", "earliest", "--formatter", _OFFSETS
    )
    packed.keep(folder, "consumer_offsets.txt", shown.encode())


def segments(data: Path, folder: Path, topics: list[str]) -> None:
    """Dump the topics' segments, and those of the commits."""
    files = [
        str(file.relative_to(data)) for topic in topics for file in sorted(data.glob(f"{topic}-[0-9]*/*.log"))
    ]
    dump = "kafka.tools.DumpLogSegments"
    shown = _run(jars.program(dump, "--print-data-log", "--files", ",".join(files)), data)
    packed.keep(folder, "kafka-dump-log.txt", shown.encode())
    kept = ",".join(str(file.relative_to(data)) for file in sorted(data.glob("__consumer_offsets-*/*.log")))
    shown = _run(jars.program(dump, "--offsets-decoder", "--files", kept), data)
    packed.keep(folder, "kafka-dump-log.consumer_offsets.txt", shown.encode())


def coordinator(log: Path, folder: Path) -> None:
    """Keep the lines in which the broker tells of its groups."""
    lines = log.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = "".join(line for line in lines if "GroupCoordinator" in line)
    (folder / "kafka-server.log").write_text(kept, encoding="utf-8")


def _consume(address: str, topic: str, *words: str) -> str:
    asked = ("--bootstrap-server", address, "--topic", topic, "--timeout-ms", _WAIT_MS)
    return _run(jars.program(_CONSOLE, *asked, *words))


def _run(command: list[str], where: Path | None = None, *, all_words: bool = False) -> str:
    """Give standard output; a consumer that waits in vain for more ends with an error that is none."""
    errors = subprocess.STDOUT if all_words else subprocess.PIPE
    done = subprocess.run(
        command, cwd=where, stdout=subprocess.PIPE, stderr=errors, text=True, check=False, timeout=_LONGEST_S
    )
    if done.returncode and "TimeoutException" not in (done.stderr or ""):
        raise SystemExit(f"{command[command.index('-cp') + 2]} failed:\n{done.stderr or done.stdout}")
    return done.stdout


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%SZ}"
