"""`python -m tests.shop.service INSTANCE …`: one service of the shop as a process of its own.

It takes words on standard input (`place ORDER`, `cancel ORDER`) and ends when that closes.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from tests.shop import envelope, transport
from tests.shop.envelope import Envelope, Sender
from tests.shop.errors import Failure
from tests.shop.handlers import HANDLERS, Work
from tests.shop.kinds import KINDS, NEXT_PAYMENT
from tests.shop.memory import Memory
from tests.shop.plan import Plan, plan
from tests.shop.styles import Host
from tests.shop.transport import ADDRESSES, MOST_ATTEMPTS, Delivery, Outgoing, Place, Said

_POLL_S = 0.02
_RETRY_AFTER_S = 0.15
_NO_ANSWER_S = 0.6
_SECOND_CLOCK_MS = 17.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.shop.service", description=__doc__)
    parser.add_argument("instance")
    for name in ("broker", "address"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("folder", "state"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name in ("orders", "seed"):
        parser.add_argument(f"--{name}", type=int, required=True)
    asked = parser.parse_args()
    commands: SimpleQueue[str] = SimpleQueue()
    threading.Thread(target=_listen, args=(commands,), daemon=True).start()
    Service(asked).run(commands)


def _listen(commands: SimpleQueue[str]) -> None:
    for line in sys.stdin:
        commands.put(line.strip())
    commands.put("stop")


class Service:
    """Reads, works, answers, and logs in its own style by its own clock."""

    def __init__(self, asked: argparse.Namespace) -> None:
        name, _, number = asked.instance.rpartition("-")
        broker = transport.broker(asked.broker)
        self.kind = KINDS[name]
        self.memory = Memory(asked.state / f"{name}.db")
        self.has_partitions = broker.has_partitions
        self._prefix = broker.header_prefix
        self._instance = asked.instance
        self._plan: Plan = plan(asked.orders, asked.seed, broker)
        self._clock_ns = int((self.kind.clock_ms + _SECOND_CLOCK_MS * int(number)) * 1_000_000)
        self._log = (asked.folder / f"{asked.instance}.{self.kind.ending}").open("a", encoding="utf-8")
        self._truth = (asked.state / f"{asked.instance}.truth.jsonl").open("a", encoding="utf-8")
        self._client = transport.client(asked.broker, asked.address, self.kind.readers()[int(number)])

    def run(self, commands: SimpleQueue[str]) -> None:
        self._write("info", f"{self.kind.name} {self.kind.version} started")
        print("ready", flush=True)
        while True:
            while not commands.empty():
                word, _, order_id = commands.get().partition(" ")
                if word == "stop":
                    self._stop()
                    return
                self._order(order_id, "OrderPlaced" if word == "place" else "OrderCancelled")
            if delivery := self._client.receive(_POLL_S):
                self._handle(delivery)
            self._tell_news()

    def emit(self, work: Work, event_type: str, *causes: str, times: int = 1, **more: Any) -> str:
        """Publish what follows from the work; the same message again where `times` says so."""
        event = self._next(work.order_id, event_type, work.event.correlation_id, work.event.event_id)
        shown = {name: work.body[name] for name in ("order_id", "customer_id", "amount")}
        self._publish(event, shown | more, (work.event.event_id, *causes), times=times)
        return event.event_id

    def note(self, work: Work, level: str, text: str) -> None:
        self._write(level, text, self._about(work))

    def _order(self, order_id: str, event_type: str) -> None:
        """A customer places an order, or takes it back: the beginning of a flow."""
        order = self._plan.orders[order_id]
        body = {
            "order_id": order_id,
            "customer_id": order.customer_id,
            "amount": order.amount,
            "currency": "EUR",
        }
        if event_type == "OrderCancelled":
            body["reason"] = "cancelled by the customer"
        elif order.fault == "fat_event":
            body["lines"] = [
                {"article": 40_000 + n, "text": f"gift card no. {n:04d}", "price": 1.5} for n in range(220)
            ]
        event = self._next(order_id, event_type, order.correlation_id, None)
        overtakes = event_type == "OrderCancelled" and order.fault == "out_of_order"
        self._publish(event, body, (), split=overtakes)

    def _next(self, order_id: str, event_type: str, correlation: str, cause: str | None) -> Envelope:
        nth = self.memory.count(f"made/{order_id}/{event_type}")
        event_id = self._plan.event_id(order_id, event_type, nth)
        return Envelope(event_id, event_type, correlation, cause if self.kind.names_causes else None)

    def _publish(
        self,
        event: Envelope,
        body: dict[str, Any],
        causes: tuple[str, ...],
        *,
        times: int = 1,
        split: bool = False,
    ) -> None:
        order_id = body["order_id"]
        message = Outgoing(
            ADDRESSES[event.event_type],
            order_id,
            self._headers(event, order_id),
            json.dumps(body).encode(),
            self._now(),
            split,
        )
        for nth in range(times):
            if nth:
                time.sleep(_NO_ANSWER_S)
                self._write("warn", "no answer from the broker in time, sending again", _ids(event, order_id))
            place = self._client.publish(message)
            self._write("info", f"published {event.event_type}", _ids(event, order_id, place))
        for parent in causes or (None,):
            self._reveal(event, parent, order_id)

    def _headers(self, event: Envelope, order_id: str) -> dict[str, str]:
        sender = Sender(self.kind.name, self._version(order_id), self._now())
        if self.kind.dialect == "nservicebus":
            return envelope.nservicebus(event, sender)
        sequence = self.memory.count(f"version/{order_id}") if self.kind.name == "order" else None
        return envelope.cloudevents(self._prefix, event, sender, sequence)

    def _version(self, order_id: str | None) -> str:
        """The next version of payment runs beside the old one, for some orders."""
        is_next = order_id and self.kind.name == "payment" and self._plan.fault(order_id) == "contract_break"
        return NEXT_PAYMENT if is_next else self.kind.version

    def _reveal(self, event: Envelope, parent: str | None, order_id: str) -> None:
        line = {"parent": parent, "child": event.event_id, "type": event.event_type, "order_id": order_id}
        print(
            json.dumps(line | {"named": parent is not None and parent == event.causation_id}),
            file=self._truth,
            flush=True,
        )

    def _handle(self, delivery: Delivery) -> None:
        event, body = envelope.read(delivery.headers, self._prefix), json.loads(delivery.body)
        work = Work(delivery, event, body, self._plan.fault(body["order_id"]))
        if self.kind.name == "fulfilment" and work.fault == "skipped":
            self._client.skip(delivery)
            return
        handler = HANDLERS.get((self.kind.name, event.event_type))
        verb = "consumed" if self.kind.name == "analytics" else "received"
        rest = "" if handler or self.kind.name == "analytics" else ", not handled here"
        self._write("info", f"{verb} {event.event_type}{rest}", self._about(work))
        self._die_if_planned(work)
        if handler:
            time.sleep(self._plan.delay_s(f"{self._instance}/{event.event_id}"))
            try:
                handler(self, work)
            except Failure as problem:
                self._failed(work, str(problem))
                return
        said = self._client.done(delivery)
        if self.kind.logs_acks:
            self._say("debug", said, work)

    def _die_if_planned(self, work: Work) -> None:
        """Be killed in the middle of the work: no word, no acknowledgement."""
        crashes = (
            self.kind.name == "payment" and work.fault == "crash" and work.event.event_type == "OrderPlaced"
        )
        stops = self.kind.name == "fulfilment" and work.fault == "stopped"
        if stops or (crashes and self.memory.once(f"crashed/{work.order_id}")):
            os.kill(os.getpid(), signal.SIGKILL)

    def _failed(self, work: Work, error: str) -> None:
        """Try again later; give up after the last attempt."""
        about = self._about(work) | {"error": error}
        last = work.delivery.attempt >= MOST_ATTEMPTS
        rest = "no tries left" if last else f"attempt {work.delivery.attempt} of {MOST_ATTEMPTS}"
        self._write("error", f"failed to handle {work.event.event_type}, {rest}", about)
        if not last:
            self._say("warn", self._client.again(work.delivery, _RETRY_AFTER_S), work)
            return
        extra = envelope.buried(self.kind.dialect, work.delivery, self.kind.name, error)
        said = self._client.dead(work.delivery, extra)
        self._write(
            "error", f"dead-lettered {work.event.event_type}, {said.text}", self._about(work) | said.fields
        )

    def _about(self, work: Work) -> dict[str, Any]:
        """What a service knows of a message it reads."""
        ids = _ids(work.event, work.order_id, work.delivery.place)
        return ids | {"attempt": work.delivery.attempt}

    def _say(self, level: str, said: Said, work: Work) -> None:
        self._write(level, said.text, (self._about(work) if said.names_event else {}) | said.fields)

    def _tell_news(self) -> None:
        while self._client.news:
            said = self._client.news.pop(0)
            self._write("info", said.text, said.fields)

    def _stop(self) -> None:
        self._client.close()
        self._tell_news()
        self._write("info", f"{self.kind.name} {self.kind.version} stopped")

    def _write(self, level: str, text: str, fields: dict[str, Any] | None = None) -> None:
        fields = fields or {}
        host = Host(self.kind.name, self._instance, self._version(fields.get("order_id")))
        print(self.kind.style(host, self._now(), level, text, fields), file=self._log, flush=True)

    def _now(self) -> int:
        return time.time_ns() + self._clock_ns


def _ids(event: Envelope, order_id: str, place: Place | None = None) -> dict[str, Any]:
    shown = {"event_id": event.event_id, "event_type": event.event_type, **(place or {})}
    shown |= {"correlation_id": event.correlation_id}
    shown |= {"causation_id": event.causation_id} if event.causation_id else {}
    return shown | {"order_id": order_id}


if __name__ == "__main__":
    main()
