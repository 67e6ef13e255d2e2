"""A service's connection to RabbitMQ: prefetch, publisher confirms, requeue, wait queue, dead letters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pika
from pika.spec import Basic, BasicProperties

from tests.shop import envelope
from tests.shop.rabbitmq import layout
from tests.shop.transport import Delivery, Outgoing, Place, Reader, Said

_PREFETCH = 3
_PERSISTENT = 2
_ATTEMPTS = "x-attempts"


class Client:
    """One consumer of its group's queue. It reads and publishes on channels of their own."""

    def __init__(self, address: str, reader: Reader) -> None:
        parameters = pika.URLParameters(address)
        parameters.client_properties = {"connection_name": reader.instance}
        parameters.heartbeat = 0  # a slow handler is no dead one
        self._group = reader.group
        self._connection = pika.BlockingConnection(parameters)
        self._inbox = self._connection.channel()
        self._inbox.basic_qos(prefetch_count=1 if reader.group in layout.FAIR else _PREFETCH)
        self._outbox = self._connection.channel()
        self._outbox.confirm_delivery()
        self.news: list[Said] = []

    def publish(self, message: Outgoing) -> Place:
        exchange = layout.exchange_of(message.address)
        self._outbox.basic_publish(exchange, message.address, message.body, _properties(message, self._group))
        return {"exchange": exchange, "routing_key": message.address}

    def receive(self, patience_s: float) -> Delivery | None:
        given = next(self._inbox.consume(self._group, inactivity_timeout=patience_s))
        how, about, body = given
        if how is None or about is None or body is None:
            return None
        headers = about.headers or {}
        return Delivery(
            key=None,
            headers={name: value for name, value in headers.items() if isinstance(value, str)},
            body=body,
            place=_place(self._group, how),
            attempt=_attempt(how, headers),
            native=given,
        )

    def done(self, delivery: Delivery) -> Said:
        tag = int(delivery.place["delivery_tag"])
        self._inbox.basic_ack(tag)
        return Said("acknowledged", {"delivery_tag": tag})

    def again(self, delivery: Delivery, after_s: float) -> Said:
        """Let it wait in a queue of its own, from which it comes back; some groups try at once before."""
        tag = int(delivery.place["delivery_tag"])
        if delivery.attempt == 1 and self._group in layout.HASTY:
            self._inbox.basic_nack(tag, requeue=True)
            return Said("nack, requeued", {"delivery_tag": tag})
        _, about, body = delivery.native
        about.expiration = str(int(after_s * 1000))
        about.headers = (about.headers or {}) | {_ATTEMPTS: delivery.attempt}
        self._outbox.basic_publish(layout.WAIT_EXCHANGE, self._group, body, about)
        self._inbox.basic_ack(tag)
        text = f"requeued through {layout.wait_queue(self._group)}, next try in {about.expiration} ms"
        return Said(text, {"delivery_tag": tag})

    def dead(self, delivery: Delivery, extra: Mapping[str, str]) -> Said:
        """The broker moves it, and tells where from and why in x-death; it takes no headers of ours."""
        tag = delivery.place["delivery_tag"]
        self._inbox.basic_reject(tag, requeue=False)
        queue = layout.dead_queue(self._group)
        return Said(f"rejected without requeue to {queue}", {"delivery_tag": tag})

    def skip(self, delivery: Delivery) -> None:
        """There is no position to pass: it is acknowledged as if the work were done."""
        self._inbox.basic_ack(delivery.place["delivery_tag"])

    def close(self) -> None:
        self._inbox.cancel()
        self._connection.close()


def _attempt(how: Basic.Deliver, headers: Mapping[str, Any]) -> int:
    """Quorum queues count, a classic queue only says `again`; what was before the wait stands in our own header."""
    before = int(headers.get(_ATTEMPTS, 0))
    return before + 1 + int(headers.get("x-delivery-count", 1 if how.redelivered else 0))


def _place(queue: str, how: Basic.Deliver) -> Place:
    return {
        "exchange": how.exchange,
        "routing_key": how.routing_key,
        "queue": queue,
        "delivery_tag": how.delivery_tag,
        "redelivered": how.redelivered,
    }


def _properties(message: Outgoing, app: str) -> BasicProperties:
    """What a careful client fills in: the ids stand in the properties as well as in the headers."""
    event = envelope.read(message.headers, layout.HEADER_PREFIX)
    return BasicProperties(
        content_type="application/json",
        delivery_mode=_PERSISTENT,
        message_id=event.event_id,
        correlation_id=event.correlation_id,
        type=event.event_type,
        timestamp=message.sent_ns // 1_000_000_000,
        app_id=app,
        headers=dict(message.headers),
    )
