"""nats-py lives in an event loop; the shop does not: each connection has its loop in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

import nats
from nats.js import JetStreamContext

T = TypeVar("T")


class Connection:
    """A connection that is asked in the plain way."""

    def __init__(self, address: str, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.nats = self.run(nats.connect(address, name=name, allow_reconnect=False))
        self.stream: JetStreamContext = self.nats.jetstream()

    def start(self, asked: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(asked, self._loop)

    def run(self, asked: Coroutine[Any, Any, T]) -> T:
        return self.start(asked).result()

    def close(self) -> None:
        self.run(self.nats.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
