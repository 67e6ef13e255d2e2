"""One KRaft node of one's own on the loopback: broker and controller in one small Java process."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # it names no exports
    AdminClient,
    NewTopic,
    OffsetSpec,
)

from tests.shop.install import packages
from tests.shop.kafka import jars, tools
from tests.shop.kafka.audit import Audit
from tests.shop.kafka.names import PARTITIONS, dead_letters, topics
from tests.shop.transport import Reader

_PATIENCE_S = 60
#: A group rebalances a while after a member was killed, and is empty when its last member's session has expired.
_TELLING_AFTER_S = {"crash": 1.5, "end": 6.0}
_CONFIG = """\
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{broker}
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:{controller}
log.dirs={folder}/data
num.partitions={partitions}
auto.create.topics.enable=false
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
share.coordinator.state.topic.replication.factor=1
group.min.session.timeout.ms=1000
"""


class Broker:
    """Start it, give it topics, ask how far its groups are, end it."""

    name: ClassVar[str] = "kafka"
    header_prefix: ClassVar[str] = "ce_"
    lacks: ClassVar[frozenset[str]] = frozenset()
    rules: ClassVar[Mapping[str, str | None]] = {}
    has_partitions: ClassVar[bool] = True

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._audit = Audit()
        self._reads: dict[str, list[str]] = {}  # group → topics

    @staticmethod
    def missing() -> str | None:
        return jars.missing()

    @staticmethod
    def install() -> None:
        if not shutil.which("kcat"):
            packages("kcat")
        if not shutil.which("java") or not shutil.which("mvn"):
            packages("openjdk-17-jre-headless", "maven")
        jars.install()

    def start(self, folder: Path) -> str:
        self._folder = folder
        ports = _free_ports(2)
        config = folder / "server.properties"
        config.write_text(
            _CONFIG.format(broker=ports[0], controller=ports[1], folder=folder, partitions=PARTITIONS),
            encoding="utf-8",
        )
        _format(folder, config)
        self.address = f"127.0.0.1:{ports[0]}"
        log = (folder / "server.log").open("wb")
        command = jars.program("kafka.Kafka", str(config), heap="384m", level="INFO")
        self._process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        self._wait()
        return self.address

    def create(self, readers: Iterable[Reader]) -> None:
        self._reads = {reader.group: topics(reader.reads) for reader in readers}
        wanted = [NewTopic(name, PARTITIONS, 1) for name in topics()]
        wanted += [NewTopic(dead_letters(group), 1, 1) for group in self._reads]
        for made in self._admin.create_topics(wanted).values():
            made.result(_PATIENCE_S)

    def backlog(self) -> dict[str, int]:
        ends = self._ends(topics())
        return {group: self._behind(group, ends) for group in self._reads}

    def snapshot(self, folder: Path, moment: str) -> None:
        time.sleep(_TELLING_AFTER_S.get(moment, 0))
        tools.describe(self.address, folder)
        if moment == "start":
            self._audit.join("audit-0", self.address, folder)
        if moment == "crash":
            self._audit.join("audit-1", self.address, folder)
        if moment == "late":
            self._audit.leave("audit-0")
        if moment == "end":
            tools.members(self.address, folder)

    def capture(self, folder: Path) -> None:
        self._audit.end()
        tools.describe(self.address, folder)
        tools.commits(self.address, folder)
        stored = self._stored()
        tools.segments(self._folder / "data", folder, list(stored))
        tools.kcat(self.address, folder, list(stored))
        tools.console(self.address, folder, stored)
        tools.coordinator(self._folder / "server.log", folder)

    def stop(self) -> None:
        self._audit.end()
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _wait(self) -> None:
        end = time.monotonic() + _PATIENCE_S
        while time.monotonic() < end and self._process and self._process.poll() is None:
            try:
                self._admin.list_topics(timeout=2)
                return
            except KafkaException:
                time.sleep(0.2)
        self.stop()
        raise SystemExit(f"Apache Kafka does not start:\n{_tail(self._folder / 'server.log')}")

    @cached_property
    def _admin(self) -> AdminClient:
        return AdminClient({"bootstrap.servers": self.address, "log_level": 0})

    def _stored(self) -> dict[str, int]:
        """Count the messages of every topic that has any."""
        counts: dict[str, int] = {}
        for (name, _), end in self._ends([*topics(), *map(dead_letters, self._reads)]).items():
            counts[name] = counts.get(name, 0) + end
        return {name: count for name, count in counts.items() if count}

    def _ends(self, names: Iterable[str]) -> dict[tuple[str, int], int]:
        slots = [(name, part) for name in names for part in range(1 if name.endswith(".dlq") else PARTITIONS)]
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        found = self._admin.list_offsets({TopicPartition(*slot): latest for slot in slots})
        return {
            (where.topic, where.partition): got.result(_PATIENCE_S).offset for where, got in found.items()
        }

    def _behind(self, group: str, ends: dict[tuple[str, int], int]) -> int:
        [asked] = self._admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)]).values()
        done = {(at.topic, at.partition): at.offset for at in asked.result(_PATIENCE_S).topic_partitions}
        return sum(
            end - max(done.get(slot, 0), 0) for slot, end in ends.items() if slot[0] in self._reads[group]
        )


def _format(folder: Path, config: Path) -> None:
    name = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    if name.startswith("-"):  # the tool would take it for an option
        name = "A" + name[1:]
    command = jars.program("kafka.tools.StorageTool", "format", "-t", name, "-c", str(config))
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"Apache Kafka cannot make its store:\n{done.stdout}{done.stderr}")


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [int(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _tail(file: Path) -> str:
    return "\n".join(file.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
