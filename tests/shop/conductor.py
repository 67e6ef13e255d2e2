"""One run of the shop: broker up, services up, orders placed, all at rest, captures taken, everything gone."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.shop import crew, kinds, packed, transport
from tests.shop.crew import Crew
from tests.shop.plan import FAULTS, Order, Plan, plan
from tests.shop.transport import Broker

_BETWEEN_ORDERS_S = 0.06
_CANCELLED_AFTER_S = 0.05
_CRASH_SEEN_AFTER_S = 1.0
_REST_S = 60
_AFTERWARDS_S = 1.0


@dataclass(frozen=True)
class Wish:
    """What was asked for."""

    broker: str
    folder: Path
    orders: int
    seed: int
    truth: Path | None


def run(wish: Wish) -> None:
    broker = transport.broker(wish.broker)
    decided = plan(wish.orders, wish.seed, broker)
    wish.folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="evtrace-shop-") as scratch:
        store, state = Path(scratch, "broker"), Path(scratch, "state")
        store.mkdir()
        state.mkdir()
        try:
            address = broker.start(store)
            broker.create(kinds.readers())
            with _crew(wish, address, state) as services:
                services.start()
                Run(broker, services, decided, wish.folder).go()
            _keep_debug(state, wish.folder)
            broker.capture(wish.folder)
        finally:
            broker.stop()
        if wish.truth:
            _tell(wish.truth, decided, broker, state)


def _crew(wish: Wish, address: str, state: Path) -> Crew:
    words = [
        "--broker",
        wish.broker,
        "--address",
        address,
        "--folder",
        str(wish.folder),
        "--state",
        str(state),
    ]
    words += ["--orders", str(wish.orders), "--seed", str(wish.seed)]
    return Crew(crew.command(*words), kinds.readers(), state, FAULTS["stopped"].service)


@dataclass
class Run:
    """The orders of the day, one after the other."""

    broker: Broker
    services: Crew
    plan: Plan
    folder: Path
    _watching: list[threading.Thread] = field(default_factory=list)

    def go(self) -> None:
        self._snapshot("start")
        orders = list(self.plan.orders.values())
        for number, (before, order) in enumerate(pairwise([None, *orders])):
            assert order
            if _wants_rest(before, order):
                self._rest()
            self._place(order)
            if number == len(orders) * 3 // 4:
                self._snapshot("late")
        self._rest()
        self._wait(_AFTERWARDS_S)
        self._snapshot("end")
        for thread in self._watching:
            thread.join()

    def _place(self, order: Order) -> None:
        self.services.ask("order", f"place {order.order_id}")
        if order.fault == "out_of_order":
            self._wait(_CANCELLED_AFTER_S)
            self.services.ask("order", f"cancel {order.order_id}")
        if order.fault == "crash":
            self._wait(_CRASH_SEEN_AFTER_S)
            self._snapshot("crash")
        self._wait(_BETWEEN_ORDERS_S)

    def _rest(self) -> None:
        """Wait until every group has done all its work, but for the one that has stopped."""
        end = time.monotonic() + _REST_S
        self._wait(0.3)
        while any(self._busy()):
            if time.monotonic() > end:
                raise SystemExit(f"the shop does not come to rest: {self.broker.backlog()}")
            self._wait(0.1)

    def _busy(self) -> list[str]:
        gone = self.services.mortal if self.services.is_stopped else None
        return [group for group, left in self.broker.backlog().items() if left and group != gone]

    def _wait(self, seconds: float) -> None:
        time.sleep(seconds)
        self.services.look_after()

    def _snapshot(self, moment: str) -> None:
        """Look at the broker while the shop goes on."""
        thread = threading.Thread(target=self.broker.snapshot, args=(self.folder, moment))
        thread.start()
        self._watching.append(thread)


def _wants_rest(before: Order | None, order: Order) -> bool:
    """Trouble strikes alone; but the order that is overtaken waits behind the slow one before it."""
    if before is None or order.fault == "out_of_order":
        return False
    stops = order.fault == "stopped" and before.fault != "stopped"
    return order.alone or before.alone or stops


def _keep_debug(state: Path, folder: Path) -> None:
    """Keep what a debugging client library printed."""
    for reader in kinds.readers():
        said = (state / f"{reader.instance}.stderr.log").read_text(encoding="utf-8", errors="replace")
        if reader.debug and said:
            packed.keep(folder, f"{reader.instance}.client.log", said.encode())


def _tell(path: Path, decided: Plan, broker: Broker, state: Path) -> None:
    faults = [json.dumps(line) for line in decided.truth(broker)]
    edges = [line for file in state.glob("*.truth.jsonl") for line in file.read_text().splitlines()]
    path.write_text("\n".join([*faults, *sorted(edges, key=_order)]) + "\n", encoding="utf-8")


def _order(line: str) -> str:
    return str(json.loads(line)["order_id"])
