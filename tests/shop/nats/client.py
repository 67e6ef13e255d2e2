"""A service's connection to JetStream: a durable pull consumer, explicit acknowledgements, nak with a delay, term."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future

from nats.aio.msg import Msg
from nats.errors import ConnectionClosedError
from nats.errors import TimeoutError as NothingToRead

from tests.shop.nats import layout
from tests.shop.nats.loop import Connection
from tests.shop.transport import Delivery, Outgoing, Place, Reader, Said

_ASK_FOR_S = 20.0


class Client:
    """One instance that pulls for its durable consumer, message by message."""

    def __init__(self, address: str, reader: Reader) -> None:
        self.news: list[Said] = []
        self._group = reader.group
        self._asked: Future[list[Msg]] | None = None
        self._connection = Connection(address, reader.instance)
        self._inbox = self._connection.run(
            self._connection.stream.pull_subscribe_bind(reader.group, layout.STREAM)
        )

    def publish(self, message: Outgoing) -> Place:
        return self._store(layout.subject_of(message.address), message.body, layout.headers_of(message))

    def receive(self, patience_s: float) -> Delivery | None:
        """One request lies with the server until it is answered, however often we look."""
        if self._asked is None:
            self._asked = self._connection.start(self._ask())
        try:
            answer = self._asked.result(patience_s)
        except TimeoutError:
            return None
        self._asked = None
        if not answer:
            return None
        [given] = answer
        return Delivery(
            key=None,
            headers=dict(given.headers or {}),
            body=given.data,
            place=_place(given),
            attempt=given.metadata.num_delivered,
            native=given,
        )

    def done(self, delivery: Delivery) -> Said:
        self._connection.run(delivery.native.ack())
        return Said("acknowledged", {})

    def again(self, delivery: Delivery, after_s: float) -> Said:
        self._connection.run(delivery.native.nak(delay=after_s))
        return Said(f"nak, next try in {after_s * 1000:.0f} ms", {})

    def dead(self, delivery: Delivery, extra: Mapping[str, str]) -> Said:
        """JetStream has no dead letters: the service keeps a copy and ends the deliveries of the message."""
        place = self._store(layout.dead_subject(self._group), delivery.body, delivery.headers | dict(extra))
        self._connection.run(delivery.native.term())
        return Said(
            f"term, copy kept in {layout.DEAD_STREAM}",
            {"dlq_stream": place["stream"], "dlq_seq": place["seq"]},
        )

    def skip(self, delivery: Delivery) -> None:
        """Never answered: after the last attempt the server gives up, and its advisory is all that tells of it."""

    def close(self) -> None:
        if self._asked:
            self._asked.cancel()
        self._connection.close()

    async def _ask(self) -> list[Msg]:
        try:
            return await self._inbox.fetch(1, timeout=_ASK_FOR_S)
        except (NothingToRead, ConnectionClosedError):
            return []

    def _store(self, subject: str, body: bytes, headers: dict[str, str]) -> Place:
        stored = self._connection.run(self._connection.stream.publish(subject, body, headers=headers))
        return {"stream": stored.stream, "subject": subject, "seq": stored.seq}


def _place(message: Msg) -> Place:
    at = message.metadata
    return {
        "stream": at.stream,
        "subject": message.subject,
        "seq": at.sequence.stream,
        "consumer_seq": at.sequence.consumer,
    }
