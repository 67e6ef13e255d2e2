"""Our own labelled cases: what the shared ones leave out, in the same words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Record = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """Records and the counts that they must give; a rule left out must have none."""

    id: str
    records: list[Record]
    expected: dict[str, int]
    options: tuple[str, ...] = ()
    ignored: tuple[str, ...] = field(default=())


def pub(ts: float, pos: int | None, event: str | None = None, **more: Any) -> Record:
    place = {"topic": "orders", "part": 0, "pos": pos, "event_id": event or f"e{pos}"}
    return {"kind": "publish", "ts": ts, **place} | more


def got(ts: float, pos: int | None, grp: str = "b", event: str | None = None, **more: Any) -> Record:
    place = {"topic": "orders", "part": 0, "pos": pos, "event_id": event or f"e{pos}"}
    return {"kind": "receive", "ts": ts, "grp": grp, "consumer": "c1", **place} | more


def did(kind: str, ts: float, pos: int | None = None, grp: str = "b", **more: Any) -> Record:
    return {"kind": kind, "ts": ts, "grp": grp, "topic": "orders", "part": 0, "pos": pos} | more


def closed(ts: float, instance: str) -> Record:
    return {
        "kind": "log",
        "ts": ts,
        "level": "warn",
        "message": f"closing AMQP connection <0.9.0> (… - {instance})",
    }


def three(ts: float = 0) -> list[Record]:
    return [pub(ts, 0), pub(ts + 1, 1), pub(ts + 2, 2)]


def effect(ts: float, pos: int, event: str, cause: str, **more: Any) -> Record:
    facts = {
        "topic": "payments",
        "producer": "billing",
        "type": "PaymentTaken",
        "cause_id": cause,
        "key": "o1",
    }
    return pub(ts, pos, event) | facts | more


def _follow_ups() -> Iterator[Record]:
    """Thirty orders lead to a payment; the twelfth does not."""
    for number in range(30):
        place = {"part": 0, "pos": number}
        yield {
            "kind": "publish",
            "ts": number,
            "topic": "orders",
            **place,
            "event_id": f"o{number}",
            "type": "Placed",
            "producer": "shop",
        }
        yield {"kind": "receive", "ts": number + 0.1, "grp": "billing", "producer": "billing", "topic": "orders", **place,
               "event_id": f"o{number}"}  # fmt: skip
        if number != 12:
            yield {"kind": "publish", "ts": number + 0.2, "topic": "payments", **place, "event_id": f"p{number}", "type": "Paid",
                   "producer": "billing", "cause_id": f"o{number}"}  # fmt: skip


CASES = [
    # deliveries that come twice
    Case("fan-out is not a duplicate", [pub(0, 0), got(1, 0, "a"), got(1, 0, "b"), got(1, 0, "c")], {}),
    Case("a moved partition explains what was not committed",
         [*three(), got(3, 0), got(4, 1), did("commit", 4.5, 1), did("assign", 5), got(6, 1, consumer="c2"), got(7, 2)],
         {"redelivery_rebalance": 1}),
    Case("a moved partition does not explain what was committed",
         [*three(), got(3, 0), got(4, 1), did("commit", 4.5, 2), did("assign", 5), got(6, 1, consumer="c2"), got(7, 2)],
         {"redelivery_unexplained": 1}),
    Case("a nack explains", [pub(0, 0), got(1, 0), did("nack", 2, 0), got(3, 0), did("ack", 4, 0)], {"redelivery_retry": 1}),
    Case("a failed attempt explains", [pub(0, 0), got(1, 0, outcome="error"), got(3, 0)], {"redelivery_retry": 1}),
    Case("its own failure does not explain a redelivery", [pub(0, 0), got(1, 0), got(3, 0, outcome="error")],
         {"redelivery_unexplained": 1}),
    Case("a reset comes first", [pub(0, 0), got(1, 0), did("nack", 1.5, 0), did("reset", 2, 0), did("assign", 2.5), got(3, 0)],
         {"redelivery_replay": 1}),
    Case("a client seeks back to what it failed on",
         [pub(0, 0), got(1, 0), did("nack", 1.5, 0), did("reset", 2, 0, service="b", consumer="c1"), got(3, 0)],
         {"redelivery_retry": 1}),
    Case("a client seeks back further",
         [pub(0, 0), pub(0, 1), got(1, 1), did("nack", 1.5, 1), did("reset", 2, 0, service="b", consumer="c1"), got(3, 1)],
         {"redelivery_replay": 1, "lost": 1}),
    Case("a connection that its broker closed explains",
         [pub(0, 0), got(1, 0, instance="b-0"), closed(1.1, "b-0"), got(3, 0, instance="b-1")], {"redelivery_disconnect": 1}),
    Case("another client's connection explains nothing",
         [pub(0, 0), got(1, 0, instance="b-0"), closed(1.1, "b-1"), got(3, 0, instance="b-1")], {"redelivery_unexplained": 1}),
    Case("a connection that closed before or after explains nothing",
         [pub(0, 0), closed(0.5, "b-0"), got(1, 0, instance="b-0"), got(3, 0, instance="b-1"), closed(3.5, "b-0")],
         {"redelivery_unexplained": 1}),
    Case("a failed attempt explains better than a connection that closed",
         [pub(0, 0), got(1, 0, instance="b-0", outcome="error"), closed(1.1, "b-0"), got(3, 0, instance="b-1")],
         {"redelivery_retry": 1}),
    Case("a reset of the whole group counts", [pub(0, 0), got(1, 0), {"kind": "reset", "ts": 2, "grp": "b"}, got(3, 0)],
         {"redelivery_replay": 1}),
    Case("another group's nack explains nothing", [pub(0, 0), got(1, 0), got(1, 0, "a"), did("nack", 2, 0, "a"), got(3, 0)],
         {"redelivery_unexplained": 1}),
    Case("a flag proves an earlier delivery", [pub(0, 0), got(1, 0, redelivered=True)], {"redelivery_first_unseen": 1}),
    Case("a retry channel is not a duplicate",
         [pub(0, 0), got(1, 0), pub(2, 0, "e0", topic="orders.retry", hop="retry"), got(3, 0, event="e0", topic="orders.retry", hop="retry", attempt=2)],
         {}),
    # publishes and slots
    Case("three copies of one event are one duplicate", [pub(0, 0, "e"), pub(1, 1, "e"), pub(2, 2, "e")], {"duplicate_publish": 1}),
    Case("one event in two channels is not a duplicate", [pub(0, 0, "e"), pub(1, 0, "e", topic="audit")], {}),
    Case("one slot cannot hold two events", [pub(0, 0, "e1"), pub(1, 0, "e2")], {"conflicting_slot": 1}),
    Case("a service may name messages in its own way", [*three(), *(got(3 + n, n, event=f"own-{n}") for n in range(3))], {}),
    Case("messages without a position are told apart by id",
         [pub(0, None, "a", part=None), pub(1, None, "a", part=None), got(2, None, event="a", part=None), got(3, None, event="a", part=None)],
         {"duplicate_publish": 1}),
    Case("an id received more often than published came again",
         [pub(0, None, "a", part=None), got(2, None, event="a", part=None), got(3, None, event="a", part=None)],
         {"redelivery_unexplained": 1}),
    # effects
    Case("two keys are two effects", [pub(0, 0), effect(2, 0, "p1", "e0"), effect(3, 1, "p2", "e0", key="o2")], {}),
    Case("one effect in two slots is one effect", [pub(0, 0), effect(2, 0, "p1", "e0"), effect(3, 1, "p1", "e0")], {"duplicate_publish": 1}),
    Case("an effect without a key is possible", [pub(0, 0), effect(2, 0, "p1", "e0", key=None), effect(3, 1, "p2", "e0", key=None)],
         {"duplicate_effect": 1}),
    # order
    Case("an event time may not fall", [pub(0, 0, event_ts=100), pub(1, 1, event_ts=50), pub(2, 2, event_ts=120)], {"event_time_inversion": 1}),
    Case("everything behind a leap is late", [pub(n, n, event_ts=t) for n, t in enumerate((1, 900, 3, 4, 5, 901))], {"event_time_inversion": 3}),
    Case("partitions have their own time", [pub(0, 0, event_ts=100), pub(1, 0, "f0", part=1, event_ts=50)], {}),
    Case("a version may not fall", [pub(n, n, key="k", version=v) for n, v in enumerate((1, 3, 2, 4))], {"version_inversion": 1}),
    Case("other keys have other versions", [pub(n, n, key=k, version=v) for n, (k, v) in enumerate((("a", 2), ("b", 1), ("a", 3), ("b", 2)))], {}),
    Case("a version is missing", [pub(n, n, key="k", version=v) for n, v in enumerate((1, 2, 4, 5))], {"version_gap": 1}),
    Case("versions that are no counter have no gaps", [pub(n, n, key="k", version=v) for n, v in enumerate((17, 900, 1300, 2200, 7100, 9000, 9900))], {}),
    Case("two dumps hide no gap",
         [pub(n, n, key="k", version=v) for n, v in enumerate((1, 2, 4, 5))] * 2, {"version_gap": 1}),
    Case("a later slot was read first", [*three(), got(3, 0), got(4, 2), got(5, 1)], {"consumption_inversion": 1}),
    Case("an old version was read late",
         [*three(), *(got(3 + n, p, key="k", version=p + 1) for n, p in enumerate((0, 2, 1)))], {"consumption_inversion": 1, "stale_delivery": 1}),
    Case("a split key is read out of order",
         [pub(0, 0, key="k", version=1), pub(1, 0, "f0", part=1, key="k", version=2), got(2, 0, event="f0", part=1), got(3, 0)],
         {"key_split": 1, "stale_delivery": 1}),
    Case("an effect before its cause", [pub(10, 0, "e1", host="A"), effect(4, 0, "p1", "e1", host="B")], {"causal_inversion": 1}),
    Case("a clock that is behind is no disorder",
         [pub(10, 0, "e1", host="A"), got(3, 0, event="e1", host="B"), effect(4, 0, "p1", "e1", host="B")], {"clock_skew": 1}),
    # loss
    Case("a commit passes a slot too", [*three(), got(3, 0), did("commit", 4, 3)], {"lost": 2}),
    Case("a group that only commits is not judged", [*three(), did("commit", 4, 3)], {}),
    Case("each group has its own losses", [*three(), got(3, 0), got(4, 2), *(got(5 + n, n, "a") for n in range(3))], {"lost": 1}),
    Case("a service that names no positions is believed by id",
         [*three(), *({"kind": "receive", "ts": 4 + n, "grp": "b", "topic": "orders", "event_id": f"e{n}"} for n in (0, 2))], {"lost": 1}),
    Case("an acknowledged slot was received", [*three(), got(3, 0), did("ack", 3.5, 1), got(4, 2)], {}, ignored=("unacked",)),
    Case("a slot of nobody is never lost", [pub(0, 0), pub(1, 5), got(2, 0), got(3, 5)], {}),
    Case("three attempts without an end are poison", [pub(0, 0), *(got(1 + n, 0) for n in range(3))], {"redelivery_unexplained": 2, "poison": 1}),
    Case("a commit past it ends a loop", [pub(0, 0), *(got(1 + n, 0) for n in range(3)), did("commit", 9, 1)], {"redelivery_unexplained": 2}),
    Case("routed to no queue", [pub(0, None, "a", part=None, routed=[]), pub(1, None, "b", part=None, routed=["q"])], {"unroutable": 1}),
    Case("a queue that took a message and gave it to nobody",
         [pub(n, None, name, part=None, topic="ex", routed=["q"]) for n, name in enumerate("abc")]
         + [got(5 + n, None, "q", name, part=None, topic="ex") for n, name in enumerate("ab")], {"unseen": 1}),
    Case("a dead letter told twice is one",
         [pub(0, 0), got(1, 0), did("dead_letter", 2, 0, event_id="e0"),
          pub(2.1, 0, "e0", topic="orders.dlq", hop="dead_letter", origin={"channel": "orders", "part": 0, "pos": 0, "grp": "b"})],
         {"dead_letter": 1}),
    Case("a dropped message", [pub(0, 0), got(1, 0), did("drop", 2, 0, event_id="e0")], {"dropped": 1}),
    Case("received and never answered", [*three(), *(got(3 + n, n) for n in range(3)), did("ack", 4, 0), did("ack", 5, 2)], {"unacked": 1},
         options=("--within", "0")),
    Case("handled without the usual effect", list(_follow_ups()), {"no_follow_up": 1}, options=("--within", "5")),
    Case("a group that moved till its last member left is stuck",
         [*(pub(n, n) for n in range(9)), *(did("commit", 1 + n, 1 + n) for n in range(7)), got(0.5, 0),
          {"kind": "gauge", "ts": 30, "grp": "b", "members": "0"}], {"unseen": 2, "stuck": 1}, ignored=("lost",)),
    Case("a queue that nobody reads is stuck",
         [{"kind": "gauge", "ts": ts, "grp": "b", "messages_ready": 4, "consumers": 0} for ts in (1, 2)], {"stuck": 1}),
    Case("a queue for dead letters is not",
         [{"kind": "gauge", "ts": ts, "grp": "b.dlq", "messages_ready": 4, "consumers": 0} for ts in (1, 2)], {}),
    Case("a group that stands still is stuck",
         [*(pub(n, n) for n in range(9)), *(did("commit", 1 + n, 1) for n in range(5)), got(0.5, 0), pub(30, 9)], {"unseen": 9, "stuck": 1}),
]  # fmt: skip
