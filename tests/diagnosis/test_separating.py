"""What sets flows with the same cause apart is named, and nothing is where nothing does."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import evtrace
from evtrace.diagnosis.similar import SimilarAnswer, _separating
from evtrace.diagnosis.traits import Counted, Trait

START = 1_795_154_400_000_000_000
ORDERS = 80


def _lines(fails: Callable[[dict[str, Any]], bool]) -> Iterator[dict[str, Any]]:
    """Orders of six tenants in three partitions; `ship` gives up on those that fail."""
    rng = random.Random(3)
    for number in range(ORDERS):
        order = {
            "order_id": f"o-{number}",
            "tenant_id": rng.randrange(1, 7),
            "amount": round(rng.uniform(1, 99), 2),
        }
        order |= {"part": rng.randrange(3), "instance": rng.choice(("ship-0", "ship-1"))}
        order |= {"lot": rng.choice(("a", "b", "c"))}
        at = START + number * 10_000_000_000
        yield _publish(order, "OrderPlaced", "shop", at, number, cause=None)
        place = {
            "channel": "OrderPlaced",
            "part": order["part"],
            "pos": number,
            "grp": "ship",
            "service": "ship",
        }
        place |= {
            "instance": order["instance"],
            "event_id": f"OrderPlaced-{number}",
            "event_type": "OrderPlaced",
        }
        yield place | {"kind": "receive", "ts": at + 5_000_000, "order_id": order["order_id"]}
        if fails(order):
            yield place | {
                "kind": "dead_letter",
                "ts": at + 9_000_000,
                "error": "no such carrier",
                "level": "error",
            }
        else:
            yield _publish(
                order, "OrderShipped", "ship", at + 9_000_000, number, cause=f"OrderPlaced-{number}"
            )
            yield place | {"kind": "ack", "ts": at + 10_000_000}


def _publish(
    order: dict[str, Any], event_type: str, service: str, at: int, number: int, *, cause: str | None
) -> dict[str, Any]:
    carried = {name: order[name] for name in ("order_id", "tenant_id", "amount", "lot")}
    return {
        "ts": at, "kind": "publish", "service": service, "channel": event_type, "part": order["part"], "pos": number,
        "event_id": f"{event_type}-{number}", "event_type": event_type, "message_key": order["order_id"],
        "causation_id": cause, "payload": carried,
    }  # fmt: skip


def _similar(folder: Path, fails: Callable[[dict[str, Any]], bool]) -> SimilarAnswer:
    lines = list(_lines(fails))
    (folder / "shop.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    sick = next(line["event_id"] for line in lines if line["kind"] == "dead_letter")
    with evtrace.open(str(folder / "shop.duckdb")) as logs:
        logs.ingest(str(folder / "shop.jsonl"))
        return logs.similar(sick, limit=0)


@pytest.mark.parametrize(
    ("fails", "what", "name", "value"),
    [
        (lambda order: order["tenant_id"] == 4, "value", "tenant_id", "4"),
        (lambda order: order["lot"] == "b", "value", "lot", "b"),
        (lambda order: order["part"] == 2, "partition", "OrderPlaced", "2"),
        (lambda order: order["instance"] == "ship-1" and order["part"] == 0, "reader", "ship", "ship-1"),
    ],
    ids=["tenant", "text", "partition", "instance"],
)
def test_the_attribute_behind_it_is_named(
    tmp_path: Path, fails: Callable[[dict[str, Any]], bool], what: str, name: str, value: str
) -> None:
    found = _similar(tmp_path, fails)
    assert found.flows > 2
    assert found.flows + found.healthy == ORDERS
    marks = {(one.what, one.name, one.value) for one in found.separating}
    assert (what, name, value) in marks
    assert all(one.corrected <= 0.05 and one.p_value <= one.corrected for one in found.separating)


def test_what_hits_by_chance_is_told_apart_by_nothing(tmp_path: Path) -> None:
    chosen = {f"o-{number}" for number in random.Random(8).sample(range(ORDERS), 12)}
    found = _similar(tmp_path, lambda order: order["order_id"] in chosen)
    assert (found.flows, found.separating) == (12, ())
    assert found.comparisons > 10


def test_one_flow_alone_is_not_compared(tmp_path: Path) -> None:
    found = _similar(tmp_path, lambda order: order["order_id"] == "o-7")
    assert (found.flows, found.comparisons, found.separating) == (1, 0, ())
    assert "cannot be told apart" in found.notes[0]


def test_too_few_healthy_flows_are_not_compared(tmp_path: Path) -> None:
    found = _similar(tmp_path, lambda order: int(order["order_id"][2:]) % 8 != 0)
    assert found.comparisons == 0
    assert "at least 20 are needed" in found.notes[0]


def test_attributes_of_different_flows_stand_apart() -> None:
    """Their numbers add up to the same, yet the flows are others."""
    sets = (frozenset({1, 2, 3, 4, 9, 10}), frozenset({1, 2, 3, 5, 8, 10}), frozenset({1, 2, 3, 4, 9, 10}))
    found = [
        Counted(Trait("value", "OrderPlaced", f"field_{nth}", "x"), 6, 10, 0, 40, flows)
        for nth, flows in enumerate(sets)
    ]
    told = [(one.name, one.also) for one in _separating(found, "OrderPlaced")]
    assert told == [("field_0", ("OrderPlaced: field_2 = x",)), ("field_1", ())]
