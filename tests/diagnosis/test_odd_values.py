"""`diff --normal` tells what is well-formed and odd all the same, and leaves alone what is each flow's own."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

import evtrace

START = 1_795_154_400_000_000_000
#: Order → what it carries that no other does.
ODD = {
    "o-31": {"amount": 9_900.0},
    "o-32": {"lot": "z"},
    "o-33": {"amount": "12.50"},
    "o-34": {"lot": None},
    "o-35": {"rebate": 3},
}
#: What is told of each: path, what, on the left, on the right.
TOLD = {
    "o-31": ("amount", "value", "9900.0", "1 to 99"),
    "o-32": ("lot", "value", "z", "a"),
    "o-33": ("amount", "type", "string", "number"),
    "o-34": ("lot", "type", "null", "string"),
    "o-35": ("rebate", "type", "number", "absent"),
}


def _orders() -> list[dict[str, Any]]:
    rng, lines = random.Random(5), []
    for number in range(60):
        order_id, at = f"o-{number}", START + number * 5_000_000_000
        carried: dict[str, Any] = {
            "order_id": order_id,
            "amount": float(1 + number * 98 // 59 + (number % 7) / 10),
        }
        carried["amount"] = min(carried["amount"], 99.0)
        carried |= {"lot": "a" if rng.random() < 0.6 else "b", "placed_at": f"2026-11-20T06:{number:02}:00Z"}
        carried |= ODD.get(order_id, {})
        for nth, (event_type, service, cause) in enumerate(
            (("Placed", "shop", None), ("Shipped", "ship", "Placed"))
        ):
            lines.append({
                "ts": at + nth * 20_000_000, "kind": "publish", "service": service, "channel": event_type, "part": 0,
                "pos": number, "event_id": f"{event_type}-{number}", "event_type": event_type, "message_key": order_id,
                "causation_id": f"{cause}-{number}" if cause else None,
                "payload": carried if event_type == "Placed" else {"order_id": order_id},
            })  # fmt: skip
    return lines


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("odd")
    (folder / "shop.jsonl").write_text("".join(json.dumps(line) + "\n" for line in _orders()))
    with evtrace.open(str(folder / "shop.duckdb")) as logs:
        logs.ingest(str(folder / "shop.jsonl"))
    return str(folder / "shop.duckdb")


@pytest.mark.parametrize("order_id", ODD)
def test_what_is_odd_is_told(store: str, order_id: str) -> None:
    with evtrace.open(store) as logs:
        found = logs.diff(order_id)
    assert found.right.flows >= 20
    assert [(row.path, row.what, row.left, row.right) for row in found.payload] == [TOLD[order_id]]


@pytest.mark.parametrize("order_id", ["o-3", "o-40", "o-59"])
def test_ids_times_and_usual_values_are_not_told(store: str, order_id: str) -> None:
    with evtrace.open(store) as logs:
        assert logs.diff(order_id).is_same
