"""nats-py lives in an event loop; the shop does not: one loop per connection, run while it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import nats
from nats.js import JetStreamContext

T = TypeVar("T")


class Connection:
    """A connection that is asked in the plain way."""

    def __init__(self, address: str, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self.nats = self.run(nats.connect(address, name=name, allow_reconnect=False))
        self.stream: JetStreamContext = self.nats.jetstream()

    def run(self, asked: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(asked)

    def close(self) -> None:
        self.run(self.nats.close())
        self._loop.close()
