"""A subscriber to the firehose: all that a queue bound to amq.rabbitmq.trace gets, as JSON lines."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import pika

_EXCHANGE = "amq.rabbitmq.trace"
_PATIENCE_S = 0.3


class Firehose:
    """Listens in a thread and connection of its own until it is told to stop."""

    def __init__(self, url: str, path: Path) -> None:
        self._path = path
        self._over = threading.Event()
        self._connection = pika.BlockingConnection(pika.URLParameters(url))
        self._channel = self._connection.channel()
        self._queue = self._channel.queue_declare("firehose", exclusive=True).method.queue
        self._channel.queue_bind(self._queue, _EXCHANGE, "#")
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop when nothing more comes."""
        self._over.set()
        self._thread.join()

    def _listen(self) -> None:
        with self._path.open("w", encoding="utf-8") as file:
            for how, about, body in self._channel.consume(
                self._queue, auto_ack=True, inactivity_timeout=_PATIENCE_S
            ):
                if how is not None and about is not None and body is not None:
                    _write(file, str(how.routing_key), about.headers or {}, body)
                elif self._over.is_set():
                    break
        self._connection.close()


def _write(file: TextIO, routing_key: str, headers: dict[str, Any], body: bytes) -> None:
    line = {"received_at": datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")}
    line |= {"exchange": _EXCHANGE, "routing_key": routing_key}
    shown = line | {"headers": headers, "payload": body.decode("utf-8", "replace")}
    print(json.dumps(shown, separators=(",", ":"), default=_seconds), file=file, flush=True)


def _seconds(value: object) -> int:
    """AMQP's timestamps have whole seconds, and stand as such in RabbitMQ's own JSON."""
    if isinstance(value, datetime):
        return int(value.replace(tzinfo=UTC).timestamp())
    raise TypeError(type(value).__name__)
