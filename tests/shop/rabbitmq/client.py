"""A service's connection to RabbitMQ: prefetch, publisher confirms, requeue, wait queue, dead letters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pika
from pika.spec import Basic, BasicProperties

from tests.shop.rabbitmq import layout
from tests.shop.transport import Delivery, Outgoing, Place, Reader, Said

_PREFETCH = 3
_PERSISTENT = 2


class Client:
    """One consumer of its group's queue. It reads and publishes on channels of their own."""

    def __init__(self, address: str, reader: Reader) -> None:
        parameters = pika.URLParameters(address)
        parameters.client_properties = {"connection_name": reader.instance}
        parameters.heartbeat = 0  # a slow handler is no dead one
        self._group = reader.group
        self._connection = pika.BlockingConnection(parameters)
        self._inbox = self._connection.channel()
        self._inbox.basic_qos(prefetch_count=_PREFETCH)
        self._outbox = self._connection.channel()
        self._outbox.confirm_delivery()
        self.news: list[Said] = []
        self._seen: Counter[str] = Counter()
        self._skipped: list[int] = []

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
        self._seen[str(about.message_id)] += 1
        return Delivery(
            key=None,
            headers={name: value for name, value in headers.items() if isinstance(value, str)},
            body=body,
            place=_place(self._group, how),
            attempt=self._attempt(how, about, headers),
            native=given,
        )

    def done(self, delivery: Delivery) -> Said:
        """One acknowledgement covers all before it: so a message that was passed over is acknowledged as well."""
        tag, several = int(delivery.place["delivery_tag"]), bool(self._skipped)
        self._inbox.basic_ack(tag, multiple=several)
        self._skipped.clear()
        text = "acknowledged all up to this delivery" if several else "acknowledged"
        return Said(text, {"delivery_tag": tag, "multiple": several})

    def again(self, delivery: Delivery, after_s: float) -> Said:
        if self._group not in layout.WAITS:
            self._inbox.basic_nack(delivery.place["delivery_tag"], requeue=True)
            return Said("nack, requeued", {"delivery_tag": delivery.place["delivery_tag"]})
        how, about, body = delivery.native
        about.expiration = str(int(after_s * 1000))
        self._outbox.basic_publish(layout.WAIT_EXCHANGE, self._group, body, about)
        self._inbox.basic_ack(how.delivery_tag)
        queue = layout.wait_queue(self._group)
        return Said(f"sent to {queue} to try again", {"delivery_tag": how.delivery_tag})

    def dead(self, delivery: Delivery, extra: Mapping[str, str]) -> Said:
        """The broker moves it, and tells where from and why in x-death; it takes no headers of ours."""
        tag = delivery.place["delivery_tag"]
        self._inbox.basic_reject(tag, requeue=False)
        queue = layout.dead_queue(self._group)
        return Said(f"rejected without requeue, dead-lettered to {queue}", {"delivery_tag": tag})

    def skip(self, delivery: Delivery) -> None:
        self._skipped.append(int(delivery.place["delivery_tag"]))

    def close(self) -> None:
        for tag in self._skipped:
            self._inbox.basic_ack(tag)
        self._inbox.cancel()
        self._connection.close()

    def _attempt(self, how: Basic.Deliver, about: BasicProperties, headers: Mapping[str, Any]) -> int:
        """Wait queues count in x-death, quorum queues in x-delivery-count; a classic queue only says `again`."""
        if self._group in layout.WAITS:
            deaths = headers.get("x-death", [])
            waited = [death for death in deaths if death["queue"] == layout.wait_queue(self._group)]
            return 1 + sum(int(death["count"]) for death in waited)
        if self._group in layout.QUORUM:
            return 1 + int(headers.get("x-delivery-count", 0))
        return max(self._seen[str(about.message_id)], 2) if how.redelivered else 1


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
    return BasicProperties(
        content_type="application/json",
        delivery_mode=_PERSISTENT,
        message_id=layout.header(message.headers, "id"),
        correlation_id=layout.header(message.headers, "correlationid"),
        type=layout.header(message.headers, "type"),
        timestamp=message.sent_ns // 1_000_000_000,
        app_id=app,
        headers=dict(message.headers),
    )
