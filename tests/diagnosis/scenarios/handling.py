"""What a service does with a message, by the fate of its order: handle, fail, retry, announce."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.diagnosis.scenarios import payloads
from tests.diagnosis.scenarios.facts import Message, Said
from tests.diagnosis.scenarios.fates import Fate

if TYPE_CHECKING:
    from tests.diagnosis.scenarios.world import World

ERRORS = (
    "connection to the database was reset",
    "timed out after 2000 ms",
    "could not obtain a lock on row",
    "unexpected state of the basket",
    "503 from the upstream service",
)
REMARKS = {
    "warning": ("warn", "query took 812 ms"),
    "not_found": ("warn", "GET /coupons/spring 404 Not Found"),
    "error_line": ("error", "cache is unreachable, answered from the database"),
}
TRIES = 3


class Handling:
    """The services' minds."""

    def __init__(self, world: World) -> None:
        self.world, self.shop = world, world.setting.shop
        self.rng = random.Random(f"{world.setting.seed}/handling")

    def order(self, fate: Fate) -> None:
        """A customer orders; some change the basket at once."""
        world = self.world
        asks = self.shop.services[self.shop.asks]
        me = _voice(asks.name, f"{asks.name}-{self.rng.randrange(asks.instances)}", "http-7")
        correlation = world.new_id()
        ordered = self._message(self.shop.root, fate, me, correlation, cause=None)
        changed = replace(self._message(self.shop.changed, fate, me, correlation, cause=None), sequence=2)
        gap = self.rng.uniform(0.05, 0.4)
        if not fate.changes:
            self._publish(ordered, me)
        elif any(one.fault == "out_of_order" for one in fate.planted):
            # the first send is tried again by the client and lands behind the second
            self._say_sent(ordered, me)
            world.at(world.now + 0.03, lambda: self._publish(changed, me))
            world.at(world.now + gap, lambda: world.send(ordered))
        else:
            self._publish(ordered, me)
            world.at(world.now + gap, lambda: self._publish(changed, me))

    def handle(self, service: str, message: Message) -> float:
        """Handle a message; gives how long that takes."""
        world, fate = self.world, self.world.fates[message.order_id]
        me = _voice(
            service,
            f"{service}-{message.part % self.shop.services[service].instances}",
            f"reader-{message.part}",
        )
        place = (service, message.event_type)
        if place not in self.shop.handles:
            if self.shop.services[service].logs_ignored:
                world.say("ignored", message, me)
            return 0.001
        if fate.fault_at(*place, "lost_delivery", "incomplete_join"):
            return 0.001
        if f"{service} has {message.event_id}" in fate.seen:
            world.say("repeated", message, me)
            return 0.002
        fate.seen.add(f"{service} has {message.event_id}")
        took = 0.0
        for attempt, failure in enumerate(self._failures(fate, message, service), start=1):
            work = self._work(service, fate, message)
            self._later(took, lambda a=attempt: world.say("received", message, me, attempt=a))  # type: ignore[misc]
            self._later(took + work / 2, lambda a=attempt: self._remark(fate, message, me))  # type: ignore[misc]
            took += work
            self._later(took, self._ending(me, message, fate, failure, attempt))
            took += 0.05 * 2**attempt if failure and attempt < TRIES else 0.0
        return took

    def _ending(self, me: Said, message: Message, fate: Fate, failure: str | None, attempt: int) -> Any:
        """What is said and done at the end of an attempt."""
        world = self.world

        def ended() -> None:
            repeats = fate.fault_at(me.service, self._effect(me.service, message), "duplicate_effect")
            if failure is None or (repeats and attempt == 1):
                self._announce(me, message, fate)
            if failure is None:
                if self.shop.services[me.service].logs_handled:
                    world.say("handled", message, me, attempt=attempt)
                return
            label = self._label(fate)
            world.say("failed", message, me, level="error", error=failure, attempt=attempt, order_id=label)
            if attempt == TRIES:
                self._give_up(me, message, fate, failure)

        return ended

    def _failures(self, fate: Fate, message: Message, service: str) -> Iterator[str | None]:
        """Of each attempt, why it fails; None where it goes well."""
        error = f"{self.rng.choice(ERRORS)}"
        place = (service, message.event_type)
        if self._breaks(fate, message, service):
            yield from [payloads.COMPLAINT] * TRIES
        elif fate.fault_at(*place, "handler_error", "dead_letter", "silent_service", "mislabelled"):
            yield from [error] * TRIES
        elif fate.fault_at(service, self._effect(service, message), "duplicate_effect"):
            yield from [error, None]
        elif fate.noise == "retried" and fate.noise_at == place:
            yield from [error] * self.rng.choice((1, 1, 2))
            yield None
        else:
            yield None

    def _breaks(self, fate: Fate, message: Message, service: str) -> bool:
        """The malformed event is too much for who needs the amount: at once, or one hop later."""
        broken = next((one for one in fate.planted if one.fault == "contract_break"), None)
        if broken is None:
            return False
        at_once, later = self.shop.needs_amount
        is_at_once = broken.event_type == self.shop.copied[0] and int(fate.order_id[-1]) % 2
        return (service, message.event_type) == (at_once if is_at_once else later)

    def _give_up(self, me: Said, message: Message, fate: Fate, error: str) -> None:
        planted = fate.fault_at(
            me.service, message.event_type, "handler_error", "mislabelled", "silent_service"
        )
        if planted:
            self.world.say("gave_up", message, me, level="error", error=error, order_id=self._label(fate))
            return
        letter = replace(message, topic=f"{message.topic}.dlq", cause=message.cause, pos=-1)
        letter.headers = {
            "kafka_dlt-original-topic": message.topic,
            "kafka_dlt-original-partition": str(message.part),
            "kafka_dlt-original-offset": str(message.pos),
            "kafka_dlt-original-consumer-group": me.service,
            "kafka_dlt-exception-message": error,
        }
        self.world.send(letter)
        self.world.say("dead_lettered", message, me, level="error", error=error)

    def _label(self, fate: Fate) -> str | None:
        """The order that a failure is logged under, where that is another."""
        if not any(one.fault == "mislabelled" for one in fate.planted):
            return None
        return f"{fate.order_id[:-1]}{(int(fate.order_id[-1]) + 1) % 10}"

    def _announce(self, me: Said, message: Message, fate: Fate) -> None:
        place = (me.service, message.event_type)
        if fate.fault_at(*place, "missing_event", "sick_cohort"):
            return
        for event_type in self._announced(me.service, message, fate):
            made = self._message(event_type, fate, me, message.correlation_id, cause=message)
            self._publish(made, me)
            if fate.noise == "published_twice" and fate.noise_at == place:
                twin = replace(made, pos=-1, headers={})
                self._later(0.3, lambda twin=twin: self.world.send(twin))  # type: ignore[misc]
            if event_type in self.shop.timer[0]:
                self._arrives(made, fate)

    def _announced(self, service: str, message: Message, fate: Fate) -> Iterator[str]:
        """What this message makes the service announce, for this order."""
        refused = next((one for one in fate.planted if one.fault in ("rejected", "compensation")), None)
        usual = self.shop.handles[(service, message.event_type)]
        if refused and (service, message.event_type) == self.shop.refusals[refused.event_type]:
            yield refused.event_type
        elif service in self.shop.joined:
            fate.seen.add(message.event_type)
            if set(self.shop.joined[service]) <= fate.seen and f"{service} joined" not in fate.seen:
                fate.seen.add(f"{service} joined")
                yield from usual
        elif service == self.shop.other_way[0] and fate.other_way:
            yield self.shop.other_way[1]
        elif message.event_type == self.shop.cancelled:
            yield from usual if f"sent {self.shop.undoes[service]}" in fate.seen else ()
        else:
            yield from usual

    def _arrives(self, ride: Message, fate: Fate) -> None:
        """The parcel arrives after a while: a timer announces it."""
        me = _voice(ride.producer, ride.instance, "scheduler-1")
        after = 1.5 + self.rng.expovariate(1 / 2.5)
        arrived = lambda: self._publish(  # noqa: E731  # an action for the clock
            self._message(self.shop.timer[1], fate, me, ride.correlation_id, cause=ride), me
        )
        self._later(after, arrived)

    def _message(
        self, event_type: str, fate: Fate, me: Said, correlation: str, *, cause: Message | None
    ) -> Message:
        fate.seen.add(f"sent {event_type}")
        broken = fate.fault_at(me.service, event_type, "contract_break")
        version = payloads.NEXT_VERSION if broken else self.shop.services[me.service].version
        return Message(
            self.world.new_id(),
            event_type,
            self.shop.topics[event_type],
            random.Random(fate.order_id).randrange(self.shop.partitions),
            fate.order_id,
            correlation,
            me.service,
            me.instance,
            version,
            1,
            payloads.payload(self.shop, event_type, fate, cause.payload if cause else {}),
            cause,
            self.world.now,
        )

    def _publish(self, message: Message, me: Said) -> None:
        self._say_sent(message, me)
        self.world.send(message)

    def _say_sent(self, message: Message, me: Said) -> None:
        message.sent = self.world.now
        self.world.say("published", message, me)

    def _remark(self, fate: Fate, message: Message, me: Said) -> None:
        if fate.noise in REMARKS and fate.noise_at == (me.service, message.event_type):
            level, words = REMARKS[fate.noise]
            self.world.say("remark", message, me, level=level, words=words)
        if fate.noise == "redelivered" and fate.noise_at == (me.service, message.event_type):
            self._later(0.4, lambda: self.world.say("received", message, me, attempt=1))
            self._later(0.402, lambda: self.world.say("repeated", message, me))

    def _work(self, service: str, fate: Fate, message: Message) -> float:
        median, spread = self.shop.services[service].work_ms
        took = self.rng.lognormvariate(math.log(median / 1000), spread)
        if fate.fault_at(service, message.event_type, "slow"):
            took += self.rng.uniform(9, 24)
        if self.world.setting.out_of_design == "slow_drift" and service == self.shop.other_way[0]:
            took *= 1 + 40 * self.world.now / self.world.length
        return took

    def _effect(self, service: str, message: Message) -> str:
        """The type that handling this message usually brings about; '' for none."""
        return next(iter(self.shop.handles[(service, message.event_type)]), "")

    def _later(self, seconds: float, action: Any) -> None:
        self.world.at(self.world.now + seconds, action)


def _voice(service: str, instance: str, worker: str) -> Said:
    return Said(0.0, service, instance, worker, "info", "", None)
