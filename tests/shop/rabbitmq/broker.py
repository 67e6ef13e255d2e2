"""RabbitMQ for the shop: what the conductor starts, and what the broker's own tools tell of the run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pika

from tests.shop import packed
from tests.shop.install import packages
from tests.shop.rabbitmq import layout, node
from tests.shop.rabbitmq.firehose import Firehose
from tests.shop.rabbitmq.node import Node
from tests.shop.transport import Reader

_COLUMNS = ("name", "messages_ready", "messages_unacknowledged", "consumers")
_QUIET_S = 0.5
_FIGURES_LATE_S = 0.15
_SAME_ANSWERS = 3


class Broker:
    """A RabbitMQ with its tracing plugin, its firehose and its management plugin on."""

    name: ClassVar[str] = "rabbitmq"
    header_prefix: ClassVar[str] = layout.HEADER_PREFIX
    lacks: ClassVar[frozenset[str]] = frozenset()
    rules: ClassVar[Mapping[str, str | None]] = {
        "crash": "redelivery_disconnect",
        "out_of_order": "redelivery_retry",
        "skipped": "no_follow_up",
    }
    has_partitions: ClassVar[bool] = False

    def __init__(self) -> None:
        self._node: Node | None = None
        self._firehose: Firehose | None = None
        self._groups: list[str] = []

    @staticmethod
    def missing() -> str | None:
        lacking = node.missing()
        return f"{', '.join(lacking)} not found: apt-get install rabbitmq-server" if lacking else None

    @staticmethod
    def install() -> None:
        """Take Debian's package; the service that it brings is not needed and not left running."""
        if not node.missing():
            return
        packages("rabbitmq-server")
        if shutil.which("systemctl") and not os.geteuid():
            subprocess.run(["systemctl", "disable", "--now", "rabbitmq-server"], check=False)

    def start(self, folder: Path) -> str:
        self._node = Node(folder)
        self._node.start()
        for format in ("text", "json"):
            wanted = json.dumps({"format": format, "pattern": "#"})
            self._node.api("PUT", f"traces/%2f/shop-{format}", wanted)
        self._node.ctl("trace_on")
        self._firehose = Firehose(self._node.url, folder / "firehose.jsonl")
        return self._node.url

    def create(self, readers: Iterable[Reader]) -> None:
        readers = list(readers)
        self._groups = sorted({reader.group for reader in readers})
        connection = pika.BlockingConnection(pika.URLParameters(self._up.url))
        layout.declare(connection.channel(), readers)
        connection.close()

    def backlog(self) -> dict[str, int]:
        """The management plugin knows at once, but a moment late, so nothing counts as nothing when it stays so."""
        for _ in range(_SAME_ANSWERS):
            left = self._left(json.loads(self._up.api("GET", "queues/%2f")))
            if any(left.values()):
                break
            time.sleep(_FIGURES_LATE_S)
        return left

    def snapshot(self, folder: Path, moment: str) -> None:
        """As a loop in a shell would do it, with `date` between the tables; the JSON is a file of its own."""
        table = self._queues()
        with (folder / "list_queues.log").open("a", encoding="utf-8") as file:
            file.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n{table}\n")
        told = self._queues("--formatter", "json")
        (folder / f"list_queues.{datetime.now(UTC):%Y-%m-%dT%H-%M-%SZ}.json").write_text(told)

    def capture(self, folder: Path) -> None:
        self._dead_letters(folder)
        self._settle()
        self._stop_firehose()
        up = self._up
        packed.keep(folder, "firehose.jsonl", (up.folder / "firehose.jsonl").read_bytes())
        packed.keep(folder, "trace-text.log", (up.traces / "shop-text.log").read_bytes())
        packed.keep(folder, "trace-json.log", (up.traces / "shop-json.log").read_bytes())
        (folder / "server.log").write_text(up.logged(), encoding="utf-8")

    def stop(self) -> None:
        self._stop_firehose()
        if self._node:
            self._node.stop()
            self._node = None

    def _stop_firehose(self) -> None:
        if self._firehose:
            self._firehose.stop()
            self._firehose = None

    @property
    def _up(self) -> Node:
        if self._node is None:
            raise RuntimeError("the broker is not started")
        return self._node

    def _queues(self, *options: str) -> str:
        return self._up.ctl("list_queues", *_COLUMNS, *options)

    def _left(self, queues: list[dict[str, Any]]) -> dict[str, int]:
        """A queue that is new to the management plugin has no figures there yet."""
        figures = ("messages_ready", "messages_unacknowledged")
        left = {queue["name"]: sum(int(queue.get(figure, 0)) for figure in figures) for queue in queues}
        return {group: left[group] + left[layout.wait_queue(group)] for group in self._groups}

    def _dead_letters(self, folder: Path) -> None:
        """Look into the dead-letter queues as `rabbitmqadmin get` does, and leave them as they are."""
        asked = json.dumps({"count": 1000, "ackmode": "ack_requeue_true", "encoding": "auto"})
        for group in self._groups:
            queue = layout.dead_queue(group)
            if messages := json.loads(self._up.api("POST", f"queues/%2f/{queue}/get", asked)):
                (folder / f"{queue}.json").write_text(json.dumps(messages, indent=1) + "\n")

    def _settle(self) -> None:
        """Wait until the tracers have written all they have."""
        before = -1
        while before != (now := sum(file.stat().st_size for file in self._up.traces.iterdir())):
            before = now
            time.sleep(_QUIET_S)
