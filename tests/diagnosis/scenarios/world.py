"""Runs the grocer: messages in partitions, groups that read them one by one, handlers that may fail."""

from __future__ import annotations

import heapq
import itertools
import random
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

from tests.diagnosis.scenarios.facts import Action, Commit, Message, Said, Told
from tests.diagnosis.scenarios.fates import fates
from tests.diagnosis.scenarios.handling import Handling
from tests.diagnosis.scenarios.settings import Setting

#: Waiting longer than this behind another order's trouble makes an order a victim.
_VICTIM_S = 1.0


@dataclass
class Lane:
    """One partition as one group reads it: one message at a time."""

    grp: str
    topic: str
    part: int
    waiting: deque[tuple[Message, float]] = field(default_factory=deque)
    busy: bool = False
    stops_at: float = float("inf")


class World:
    """The run: a clock, the partitions, the lanes."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.shop = setting.shop
        self.rng = random.Random(f"{setting.seed}/world")
        self.fates = {fate.order_id: fate for fate in fates(setting)}
        self.told = Told()
        self.now = 0.0
        self.length = setting.orders * setting.every_s
        self._coming: list[tuple[float, int, Action]] = []
        self._nth = itertools.count()
        self._ends: dict[tuple[str, int], int] = defaultdict(int)
        self.lanes = {
            (grp, topic, part): Lane(grp, topic, part)
            for topic, readers in self.shop.readers.items()
            for grp in readers
            for part in range(self.shop.partitions)
        }
        self.handling = Handling(self)

    def run(self) -> Told:
        """Let every order come, and everything that follows from it."""
        if self.setting.stops:
            self._plan_stops()
        at = 0.0
        for fate in self.fates.values():
            at += self.rng.expovariate(1 / self.setting.every_s)
            self.at(at, lambda fate=fate: self.handling.order(fate))  # type: ignore[misc]  # mypy sees no default
        while self._coming:
            self.now, _, action = heapq.heappop(self._coming)
            action()
        self.told.ended = self.now
        return self.told

    def at(self, when: float, action: Action) -> None:
        heapq.heappush(self._coming, (when, next(self._nth), action))

    def say(self, act: str, message: Message | None, by: Said, **more: Any) -> None:
        """Write a line as the one who `by` is, at this moment."""
        facts = {"at": self.now, "act": act, "message": message, "level": "info", **more}
        self.told.said.append(Said(service=by.service, instance=by.instance, worker=by.worker, **facts))

    def send(self, message: Message) -> None:
        """Append a message to its partition, and let the groups have it."""
        latency = self.rng.uniform(0.001, 0.006)
        self.at(self.now + latency, lambda: self._append(message))

    def new_id(self) -> str:
        bits = f"{self.rng.getrandbits(128):032x}"
        return f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-a{bits[17:20]}-{bits[20:]}"

    def _append(self, message: Message) -> None:
        slot = (message.topic, message.part)
        message.pos = self._ends[slot]
        self._ends[slot] += 1
        message.headers.setdefault("appended", str(self.now))
        self.told.stored.append(message)
        for grp in self.shop.readers.get(message.topic, ()):
            lane = self.lanes[(grp, message.topic, message.part)]
            lane.waiting.append((message, self.now))
            self.at(self.now + self.rng.uniform(0.001, 0.02), lambda lane=lane: self._turn(lane))  # type: ignore[misc]

    def _turn(self, lane: Lane) -> None:
        if lane.busy or not lane.waiting:
            return
        message, since = lane.waiting.popleft()
        if self.now >= lane.stops_at:
            self._missed(lane, message)
            self._turn(lane)
            return
        fate = self.fates[message.order_id]
        fate.victim = fate.victim or self.now - since > _VICTIM_S
        lane.busy = True
        done = self.now + self.handling.handle(lane.grp, message)
        self.at(done, lambda: self._done(lane, message))

    def _done(self, lane: Lane, message: Message) -> None:
        self.told.commits.append(Commit(self.now, lane.grp, lane.topic, lane.part, message.pos + 1))
        lane.busy = False
        self._turn(lane)

    def _missed(self, lane: Lane, message: Message) -> None:
        """A reader that has stopped: the truth is written down for those whom it should have served."""
        if (lane.grp, message.event_type) in self.shop.handles:
            self.told.stopped.setdefault(message.order_id, []).append((lane.grp, message.event_type))

    def _plan_stops(self) -> None:
        """One partition of a reader hangs for the last tenth; another reader is gone for the last hundredth."""
        hung = self.rng.randrange(self.shop.partitions)
        for (grp, topic, part), lane in self.lanes.items():
            if ((grp, topic), part) == (self.shop.hangs, hung):
                lane.stops_at = self.length * 0.88
            if grp == self.shop.gone:
                lane.stops_at = self.length * 0.985
